"""Labels of genes: high or low expression (Singh 2016, section on the data set-up)."""

import numpy as np
import pandas as pd


def label_high(expression: pd.Series, *, order: str) -> pd.Series:
    """Label genes whose expression is above the median of all genes.

    Parameters
    ----------
    expression
        Expression by gene, float.
    order
        `numeric` compares numbers. `lexicographic` compares their decimal text, so that "10.0" is
        below "9.0"; the labels distributed with the paper agree with this order.

    Returns
    -------
    pandas.Series of int8
        1 above the median, else 0.
    """
    median = float(expression.median())
    if order == "lexicographic":
        return (expression.astype(float).map(str) > str(median)).astype("int8")
    return (expression > median).astype("int8")


def shuffle_labels(labels: np.ndarray, split: np.ndarray, seed: int) -> np.ndarray:
    """Permute labels among the genes of each split, so that they are unrelated to the marks.

    `labels` and `split` have shape (genes,).
    """
    shuffled, rng = labels.copy(), np.random.default_rng(seed)
    for name in np.unique(split):
        shuffled[split == name] = rng.permutation(labels[split == name])
    return shuffled
