"""From the counts of a cell's genes to expression and labels (Zeng 2018, Methods)."""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError


def read_counts(path: str | Path) -> pd.Series:
    """Read counts by gene from an expression table of the quantification stage.

    Samples with reads have `est_counts`: kallisto's estimates, summed over the isoforms of a gene
    and averaged over replicates. Samples with tables of gene counts have `value`.

    Raises
    ------
    UserError
        The values are no counts, or a gene is repeated.
    """
    table = pd.read_csv(path, sep="\t", dtype={"gene_id": str}, keep_default_na=False,
                        na_values={"est_counts": [""], "tpm": [""]})  # fmt: skip
    if table.gene_id.duplicated().any():
        gene = table.gene_id[table.gene_id.duplicated()].iloc[0]
        raise UserError(
            f"{path}: gene {gene!r} is repeated; expected: each gene once; fix: merge its rows"
        )
    if table.est_counts.notna().any():
        return table.set_index("gene_id").est_counts.astype(float)
    unit = table.unit.iloc[0] if len(table) else "none"
    if unit != "counts":
        raise UserError(
            f"{path}: column unit: values are no counts ({unit!r}); expected: counts; fix: use"
            " reads, a gene_counts table, or an expression_matrix with 'counts' in its file name"
        )
    return table.set_index("gene_id").value.astype(float)


def log_counts(counts: np.ndarray, pseudocount: float) -> np.ndarray:
    """log10(counts + pseudocount), float64."""
    return np.log10(np.asarray(counts, float) + pseudocount)


def quantile_normalize(values: np.ndarray) -> np.ndarray:
    """Give every column the same distribution: the mean over columns of the sorted values.

    Equal values of a column get the mean of the quantiles that they span, so they stay equal
    (limma's normalizeQuantiles with ties; Bolstad et al. 2003).

    Parameters
    ----------
    values : float array, shape=(genes, cells)
        Expression, without NaN.

    Returns
    -------
    float64 array, shape=(genes, cells)
        The order within a column is kept. A single column is returned unchanged.
    """
    values = np.asarray(values, float)
    common = np.sort(values, axis=0).mean(axis=1)
    out = np.empty_like(values)
    for cell, column in enumerate(values.T):
        _, rank, size = np.unique(column, return_inverse=True, return_counts=True)
        out[:, cell] = (np.add.reduceat(common, np.cumsum(size) - size) / size)[rank]
    return out


def label_high(expression: np.ndarray, cell: str) -> np.ndarray:
    """Genes at or above the median of all genes, bool.

    Raises
    ------
    UserError
        All values are equal, or the median is the minimum, so that no gene is low.
    """
    label = expression >= np.median(expression)
    if label.all():
        equal = np.ptp(expression) == 0
        fraction = (expression == expression.min()).mean()
        why = "all equal" if equal else f"at its minimum in {fraction:.0%} of the genes"
        raise UserError(
            f"cell {cell!r}: expression is {why}; expected: genes both below and at or above the"
            " median; fix: check the counts of this cell"
        )
    return label
