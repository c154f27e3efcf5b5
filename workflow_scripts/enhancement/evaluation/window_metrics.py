"""Scores of single maps: agreement, insulation and domain boundaries, and their means.

Insulation scores and boundaries are those of cooltools, which takes whole maps in coolers; windows
of predicted maps are none. Here the mean contact in a diamond across each bin is computed for many
windows at once. A boundary is a minimum of the score with enough prominence, found by cooltools'
own function.
"""

from typing import Any

import numpy as np
import pandas as pd
from cooltools.lib.peaks import find_peak_prominence

from workflow_scripts.enhancement.evaluation.map_metrics import AGREEMENT, agreement_scores
from workflow_scripts.enhancement.evaluation.scc import stratum_correlation

SCORES = (*AGREEMENT, "insulation_r")
BOUNDARIES = ("boundaries_both", "boundaries_found", "boundaries_true")
MIN_DIAMOND = 0.66  # fraction of a complete diamond's pixels at a bin near the end, as in cooltools


def window_scores(
    truth: np.ndarray,
    predicted: np.ndarray,
    *,
    contacts: tuple[np.ndarray, np.ndarray],
    settings: dict[str, Any],
) -> pd.DataFrame:
    """All scores of each map.

    Parameters
    ----------
    truth, predicted, settings
        As `agreement_scores`.
    contacts
        Both as contacts, not logarithms, for the insulation scores.

    Returns
    -------
    DataFrame
        One row per map: `SCORES`, and the numbers of `BOUNDARIES` in both, in the prediction and
        in the truth.
    """
    found = agreement_scores(truth, predicted, settings)
    own = settings["insulation"]
    scores = [
        insulation_scores(c, window=own["window"], ignore_diags=own["ignore_diags"])
        for c in contacts
    ]
    known = np.isfinite(scores).all(0)
    filled = [np.where(known, score, 0) for score in scores]
    found["insulation_r"] = stratum_correlation(*filled, known)[0]
    counts = boundary_counts(
        scores[1], scores[0], min_strength=own["min_strength"], tolerance=own["tolerance"]
    )
    return pd.DataFrame(found).assign(**dict(zip(BOUNDARIES, counts.T, strict=True)))


def mean_scores(windows: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Mean over maps and number of maps by score, and boundary_f1.

    F1 is computed from the boundaries of all maps; its number is that of the true boundaries.
    """
    means = {name: (float(windows[name].mean()), int(windows[name].count())) for name in SCORES}
    counts = windows[list(BOUNDARIES)].to_numpy()
    return {**means, "boundary_f1": (f1_of_counts(counts), int(counts[:, 2].sum()))}


def insulation_scores(
    contacts: np.ndarray, *, window: int = 10, ignore_diags: int = 2
) -> np.ndarray:
    """Insulation scores of maps.

    Parameters
    ----------
    contacts : float array, shape=(n, b, b)
        Contacts (not their logarithm), symmetric, without NaN.
    window
        Width of the diamond (bins).
    ignore_diags
        Number of diagonals that are ignored.

    Returns
    -------
    float array, shape=(n, b)
        log2 of the diamond's mean over the window's median of such means. NaN where less than
        0.66 of the diamond lies in the map, or it is empty.
    """
    bins = contacts.shape[-1]
    sums, pixels = np.zeros(contacts.shape[:2]), np.zeros(bins)
    for back in range(window):
        for ahead in range(window):
            if ignore_diags <= back + ahead < bins:
                sums[:, back : bins - ahead] += np.diagonal(contacts, back + ahead, 1, 2)
                pixels[back : bins - ahead] += 1
    complete = pixels >= MIN_DIAMOND * pixels.max()
    means = np.full(sums.shape, np.nan)
    means[:, complete] = sums[:, complete] / pixels[complete]
    means[means <= 0] = np.nan
    with np.errstate(invalid="ignore"):
        return np.log2(means / _median(means))


def boundary_bins(score: np.ndarray, min_strength: float) -> np.ndarray:
    """Bins of the boundaries of one window.

    Parameters
    ----------
    score : float array, shape=(b,)
        Of `insulation_scores`.
    min_strength
        Minimum prominence (log2) of a boundary.

    Returns
    -------
    int array
        Ascending: minima that are lower than both neighbors.
    """
    known = np.flatnonzero(np.isfinite(score))
    positions, strengths = find_peak_prominence(-score[known])
    return known[positions[strengths >= min_strength]]


def matched(found: np.ndarray, true: np.ndarray, tolerance: int) -> int:
    """Number of boundaries that agree within `tolerance` bins, each used once; both ascending."""
    number = at = 0
    for bin_ in found:
        while at < len(true) and true[at] < bin_ - tolerance:
            at += 1
        if at < len(true) and true[at] <= bin_ + tolerance:
            number, at = number + 1, at + 1
    return number


def boundary_counts(
    found: np.ndarray, true: np.ndarray, *, min_strength: float, tolerance: int
) -> np.ndarray:
    """Numbers of boundaries of windows, int array (n, 3): in both, in `found`, and in `true`.

    `found` and `true` are insulation scores, shape=(n, b).
    """
    counts = np.zeros((len(found), 3), int)
    for row, scores in enumerate(zip(found, true, strict=True)):
        bins = [boundary_bins(score, min_strength) for score in scores]
        counts[row] = matched(*bins, tolerance), len(bins[0]), len(bins[1])
    return counts


def f1_of_counts(counts: np.ndarray) -> float:
    """F1 over the boundaries of all windows; NaN without any boundary."""
    both, found, true = counts.sum(0)
    return float(2 * both / (found + true)) if found + true else float("nan")


def _median(means: np.ndarray) -> np.ndarray:
    """Median of each row's finite values, shape=(n, 1); NaN where there is none."""
    median = np.full((len(means), 1), np.nan)
    some = np.isfinite(means).any(1)
    median[some, 0] = np.nanmedian(means[some], axis=1)
    return median
