"""Counts of a cell's genes to what is predicted (Zeng 2018, Methods, data processing)."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")


def read_counts(path: str | Path) -> pd.Series:
    """Read counts by gene from an expression table of the quantification stage.

    Reads give `est_counts`: kallisto's, summed over the isoforms of a gene, replicates averaged.
    Tables of gene counts give `value`. A gene that a counts table repeats came in with its first
    row.

    Raises
    ------
    UserError
        Values that are no counts, or a gene twice.
    """
    table = pd.read_csv(path, sep="\t", dtype={"gene_id": str}, keep_default_na=False,
                        na_values={"est_counts": [""], "tpm": [""]})  # fmt: skip
    if table.gene_id.duplicated().any():
        gene = table.gene_id[table.gene_id.duplicated()].iloc[0]
        raise UserError(f"{path}: gene {gene!r} twice; allowed: once")
    if table.est_counts.notna().any():
        return table.set_index("gene_id").est_counts.astype(float)
    unit = table.unit.iloc[0] if len(table) else "none"
    if unit != "counts":
        raise UserError(
            f"{path}: values in unit {unit!r}; allowed: counts (reads, gene_counts tables, or an"
            " expression_matrix with 'counts' in its file's name)"
        )
    return table.set_index("gene_id").value.astype(float)


def log_counts(counts: np.ndarray, pseudocount: float) -> np.ndarray:
    """log10(counts + pseudocount), float64."""
    return np.log10(np.asarray(counts, float) + pseudocount)


def quantile_normalise(values: np.ndarray) -> np.ndarray:
    """Give every column the same distribution: the mean over columns of the sorted values.

    Equal values of a column get the mean of the quantiles that they share, so they stay equal (as
    limma's normalizeQuantiles with ties; Bolstad et al. 2003).

    Parameters
    ----------
    values : float array, shape=(genes, cells)
        Expression, without NaN.

    Returns
    -------
    float64 array, shape=(genes, cells)
        Order within a column is kept. One column comes back as it is.
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
        Expression is all equal, or its median is its minimum, so that no gene is low.
    """
    label = expression >= np.median(expression)
    if label.all():
        equal = np.ptp(expression) == 0
        share = (expression == expression.min()).mean()
        why = "is all equal" if equal else f"is the minimum in {share:.0%} of the genes"
        raise UserError(
            f"cell {cell!r}: expression {why}; allowed: genes below the median and at or above it"
        )
    return label
