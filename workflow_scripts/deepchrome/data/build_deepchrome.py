"""Join the marks and the expression of a cell into a dataset with labels and splits."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import read_expression_table
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
    """Read one column of an expression table by gene; `auto` takes tpm if it has values."""
    table = read_expression_table(path).set_index("gene_id")
    if column == "auto":
        column = "tpm" if "tpm" in table and table.tpm.notna().any() else "value"
    if column not in table or table[column].isna().all():
        raise UserError(
            f"{path}: no values in column {column!r} (config deepchrome.expression);"
            f" available: {', '.join(table.columns)}"
        )
    return table[column].astype(float)


def warn_of_balance(labels: pd.Series, expression: pd.Series, cell: str) -> None:
    """Warn if the classes differ by more than 10 % of the genes, and tell why."""
    high, zero = labels.mean(), (expression == 0).mean()
    if abs(high - 0.5) <= 0.05:
        return
    median = expression.median()
    if median == 0:
        why = f"the median is 0, since {zero:.0%} of {len(labels)} genes have expression 0; high"
        why += " means expressed; to leave out genes that are rarely expressed: genes.biotypes"
    else:
        why = f"{(expression == median).mean():.0%} of the genes have the median ({median:g})"
        why += ", or it is compared as text (label_order)"
    log.warning("cell %s: %.0f %% of the genes are high: %s", cell, 100 * high, why)


def split_genes(marks: Marks, *, settings: dict, cell: str, seed: int) -> np.ndarray:
    """Assign every gene to a split, as the config says; array of str, shape=(genes,)."""
    where = f"config: deepchrome split of cell {cell!r}"
    if settings["split"] == "contiguous":
        return contiguous_thirds(marks.gene_id)
    if settings["split"] == "random":
        return random_thirds(marks.gene_id, seed)
    if settings["split"] == "given":
        if not np.isin(marks.split, PARTS).all():
            raise UserError(
                f"{where}: 'given', but the run sheet does not name the split of its tables;"
                f" expected: {', '.join(PARTS)};"
                " fix: complete the run sheet, or choose another split"
            )
        return marks.split
    if (marks.chrom == "").any():
        raise UserError(
            f"{where}: 'chromosome', but its marks table has no chromosomes;"
            " expected: contiguous, random or given"
        )
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
    dataset: str,
) -> None:
    """Write a `Marks` NPZ in which every gene has a label and a split.

    Genes without expression are dropped. The median is that of all genes of the expression table.
    Without an expression table, the labels of the marks table are kept.

    Parameters
    ----------
    marks, expression
        A `Marks` NPZ; an expression table or nothing.
    cell
        Name of the cell, for messages.
    column, label_order
        As `read_expression`; as `label_high`.
    split, seed
        `CellPlan.split`; seed of a random split.
    dataset
        Output.

    Raises
    ------
    UserError
        The tables share no gene, or a split lacks one of the classes.
    """
    data = Marks.load(marks)
    if expression:
        values = read_expression(expression, column)
        known = np.isin(data.gene_id, values.index)
        if not known.any():
            raise UserError(
                f"{expression}: shares no gene with the marks of cell {cell!r}; its first gene is"
                f" {values.index[0]!r}, that of the marks {str(data.gene_id[0])!r};"
                " fix: use the same identifiers in both"
            )
        labels = label_high(values, order=label_order)
        warn_of_balance(labels, values, cell)
        data.label[known] = labels.reindex(data.gene_id[known]).to_numpy()
        data.label[~known] = -1
        data.expression[known] = values.reindex(data.gene_id[known]).to_numpy()
    elif label_order != "numeric":
        log.info("cell %s has labels of its own: label_order has no effect", cell)
    data.split = split_genes(data, settings=split, cell=cell, seed=seed)
    labeled = data.label >= 0
    log.info(
        "cell %s: %d genes; %d without expression dropped", cell, labeled.sum(), (~labeled).sum()
    )
    data = data.select(labeled)
    for name in PARTS:
        labels = data.label[data.split == name]
        log.info("%s: %d genes, %.3f high", name, len(labels), labels.mean() if len(labels) else 0)
        if len(np.unique(labels)) < 2:
            raise UserError(
                f"cell {cell!r}: the {name} split ({len(labels)} genes) lacks a class;"
                " expected: genes of high and of low expression; fix: use another split, and check"
                " that expression varies"
            )
    data.save(dataset)


if __name__ == "__main__":
    run_script(main, snakemake)
