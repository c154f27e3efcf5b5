"""Promoter sequences as codes: cut from a genome, or read from a FASTA of promoters.

Codes are uint8: 0-3 = ACGT, 4 = any other letter. Coordinates are 0-based half-open bp.
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pysam

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.genomics.nucleotides import check_letters
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.dataset import UNKNOWN

log = logging.getLogger("chromaloom")
CODE = np.full(256, UNKNOWN, np.uint8)
for letters in (b"ACGT", b"acgt"):
    CODE[list(letters)] = range(4)
COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN], np.uint8)


def encode(sequence: str) -> np.ndarray:
    """Codes of a sequence, uint8, shape=(bp,)."""
    return CODE[np.frombuffer(sequence.encode("latin-1"), np.uint8)]


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """Codes of the other strand, read 5' to 3'; last axis."""
    return COMPLEMENT[codes[..., ::-1]]


def check_tss(genes: pd.DataFrame, sizes: dict[str, int], source: str) -> None:
    """Check that every TSS lies within its chromosome.

    Parameters
    ----------
    genes
        gene, chrom (all in `sizes`), tss.
    sizes
        Length of each chromosome, bp.
    source
        File of the genes, for the message.

    Raises
    ------
    UserError
        A TSS lies outside its chromosome.
    """
    length = genes.chrom.map(sizes)
    outside = ~((genes.tss >= 0) & (genes.tss < length))
    if outside.any():
        row = genes[outside].iloc[0]
        raise UserError(
            f"{source}: gene {row.gene!r}: tss is outside {row.chrom} ({row.tss}); expected: 0 to"
            f" {sizes[row.chrom] - 1}; fix: use genes and genome of one assembly"
        )


def promoter_windows(genes: pd.DataFrame, half_width: int) -> pd.DataFrame:
    """Windows of promoters on the genome: chrom, start, end (bp, 0-based half-open).

    The TSS is base `half_width` of a promoter on either strand: on + a promoter spans
    [tss - half_width, tss + half_width), on - the reverse complement of
    [tss - half_width + 1, tss + half_width + 1). Windows can extend beyond the chromosome.
    """
    start = genes.tss - half_width + (genes.strand == "-")
    return pd.DataFrame({"chrom": genes.chrom, "start": start, "end": start + 2 * half_width})


def cut_promoters(
    fasta: str | Path, genes: pd.DataFrame, half_width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut promoters around TSS (`promoter_windows`), in gene orientation.

    Parameters
    ----------
    fasta
        Indexed genome.
    genes
        gene, chrom, tss, strand; G rows, each TSS within its chromosome (`check_tss`).
    half_width
        Bases on either side, bp.

    Returns
    -------
    promoters : uint8 array, shape=(G, 2 * half_width)
        Bases beyond the chromosome are N.
    padded : bool array, shape=(G,)
        Promoters that extend beyond the chromosome.
    """
    promoters = np.full((len(genes), 2 * half_width), UNKNOWN, np.uint8)
    padded = np.zeros(len(genes), bool)
    windows = promoter_windows(genes, half_width).itertuples(index=False)
    with pysam.FastaFile(str(fasta)) as genome:
        for row, ((chrom, start, end), strand) in enumerate(
            zip(windows, genes.strand, strict=True)
        ):
            first = max(start, 0)
            found = encode(genome.fetch(chrom, first, end))
            promoters[row, first - start : first - start + len(found)] = found
            padded[row] = len(found) < 2 * half_width
            if strand == "-":
                promoters[row] = reverse_complement(promoters[row])
    return promoters, padded


def read_promoters(fasta: str | Path, half_width: int) -> dict[str, np.ndarray]:
    """Read promoters from a FASTA file by gene name, the first word of the header; uint8 codes.

    Of repeated names the first sequence is used; the log counts the others.

    Raises
    ------
    UserError
        The file is no FASTA, or a sequence is not 2 * half_width long or has letters that are no
        nucleotides.
    """
    found, again = {}, 0
    try:
        with pysam.FastxFile(str(fasta)) as file:
            for entry in file:
                if len(entry.sequence) != 2 * half_width:
                    raise UserError(
                        f"{fasta}: {entry.name!r}: wrong length ({len(entry.sequence)} bp);"
                        f" expected: {2 * half_width} bp, twice promoters.half_width, which a"
                        " bundle has of its own; fix: change the file or, in training, half_width"
                    )
                check_letters(entry.sequence, f"{fasta}: {entry.name!r}")
                again += entry.name in found
                found.setdefault(entry.name, encode(entry.sequence))
    except OSError as error:
        raise UserError(
            f"{fasta}: cannot be read ({error}); expected: FASTA, plain or gzip; fix: replace the"
            " file"
        ) from None
    if not found:
        raise UserError(
            f"{fasta}: contains no sequence; expected: FASTA of promoters by gene name; fix:"
            " replace the file"
        )
    if again:
        log.warning("%s: %d sequences repeat a name; the first of each is used", fasta, again)
    return found


def read_tss(path: str | Path) -> pd.DataFrame:
    """Read a table of TSS: gene, chrom, tss (bp, 0-based), strand; other columns are ignored.

    Of repeated genes the first row is used; the log counts the others.

    Raises
    ------
    UserError
        A column is missing, or a row has an invalid value.
    """
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    columns = ["gene", "chrom", "tss", "strand"]
    if lacking := [name for name in columns if name not in table]:
        raise UserError(
            f"{path}: column {lacking[0]!r} is missing; expected: {', '.join(columns)}; fix: add it"
            f" (available: {some(table.columns, 8)})"
        )
    places = pd.to_numeric(table.tss, errors="coerce")
    bad = ~((places >= 0) & (places % 1 == 0) & table.strand.isin(["+", "-"]) & (table.chrom != ""))
    if bad.any():
        row = table[bad].iloc[0]
        raise UserError(
            f"{path}: line {bad.argmax() + 2}: gene {row.gene!r}: invalid place ({row.chrom!r}"
            f" {row.tss!r} {row.strand!r}); expected: a chromosome, a position from 0, + or -; fix:"
            " correct or remove the row"
        )
    again = table.gene.duplicated()
    if again.any():
        log.warning("%s: %d rows repeat a gene; the first row of each is used", path, again.sum())
    return table[columns].assign(tss=places.astype("int64"))[~again].reset_index(drop=True)
