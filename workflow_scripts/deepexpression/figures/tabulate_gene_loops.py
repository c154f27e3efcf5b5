"""Loops of one gene in every cell with HiChIP, and its expression (Figure 2c)."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData

log = logging.getLogger("chromaloom")


def telling_gene(data: dict[str, ExpressionData]) -> int:
    """Index of the gene whose loops and expression go together most over the cells.

    The largest product of the spreads (sd over cells) of loop sum, in units of its largest, and
    expression, among genes whose correlation over the cells is above 0.9. With one cell, or where
    no gene is such, the gene with the largest loop sum. Chosen to show what is meant, not to test.
    """
    sums = np.stack([d.hichip.sum(axis=1, dtype="float64") for d in data.values()])
    levels = np.stack([d.expression for d in data.values()])
    spread = sums.std(axis=0) * levels.std(axis=0)
    centred = (sums - sums.mean(axis=0)) * (levels - levels.mean(axis=0))
    agree = centred.mean(axis=0) > 0.9 * spread
    if not (agree & (spread > 0)).any():
        return int(sums.max(axis=0).argmax())
    return int(np.where(agree, spread, -1).argmax())


def loop_table(data: dict[str, ExpressionData], gene: int) -> pd.DataFrame:
    """A row per cell and bin with a loop to the gene's TSS (or one without, where there is none).

    Columns cell, gene, chrom, tss (bp), strand, expression, loop_sum, loops, offset (bp from the
    TSS's bin to the other bin, before `flip` as the vector has it), value (log2(1 + count)).
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


def main(data: dict[str, str], *, gene: str, out: str) -> None:
    """Write the loops of the named gene, or of one that tells most (`telling_gene`).

    Raises
    ------
    UserError
        The gene is not among those of the run.
    """
    loaded = {cell: ExpressionData.load(path) for cell, path in data.items()}
    names = next(iter(loaded.values())).genes
    if gene and gene not in names:
        raise UserError(
            f"deepexpression.figures.gene: {gene!r} is not among the run's {len(names)} genes;"
            f" allowed: one of them, as {names[0]!r}, or empty"
        )
    index = int(np.flatnonzero(names == gene)[0]) if gene else telling_gene(loaded)
    table = loop_table(loaded, index)
    log.info("gene %s: %d loops shown", names[index], table.value.notna().sum())
    with atomic_path(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        data=dict(zip(snakemake.params.cells, snakemake.input.data, strict=True)),
        out=snakemake.output.table,
    )
