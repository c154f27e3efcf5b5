"""Input of the image models: coarser bins drawn up to the windows' own."""

import numpy as np


def covering_bins(start: int, bins: int, factor: int) -> tuple[int, int]:
    """First coarse bin, and number of them, that cover a window of `bins` from bin `start` on."""
    first = start // factor
    return first, -(-(start + bins) // factor) - first


def bilinear_weights(start: int, bins: int, factor: int) -> np.ndarray:
    """Weights by which a window's bins are means of the coarse bins that cover it.

    Centre of bin i is (i + 1/2), of coarse bin k (k + 1/2) * factor: half-pixel centres on the
    genome's own grid, so that a window which begins in the middle of a coarse bin is not shifted.
    Beyond the outermost centres the outermost coarse bin is taken.

    Returns
    -------
    float64 array, shape=(bins, coarse bins)
        Rows sum to 1.
    """
    first, number = covering_bins(start, bins, factor)
    place = (start + np.arange(bins) + 0.5) / factor - 0.5 - first
    place = place.clip(0, number - 1)
    left = np.minimum(place.astype(int), max(number - 2, 0))
    weights = np.zeros((bins, number))
    weights[np.arange(bins), left] = 1 - (place - left)
    weights[np.arange(bins), np.minimum(left + 1, number - 1)] += place - left
    return weights


def draw_up(coarse: np.ndarray, start: int, bins: int, factor: int) -> np.ndarray:
    """Bilinear interpolation of a map of coarse bins to a window's bins.

    Parameters
    ----------
    coarse : float array, shape=(m, m)
        Map of the `covering_bins`, no NaN.
    start, bins
        Window, in its own bins.
    factor
        Own bins per coarse bin.

    Returns
    -------
    float array, shape=(bins, bins)
    """
    weights = bilinear_weights(start, bins, factor).astype(coarse.dtype)
    return weights @ coarse @ weights.T
