"""Transcript sequences with the GTF's names: spliced from the genome, or from a given FASTA."""

import logging
from collections.abc import Iterator
from typing import TextIO

import pandas as pd
import pysam

from workflow_scripts.chromaloom.genomics.genes import (
    exon_rows,
    gtf_names,
    read_annotation,
    read_genes,
    without_version,
)
from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")
WIDTH = 60
COMPLEMENT = str.maketrans("ACGTRYKMBVDHacgtrykmbvdh", "TGCAYRMKVBHDtgcayrmkvbhd")


def main(
    *,
    genome: str,
    gtf: str,
    transcripts: str,
    given: str,
    prefix: str,
    strip_versions: bool,
    out: str,
) -> None:
    """Write one sequence per transcript, 5' to 3'.

    Parameters
    ----------
    genome
        Indexed FASTA.
    gtf, prefix, strip_versions
        Annotation, and the changes to its names.
    transcripts
        The transcript table; its ids are the names in `out`.
    given
        FASTA of transcripts, or '' to splice them from the genome.
    out
        FASTA to write.

    Raises
    ------
    UserError
        The given FASTA and the GTF share no transcript, or the GTF has no exons.
    """
    known = list(read_genes(transcripts).transcript_id)
    if given:
        sequences = matched(given, known, gtf, strip_versions=strip_versions)
    else:
        with pysam.FastaFile(genome) as fasta:
            sizes = dict(zip(fasta.references, fasta.lengths, strict=True))
        # the names of loci are those of the transcript table
        rows = read_annotation(
            gtf, sizes, prefix=prefix, strip_versions=strip_versions, names=(genome, "NAME")
        )
        rows = exon_rows(rows)
        sequences = spliced(genome, rows[rows.transcript_id.isin(known)], gtf)
    count = 0
    with atomic_path(out) as temporary, temporary.open("w") as handle:
        for name, sequence in sequences:
            write_fasta(handle, name, sequence)
            count += 1
    log.info("%s: %d transcripts", out, count)


def spliced(genome: str, exons: pd.DataFrame, gtf: str) -> Iterator[tuple[str, str]]:
    """Join each transcript's exons, reverse complemented on the minus strand."""
    if exons.empty:
        raise UserError(
            f"{gtf}: no exon of a named transcript; expected: a GTF with exon rows, or"
            " assemblies.NAME.transcripts set to a FASTA"
        )
    with pysam.FastaFile(genome) as fasta:
        for (name, chrom, strand), rows in exons.groupby(
            ["transcript_id", "chrom", "strand"], sort=False
        ):
            parts = [fasta.fetch(chrom, s, e) for s, e in zip(rows.start, rows.end, strict=True)]
            sequence = "".join(parts)
            yield name, sequence if strand == "+" else sequence.translate(COMPLEMENT)[::-1]


def matched(
    given: str, known: list[str], gtf: str, *, strip_versions: bool
) -> Iterator[tuple[str, str]]:
    """Sequences of a FASTA, renamed as in the GTF if the GTF contains them.

    A name is the header's first word up to `|` (as GENCODE writes it). A name that the GTF lacks is
    looked up without its version, then without any last `.N`, unless two names become one by this.
    Transcripts that the GTF lacks are kept under their names: without them, their reads would be
    assigned to the remaining genes.
    """
    with pysam.FastxFile(given, persist=False) as fasta:
        records = [(entry.name.split("|")[0], entry.sequence or "") for entry in fasta]
    ids = set(known)
    changes = gtf_names([name for name, _ in records], ids)
    if strip_versions:
        changes = {name: without_version(new) for name, new in changes.items()}
    renamed = [(changes[name], sequence) for name, sequence in records]
    names = [name for name, _ in renamed]
    shared = len(ids.intersection(names))
    if not shared:
        raise UserError(
            f"{given}: none of its transcripts ({some(name for name, _ in records)}) is in {gtf}"
            f" ({some(known)}); expected: transcripts of the same annotation, or an empty key to"
            " splice them from the genome"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError(f"{given}: transcript {twice!r} occurs twice; expected: once")
    log.info(
        "%s: %d transcripts in FASTA and GTF, %d only in the FASTA, %d only in the GTF",
        given, shared, len(names) - shared, len(ids) - shared,
    )  # fmt: skip
    yield from renamed


def write_fasta(handle: TextIO, name: str, sequence: str) -> None:
    """Write one record in upper case (some versions of kallisto treat lower case as unknown)."""
    sequence = sequence.upper()
    handle.write(f">{name}\n")
    for start in range(0, len(sequence), WIDTH):
        handle.write(sequence[start : start + WIDTH] + "\n")


if __name__ == "__main__":
    run_script(main, snakemake, given=snakemake.input.get("given", ""), out=snakemake.output.fasta)
