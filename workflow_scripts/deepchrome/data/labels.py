"""High or low expression: the label that DeepChrome predicts (Singh 2016, data set-up)."""

import numpy as np
import pandas as pd


def label_high(expression: pd.Series, *, order: str) -> pd.Series:
    """Label genes above the median of all genes.

    Parameters
    ----------
    expression
        Expression by gene, float.
    order
        `numeric` compares numbers. `lexicographic` compares their decimal text, so that "10.0" is
        below "9.0": the labels distributed with the paper agree with that.

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
    """Permute labels among the genes of each split: nothing is left to learn or to find."""
    shuffled, rng = labels.copy(), np.random.default_rng(seed)
    for part in np.unique(split):
        shuffled[split == part] = rng.permutation(labels[split == part])
    return shuffled
