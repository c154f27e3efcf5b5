"""Join marks and expression of a cell into labelled, split data for training."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.splits import (
    PARTS,
    by_chromosome,
    contiguous_thirds,
    random_thirds,
)
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.labels import label_high
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")


def read_expression(path: str, column: str) -> pd.Series:
    """Read one column of an expression table by gene; `auto` takes tpm where it is filled."""
    table = pd.read_csv(path, sep="\t", index_col="gene_id")
    if column == "auto":
        column = "tpm" if "tpm" in table and table.tpm.notna().any() else "value"
    if column not in table or table[column].isna().all():
        raise UserError(
            f"{path}: no values in column {column!r} (config deepchrome.expression);"
            f" there: {', '.join(table.columns)}"
        )
    return table[column].astype(float)


def split_genes(marks: Marks, *, settings: dict, cell: str, seed: int) -> np.ndarray:
    """Give every gene its part, as the config says; array of str, shape=(genes,)."""
    where = f"config: deepchrome split of cell {cell!r}"
    if settings["split"] == "contiguous":
        return contiguous_thirds(marks.gene_id)
    if settings["split"] == "random":
        return random_thirds(marks.gene_id, seed)
    if settings["split"] == "given":
        if not np.isin(marks.part, PARTS).all():
            raise UserError(f"{where}: 'given', but its tables name no part in the run sheet")
        return marks.part
    if (marks.chrom == "").any():
        raise UserError(f"{where}: 'chromosome', but its marks table names no chromosomes")
    return by_chromosome(
        marks.chrom, settings["valid_chromosomes"], settings["test_chromosomes"], where
    )


def main(
    marks: str,
    expression: str | None,
    *,
    cell: str,
    column: str,
    label_order: str,
    split: dict,
    seed: int,
    out: str,
) -> None:
    """Write a `Marks` NPZ in which every gene has its label and its part.

    Genes without expression are dropped and counted. The median is over all genes of the
    expression table. Without an expression table the labels of the marks table stand.
    """
    data = Marks.load(marks)
    if expression:
        values = read_expression(expression, column)
        known = np.isin(data.gene_id, values.index)
        if not known.any():
            raise UserError(
                f"{expression}: shares no gene with the marks of cell {cell!r}: {values.index[0]!r}"
                f" against {str(data.gene_id[0])!r}"
            )
        labels = label_high(values, order=label_order)
        data.label[known] = labels.reindex(data.gene_id[known]).to_numpy()
        data.label[~known] = -1
    elif label_order != "numeric":
        log.info("cell %s brings its own labels: label_order has no effect", cell)
    data.part = split_genes(data, settings=split, cell=cell, seed=seed)
    keep = data.label >= 0
    log.info("cell %s: %d genes, %d dropped without expression", cell, keep.sum(), (~keep).sum())
    for name in ("values", "gene_id", "chrom", "tss", "strand", "part", "label"):
        setattr(data, name, getattr(data, name)[keep])
    for part in PARTS:
        labels = data.label[data.part == part]
        log.info("%s: %d genes, %.3f high", part, len(labels), labels.mean() if len(labels) else 0)
        if len(np.unique(labels)) < 2:
            raise UserError(
                f"cell {cell!r}: the {part} genes ({len(labels)}) are not of both classes;"
                " needed: high and low ones (is the expression all equal?)"
            )
    data.save(out)


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        expression=snakemake.input.get("expression"),
        column=snakemake.params.expression,
        out=snakemake.output.dataset,
    )
