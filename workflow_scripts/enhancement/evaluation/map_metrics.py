"""Scores of predicted maps: pooled as in the paper's Table I, per map as in its Table II.

All functions take arrays of maps, float, shape=(n, b, b): truth first, prediction second.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from workflow_scripts.enhancement.evaluation.scc import (
    scc_hicrep,
    scc_hicreppy,
    stratum_correlation,
)

# Scores that are better when they are lower
ERRORS = ("mae", "mse")
PLAIN = (*ERRORS, "pearson", "spearman")
AGREEMENT = (*PLAIN, "scc_hicreppy", "scc_hicrep")
RANKED = 64  # maps that are ranked at once


def pooled_scores(
    truth: np.ndarray, predicted: np.ndarray, *, first_diagonal: int = 2
) -> dict[str, float]:
    """Scores over all pixels of all maps from a diagonal on (Table I).

    Returns
    -------
    dict
        mae, mse, pearson and spearman (NaN where one side does not vary), and pixels.
    """
    i, j = np.triu_indices(truth.shape[-1], first_diagonal)
    x, y = (maps[:, i, j].ravel().astype("float64") for maps in (truth, predicted))
    return {
        "mae": float(np.abs(x - y).mean()),
        "mse": float(((x - y) ** 2).mean()),
        "pearson": float(rows_correlation(x[None], y[None])[0]),
        "spearman": float(rows_correlation(rankdata(x)[None], rankdata(y)[None])[0]),
        "pixels": float(len(x)),
    }


def agreement_scores(
    truth: np.ndarray, predicted: np.ndarray, settings: dict[str, Any]
) -> dict[str, np.ndarray]:
    """Scores of each map by itself, over all its pixels (Table II).

    Parameters
    ----------
    truth, predicted
        Maps, shape=(n, b, b).
    settings
        The config's section `metrics`.

    Returns
    -------
    dict
        Array of n by name: `AGREEMENT`. What is not defined (a map that does not vary) is NaN.
    """
    found = {name: np.empty(len(truth)) for name in PLAIN}
    for first in range(0, len(truth), RANKED):
        some = slice(first, first + RANKED)
        x, y = (m[some].reshape(len(m[some]), -1).astype("float64") for m in (truth, predicted))
        found["mae"][some] = np.abs(x - y).mean(1)
        found["mse"][some] = ((x - y) ** 2).mean(1)
        found["pearson"][some] = rows_correlation(x, y)
        found["spearman"][some] = rows_correlation(rankdata(x, axis=1), rankdata(y, axis=1))
    most = settings["max_bins"] or None
    found["scc_hicreppy"] = scc_hicreppy(truth, predicted, max_bins=most)
    found["scc_hicrep"] = scc_hicrep(truth, predicted, h=settings["smoothing"], max_bins=most)
    return found


def distance_scores(truth: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    """Scores of each diagonal over all maps: bins, n, pearson, mae.

    `bins` is the distance; n counts pixels. Diagonals of fewer than three pixels are left out.
    """
    rows = []
    for k in range(truth.shape[-1]):
        x, y = (np.diagonal(m, k, 1, 2).ravel().astype("float64") for m in (truth, predicted))
        if len(x) >= 3:
            r = rows_correlation(x[None], y[None])[0]
            rows.append({"bins": k, "n": len(x), "pearson": r, "mae": np.abs(x - y).mean()})
    return pd.DataFrame(rows, columns=["bins", "n", "pearson", "mae"])


def rows_correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson correlation of each row, shape=(n,); NaN where one does not vary."""
    return stratum_correlation(x, y, np.ones(x.shape, bool))[0]
