"""Write predicted values of genes for genome browsers: BED, and bigWig, at their promoters."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.browser_files import in_order, write_bigwig
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")
HALF_WIDTH = 500  # of a promoter as it is drawn, bp
HIGHEST = 1000  # score of BED


def promoter_table(genes: pd.DataFrame, sizes: dict[str, int]) -> pd.DataFrame:
    """Promoters of the genes on the genome: chrom, start, end, name, value, strand.

    Parameters
    ----------
    genes
        gene_id, chrom, tss (0-based bp; -1 if unknown), strand and mean.
    sizes
        Length (bp) of each chromosome.
    """
    placed = genes[genes.chrom.isin(list(sizes)) & (genes.tss >= 0)]
    length = placed.chrom.map(sizes).astype("int64")
    table = pd.DataFrame(
        {"chrom": placed.chrom, "start": (placed.tss - HALF_WIDTH).clip(lower=0),
         "end": np.minimum(placed.tss + HALF_WIDTH, length), "name": placed.gene_id,
         "value": placed["mean"],
         "strand": placed.strand.where(placed.strand.isin(["+", "-"]), ".")}
    )  # fmt: skip
    return in_order(table, list(sizes))


def browser_scores(values: np.ndarray, *, probability: bool) -> np.ndarray:
    """Scores of BED, int (G,): 1000 times a probability, else from 0 (least) to 1000 (greatest)."""
    if not len(values):
        return np.zeros(0, "int64")
    low, high = (0.0, 1.0) if probability else (values.min(), values.max())
    return np.rint(HIGHEST * (values - low) / ((high - low) or 1.0)).astype("int64")


def greatest_value(table: pd.DataFrame) -> pd.DataFrame:
    """Intervals that do not overlap, each with the greatest value of those that cover it.

    Parameters
    ----------
    table
        chrom, start, end, value.
    """
    parts = []
    for chrom, rows in table.groupby("chrom", sort=False):
        edges = np.unique(rows[["start", "end"]].to_numpy())
        value = np.full(len(edges), -np.inf)  # of the interval that begins at each edge
        first, last = (np.searchsorted(edges, rows[key].to_numpy()) for key in ("start", "end"))
        for begin, end, own in zip(first, last, rows.value, strict=True):
            value[begin:end] = np.maximum(value[begin:end], own)
        covered = np.flatnonzero(np.isfinite(value))
        parts.append(
            pd.DataFrame({"chrom": chrom, "start": edges[covered], "end": edges[covered + 1],
                          "value": value[covered]})
        )  # fmt: skip
    empty = pd.DataFrame({"chrom": [], "start": [], "end": [], "value": []})
    return pd.concat(parts, ignore_index=True) if parts else empty


def main(genes: str, chrom_sizes: str, *, probability: bool, bed: str, bigwig: str) -> None:
    """Write the mean over the networks of each gene.

    Parameters
    ----------
    genes
        Table of predicted genes, with gene_id, chrom, tss, strand, mean.
    chrom_sizes
        Table of chromosome lengths.
    probability
        Whether the values are from 0 to 1.
    bed, bigwig
        Outputs: BED of six columns with the name of the gene and a score from 0 to 1000, and
        bigWig of the values; where promoters overlap it has the greater value.
    """
    table, sizes = pd.read_csv(genes, sep="\t", dtype={"chrom": str}), read_sizes(chrom_sizes)
    promoters = promoter_table(table, sizes)
    score = browser_scores(promoters.value.to_numpy(), probability=probability)
    columns = promoters.assign(score=score)[["chrom", "start", "end", "name", "score", "strand"]]
    with atomic_path(bed) as temporary:
        columns.to_csv(temporary, sep="\t", header=False, index=False)
    write_bigwig(greatest_value(promoters), sizes, bigwig)
    log.info("%d of %d genes have a place on the genome", len(promoters), len(table))


if __name__ == "__main__":
    run_script(main, snakemake)
