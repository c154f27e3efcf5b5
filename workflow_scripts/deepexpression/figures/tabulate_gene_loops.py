"""Tabulate the loops of one gene in every cell with HiChIP, and its expression (Figure 2c)."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData

log = logging.getLogger("chromaloom")


def example_gene(data: dict[str, ExpressionData]) -> int:
    """Index of the gene whose loops and expression change together most across cells.

    Among genes whose loop sum and expression correlate above 0.9 across cells, the one with the
    largest product of their standard deviations. With one cell, or without such a gene, the gene
    with the largest loop sum. The choice is for illustration and no test.
    """
    sums = np.stack([d.hichip.sum(axis=1, dtype="float64") for d in data.values()])
    levels = np.stack([d.expression for d in data.values()])
    spread = sums.std(axis=0) * levels.std(axis=0)
    centered = (sums - sums.mean(axis=0)) * (levels - levels.mean(axis=0))
    agree = centered.mean(axis=0) > 0.9 * spread
    if not (agree & (spread > 0)).any():
        return int(sums.max(axis=0).argmax())
    return int(np.where(agree, spread, -1).argmax())


def loop_table(data: dict[str, ExpressionData], gene: int) -> pd.DataFrame:
    """A row per cell and bin with a loop to the gene's TSS, or one row for cells without loops.

    Columns cell, gene, chrom, tss (bp), strand, expression, loop_sum, loops, offset (bp from the
    TSS's bin to the other bin, in the order of the vector), value (log2(1 + count)).
    """
    rows = []
    for cell, own in data.items():
        vector = own.hichip[gene].astype("float64")
        bins = np.flatnonzero(vector)
        offsets = (bins - len(vector) // 2) * own.resolution
        common = dict(
            cell=cell, gene=own.genes[gene], chrom=own.chrom[gene], tss=own.tss[gene],
            strand=own.strand[gene], expression=own.expression[gene], loop_sum=vector.sum(),
            loops=own.loops[gene],
        )  # fmt: skip
        found = zip(offsets, vector[bins], strict=True)
        shown = [{**common, "offset": o, "value": v} for o, v in found]
        rows += shown or [{**common, "offset": np.nan, "value": np.nan}]
    return pd.DataFrame(rows)


def main(datasets: dict[str, str], *, gene: str, table: str) -> None:
    """Write the loops of a gene of the run; an empty name chooses one by `example_gene`."""
    loaded = {cell: ExpressionData.load(path) for cell, path in datasets.items()}
    names = next(iter(loaded.values())).genes
    index = int(np.flatnonzero(names == gene)[0]) if gene else example_gene(loaded)
    rows = loop_table(loaded, index)
    log.info("gene %s: %d loops", names[index], rows.value.notna().sum())
    write_table(rows, table, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
