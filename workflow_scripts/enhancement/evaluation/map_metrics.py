"""Scores of predicted maps: pooled (Table I of Kriukov et al.), per map (Table II), by distance.

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

# scores for which lower is better
ERRORS = ("mae", "mse")
PLAIN = (*ERRORS, "pearson", "spearman")
AGREEMENT = (*PLAIN, "scc_hicreppy", "scc_hicrep")
RANK_BLOCK = 64  # maps that are ranked at once


def pooled_scores(
    truth: np.ndarray, predicted: np.ndarray, *, ignore_diags: int = 2
) -> dict[str, float]:
    """Scores over all pixels of all maps, without the first `ignore_diags` diagonals (Table I).

    Returns
    -------
    dict
        mae, mse, pearson and spearman (NaN where one side is constant), and pixels.
    """
    i, j = np.triu_indices(truth.shape[-1], ignore_diags)
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
    """Scores of each map over all its pixels (Table II).

    Parameters
    ----------
    truth, predicted
        Maps, shape=(n, b, b).
    settings
        Config section `metrics`.

    Returns
    -------
    dict
        Array of n by name: `AGREEMENT`; NaN where undefined (a constant map).
    """
    found = {name: np.empty(len(truth)) for name in PLAIN}
    for first in range(0, len(truth), RANK_BLOCK):
        some = slice(first, first + RANK_BLOCK)
        x, y = (m[some].reshape(len(m[some]), -1).astype("float64") for m in (truth, predicted))
        found["mae"][some] = np.abs(x - y).mean(1)
        found["mse"][some] = ((x - y) ** 2).mean(1)
        found["pearson"][some] = rows_correlation(x, y)
        found["spearman"][some] = rows_correlation(rankdata(x, axis=1), rankdata(y, axis=1))
    max_bins = settings["max_bins"] or None
    found["scc_hicreppy"] = scc_hicreppy(truth, predicted, max_bins=max_bins)
    found["scc_hicrep"] = scc_hicrep(truth, predicted, h=settings["smoothing"], max_bins=max_bins)
    return found


def distance_scores(truth: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    """Scores of each diagonal over all maps: bins, n, pearson, mae.

    `bins` is the distance, n the number of pixels. Diagonals with fewer than three pixels are left
    out.
    """
    rows = []
    for k in range(truth.shape[-1]):
        x, y = (np.diagonal(m, k, 1, 2).ravel().astype("float64") for m in (truth, predicted))
        if len(x) >= 3:
            r = rows_correlation(x[None], y[None])[0]
            rows.append({"bins": k, "n": len(x), "pearson": r, "mae": np.abs(x - y).mean()})
    return pd.DataFrame(rows, columns=["bins", "n", "pearson", "mae"])


def rows_correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson correlation of each row, shape=(n,); NaN where one is constant."""
    return stratum_correlation(x, y, np.ones(x.shape, bool))[0]
