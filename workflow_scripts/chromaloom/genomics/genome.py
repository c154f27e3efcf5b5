"""Chromosomes of a genome: lengths, and matching of other names.

Depends only on the standard library, so that every environment can import it.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
# ways to change a file's chromosome names into the genome's
RULES: dict[str, Callable[[str], str]] = {
    "as they are": lambda name: name,
    "with chr put before": lambda name: f"chr{name}",
    "with chr taken off": lambda name: name[3:] if name.startswith("chr") else "",
}


def read_sizes(path: str | Path) -> dict[str, int]:
    """Read chromosome lengths (bp) from a two-column file, in its order."""
    rows = (line.split("\t") for line in Path(path).read_text().splitlines())
    return {name: int(size) for name, size in rows}


def known_sizes(assembly: Mapping, world: Mapping[str, int] | None = None) -> dict[str, int]:
    """Chromosome lengths (bp) that are known before any job, in the genome's order; else empty.

    Parameters
    ----------
    assembly
        The config's section of one assembly, with `fasta` (a path, or empty) and `sizes`.
    world
        Chromosomes of the simulated world, if the FASTA is its genome.

    Returns
    -------
    dict
        `sizes` of the config, those of the simulated world, or those of the index beside the FASTA
        (`.fai`, of samtools) unless the FASTA is newer.
    """
    if not assembly["fasta"]:
        return dict(assembly.get("sizes") or {})
    if world is not None:
        return dict(world)
    fasta, index = Path(assembly["fasta"]), Path(f"{assembly['fasta']}.fai")
    if not (fasta.is_file() and index.is_file()):
        return {}
    if index.stat().st_mtime < fasta.stat().st_mtime:
        return {}
    try:
        rows = [line.split("\t") for line in index.read_text().splitlines()]
        return {name: int(size) for name, size, *_ in rows}
    except ValueError:  # not an index, which the run does not need
        return {}


def some(values: Iterable, most: int = 4) -> str:
    """The first few names of a list, for a message."""
    values = list(map(str, values))
    return ", ".join(values[:most]) + (", …" if len(values) > most else "")


def match_chromosomes(
    found: Iterable[str] | Mapping[str, float],
    genome: Iterable[str] | Mapping[str, int],
    source: str,
    *,
    unit: str = "bp",
) -> dict[str, str]:
    """Match a file's chromosome names to those of the genome.

    Parameters
    ----------
    found
        Names in the file, best with the number of rows of each over the whole file (a dict or
        pandas' value_counts), or its length where only a header has been read.
    genome
        Names in the genome, best with their lengths (bp).
    source
        The file, for messages.
    unit
        What the numbers of `found` count, for messages: `pairs`, `intervals`, …, or `bp`.

    Returns
    -------
    dict
        Name in the file → name in the genome, for the names that the genome has; no two names
        become one. Of the rules (unchanged, `chr` added, `chr` removed) the one that keeps most of
        the file is used; names that it does not match but that are the genome's stay, such as
        `lambda` beside `1`, `2`. A rule other than the first, and what is left out, are logged with
        their numbers.

    Raises
    ------
    UserError
        No name matches, or more than half of the file would be left out although most of the genome
        has no data: names of another kind, with one contig in common.
    """
    counts = _weights(found)
    lengths = _weights(genome)
    matches = {rule: _renamed(counts, lengths, rename) for rule, rename in RULES.items()}
    # by the file's content, since one contig in common is no rule; of equal rules the first
    rule = max(matches, key=lambda r: (sum(counts[n] for n in matches[r]), len(matches[r])))
    names = matches[rule]
    if names and rule != "as they are":
        log.warning("%s: chromosome names are taken %s", source, rule)
    if not names:
        raise UserError(
            f"{source}: none of its chromosomes ({some(counts)}) is in the genome"
            f" ({some(lengths)}), with or without chr; expected: data on the sample's assembly"
        )
    absent = {name: number for name, number in counts.items() if name not in names}
    if not absent:
        return names
    total, lost = sum(counts.values()), sum(absent.values())
    share = lost / total if total else 0.0
    covered = sum(lengths[chrom] for chrom in names.values()) / sum(lengths.values())
    part = f"{lost:,.0f} of {total:,.0f} {unit} ({share:.1%})"
    if share > 0.5 and covered < 0.5:
        raise UserError(
            f"{source}: {part} are on chromosomes that the genome lacks ({some(absent)}), and only"
            f" {some(names)} of the file are in the genome ({some(lengths)}); expected: the"
            " genome's chromosome names, with or without chr; fix: rename the file's chromosomes,"
            " or use the assembly of the file"
        )
    log.warning(
        "%s: %s are on %d chromosomes that the genome lacks (%s) and are left out",
        source, part, len(absent), some(absent),
    )  # fmt: skip
    return names


def _weights(names: Any) -> dict[str, float]:
    """Names with their numbers, of a dict or a Series; 1 for each where there are none."""
    if hasattr(names, "items"):
        return {str(name): float(number) for name, number in names.items()}
    return dict.fromkeys(names, 1.0)


def _renamed(
    counts: dict[str, float], lengths: dict[str, float], rename: Callable[[str], str]
) -> dict[str, str]:
    """Names of the file that one rule finds in the genome, and unchanged names beside them.

    An unchanged name is certain, such as `lambda` beside `1`, `2`. A file that has both names of a
    chromosome, such as `X` of a spike-in beside `chrX`, does not follow the rule: the result is
    empty.
    """
    targets = {name: rename(name) if rename(name) in lengths else name for name in counts}
    names = {name: target for name, target in targets.items() if target in lengths}
    return names if len(set(names.values())) == len(names) else {}
