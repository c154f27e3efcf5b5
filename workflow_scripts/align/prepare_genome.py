"""Normalize a genome: plain FASTA with lines of equal width, its index and chromosome lengths."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pysam

from workflow_scripts.chromaloom.io.files import atomic_path, open_text
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.places import run_waiting_checks

log = logging.getLogger("chromaloom")
WIDTH = 60  # bases per line


def main(*, fasta: str, out: str, index: str, sizes: str, assembly: str = "") -> None:
    """Write the genome, its samtools index and the chromosomes' lengths (bp).

    Upper and lower case are kept; headers are cut after the first word. The papers' regions are
    checked now if the chromosomes' lengths were not known before.

    Raises
    ------
    UserError
        Not a FASTA, empty or damaged; a chromosome without bases, or a duplicate name; a region of
        the config that does not lie within the genome.
    """
    lengths: dict[str, int] = {}
    try:
        with (
            open_text(fasta) as lines,
            atomic_path(out) as temporary,
            temporary.open("w") as handle,
        ):
            for name, block in wrapped(lines, fasta, lengths):
                handle.write(f">{name}\n" if name else block + "\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{fasta}: not a readable FASTA: {error}; fetch the file again") from None
    run_waiting_checks(assembly, lengths)
    Path(index).unlink(missing_ok=True)
    pysam.faidx(out)  # writes <out>.fai
    with atomic_path(sizes) as temporary:
        temporary.write_text("".join(f"{name}\t{size}\n" for name, size in lengths.items()))
    log.info("%s: %d chromosomes, %.3f Mb", fasta, len(lengths), sum(lengths.values()) / 1e6)


def wrapped(lines: Iterator[str], fasta: str, lengths: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Give ("chrom", "") for headers and ("", bases) for lines of `WIDTH`; fill `lengths`."""
    name, rest = "", ""
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if line.startswith(">"):
            if rest:
                yield "", rest
            _check_ended(name, lengths, fasta)
            name, rest = line[1:].split(maxsplit=1)[0] if len(line) > 1 else "", ""
            if not name or name in lengths:
                raise UserError(f"{fasta}: line {number}: name {name!r} is empty or occurs twice")
            lengths[name] = 0
            yield name, ""
        elif line:
            if not name:
                raise UserError(f"{fasta}: line {number} is {line[:40]!r}; FASTA starts with '>'")
            if not line.isascii() or not line.replace("*", "").replace("-", "").isalpha():
                raise UserError(f"{fasta}: line {number}: {line[:40]!r} is not a sequence")
            lengths[name] += len(line)
            rest += line
            whole = len(rest) - len(rest) % WIDTH
            for start in range(0, whole, WIDTH):
                yield "", rest[start : start + WIDTH]
            rest = rest[whole:]
    if rest:
        yield "", rest
    if not lengths:
        raise UserError(f"{fasta}: no sequence; expected: FASTA")
    _check_ended(name, lengths, fasta)


def _check_ended(name: str, lengths: dict[str, int], fasta: str) -> None:
    if name and lengths[name] == 0:
        raise UserError(f"{fasta}: chromosome {name!r} has no bases")


if __name__ == "__main__":
    run_script(main, snakemake, fasta=snakemake.input.fasta, out=snakemake.output.fasta)
