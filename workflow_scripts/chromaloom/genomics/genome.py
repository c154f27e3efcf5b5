"""Chromosomes of a genome: lengths, and matching of other names.

Depends only on the standard library, so that every environment can import it.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")


def read_sizes(path: str | Path) -> dict[str, int]:
    """Read chromosome lengths (bp) from a two-column file, in its order."""
    rows = (line.split("\t") for line in Path(path).read_text().splitlines())
    return {name: int(size) for name, size in rows}


def some(values: Iterable, most: int = 4) -> str:
    """The first few names of a list, for a message."""
    values = list(map(str, values))
    return ", ".join(values[:most]) + (", …" if len(values) > most else "")


def match_chromosomes(found: Iterable[str], genome: Iterable[str], source: str) -> dict[str, str]:
    """Match a file's chromosome names to those of the genome.

    Parameters
    ----------
    found, genome
        Names in the file, and in the genome.
    source
        The file, for messages.

    Returns
    -------
    dict
        Name in the file → name in the genome, for the names that the genome has. The first rule
        with any match is used: unchanged names, with `chr` added, with `chr` removed. A rule other
        than the first is logged.

    Raises
    ------
    UserError
        None of the rules matches a chromosome of the genome.
    """
    found, genome = list(found), list(genome)
    rules = {
        "as they are": lambda name: name,
        "with chr put before": lambda name: f"chr{name}",
        "with chr taken off": lambda name: name.removeprefix("chr"),
    }
    for rule, rename in rules.items():
        names = {name: rename(name) for name in found if rename(name) in genome}
        if names:
            if rule != "as they are":
                log.warning("%s: chromosome names are taken %s", source, rule)
            if absent := [name for name in found if name not in names]:
                log.info("%s: chromosomes not in the genome: %s", source, some(absent))
            return names
    raise UserError(
        f"{source}: none of its chromosomes ({some(found)}) is in the genome ({some(genome)}), with"
        " or without chr; expected: data on the sample's assembly"
    )
