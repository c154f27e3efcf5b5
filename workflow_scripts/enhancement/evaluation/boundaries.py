"""Insulation scores and domain boundaries of window maps, as cooltools computes them of whole maps.

cooltools takes coolers; windows of predicted maps are none. The score of a bin is the mean contact
in a diamond across it, here of many windows at once; a boundary is a minimum of the score with
enough prominence, found by cooltools' own function.
"""

import numpy as np
from cooltools.lib.peaks import find_peak_prominence

LEAST_PIXELS = 0.66  # share of a whole diamond's pixels at a bin near the end, as in cooltools


def insulation_scores(
    contacts: np.ndarray, *, window: int = 10, ignore_diagonals: int = 2
) -> np.ndarray:
    """Insulation scores of maps.

    Parameters
    ----------
    contacts : float array, shape=(n, b, b)
        Contacts (not their logarithm), symmetric, without gaps.
    window
        Width of the diamond (bins).
    ignore_diagonals
        Pixels on so many diagonals do not count.

    Returns
    -------
    float array, shape=(n, b)
        log2 of the diamond's mean over the window's median of such means. NaN where less than
        0.66 of the diamond lies in the map, or it is empty.
    """
    bins = contacts.shape[-1]
    sums, pixels = np.zeros(contacts.shape[:2]), np.zeros(bins)
    for back in range(window):
        for on in range(window):
            if ignore_diagonals <= back + on < bins:
                sums[:, back : bins - on] += np.diagonal(contacts, back + on, 1, 2)
                pixels[back : bins - on] += 1
    whole = pixels >= LEAST_PIXELS * pixels.max()
    means = np.full(sums.shape, np.nan)
    means[:, whole] = sums[:, whole] / pixels[whole]
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
        Least prominence (log2) of a minimum.

    Returns
    -------
    int array
        Ascending: minima that are lower than both neighbours.
    """
    known = np.flatnonzero(np.isfinite(score))
    places, strengths = find_peak_prominence(-score[known])
    return known[places[strengths >= min_strength]]


def matched(found: np.ndarray, true: np.ndarray, tolerance: int) -> int:
    """How many boundaries agree within `tolerance` bins, each used once; both ascending."""
    number = place = 0
    for bin_ in found:
        while place < len(true) and true[place] < bin_ - tolerance:
            place += 1
        if place < len(true) and true[place] <= bin_ + tolerance:
            number, place = number + 1, place + 1
    return number


def boundary_counts(
    found: np.ndarray, true: np.ndarray, *, min_strength: float, tolerance: int
) -> np.ndarray:
    """Boundaries of windows, int array (n, 3): those in both, in `found`, and in `true`.

    `found` and `true` are insulation scores, shape=(n, b).
    """
    counts = np.zeros((len(found), 3), int)
    for row, scores in enumerate(zip(found, true, strict=True)):
        bins = [boundary_bins(score, min_strength) for score in scores]
        counts[row] = matched(*bins, tolerance), len(bins[0]), len(bins[1])
    return counts


def f1_of_counts(counts: np.ndarray) -> float:
    """F1 over all windows' boundaries; NaN where there is none at all."""
    both, found, true = counts.sum(0)
    return float(2 * both / (found + true)) if found + true else float("nan")


def _median(means: np.ndarray) -> np.ndarray:
    """Median of each row's known values, shape=(n, 1); NaN where none is known."""
    median = np.full((len(means), 1), np.nan)
    some = np.isfinite(means).any(1)
    median[some, 0] = np.nanmedian(means[some], axis=1)
    return median
