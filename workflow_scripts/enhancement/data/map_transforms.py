"""Balanced contacts to the maps that models read and predict, and back.

O/E maps are the targets of the sequence models, Observed maps inputs and targets of the image
models (Kriukov et al., Methods; the O/E map is that of Akita, Fudenberg et al. 2020). Both start
from coarse-grained contacts, in which a pixel of few contacts is averaged with its neighbors.
"""

import warnings

import cooler
import cooltools
import numpy as np
import pandas as pd
from cooltools.lib.numutils import adaptive_coarsegrain, interp_nan
from scipy.ndimage import gaussian_filter

MIN_SHAPE = 8  # bins at which coarse-graining stops, the default of cooltools


def expected_contacts(clr: cooler.Cooler, chroms: list[str], width: int) -> np.ndarray:
    """Mean balanced contact at each distance over all chromosomes, float64 (width,).

    0 where no contact was seen at a distance, NaN where every pair of bins is masked.
    """
    view = pd.DataFrame(
        {"chrom": chroms, "start": 0, "end": clr.chromsizes[chroms].to_numpy(), "name": chroms}
    )
    with warnings.catch_warnings():
        # about a pandas default that cooltools relies on
        warnings.filterwarnings("ignore", message=".*observed", category=FutureWarning)
        table = cooltools.expected_cis(
            clr, view_df=view, smooth=False, aggregate_smoothed=False, ignore_diags=0, nproc=1
        )
    total = table.groupby("dist")[["balanced.sum", "n_valid"]].sum().reindex(range(width))
    with np.errstate(invalid="ignore"):
        return (total["balanced.sum"] / total["n_valid"]).to_numpy(float)


def dense_map(band: np.ndarray, first: int, bins: int) -> np.ndarray:
    """Symmetric map (bins, bins) of a window from a band (`contacts.balanced_band`)."""
    row, column = np.triu_indices(bins)
    full = np.empty((bins, bins))
    full[row, column] = full[column, row] = band[first + row, column - row]
    return full


def coarse_map(balanced: np.ndarray, raw: np.ndarray, coarsegrain: dict) -> np.ndarray:
    """Coarse-grained contacts of a window, float64 (B, B); masked bins stay NaN."""
    # blocks without an unmasked pixel divide by zero; they end as NaN
    with np.errstate(divide="ignore", invalid="ignore"):
        # cooltools fails on a map that is not larger than min_shape
        min_shape = min(MIN_SHAPE, len(raw) // 2)
        return adaptive_coarsegrain(balanced, raw, min_shape=min_shape, **coarsegrain)


def oe_map(
    coarse: np.ndarray, expected: np.ndarray, *, sigma: float, kernel_size: int, clip_value: float
):
    """Logarithm of observed over expected contacts, smoothed and clipped.

    Parameters
    ----------
    coarse : float array, shape=(B, B)
        Coarse-grained balanced contacts, NaN in masked bins.
    expected : float array, shape=(B or more,)
        Mean contact at each distance; replaces pixels of zero.
    sigma, kernel_size
        Standard deviation and size (bins) of the Gaussian kernel; sigma 0: no smoothing.
    clip_value
        Bound of the absolute value.

    Returns
    -------
    float32 array, shape=(B, B)
        Symmetric, without NaN.
    """
    bins = np.arange(len(coarse))
    mean = expected[np.abs(bins[:, None] - bins)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((coarse > 0) & (mean > 0), np.log(coarse / mean), 0 * coarse)
    filled = interp_nan(ratio)
    if sigma:
        filled = gaussian_filter(filled, sigma, mode="nearest", radius=kernel_size // 2)
    return symmetric(np.clip(filled, -clip_value, clip_value))


def observed_map(coarse: np.ndarray, lower_quantile: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of contacts, scaled to [0, 1] within the window.

    Parameters
    ----------
    coarse : float array, shape=(B, B)
        Coarse-grained balanced contacts, NaN in masked bins.
    lower_quantile
        Quantile of the pixels that becomes 0; lower pixels are clipped. The paper takes the
        minimum (0). In shallow maps the minimum is noise, and since it sets the range of all
        pixels, maps of low and high resolution then differ by noise.

    Returns
    -------
    tuple
        float32 array (B, B), symmetric, without NaN; and its scale, float64 (3,): the offset added
        to all contacts (the smallest non-zero contact), and the lowest and highest logarithm of
        that sum (`to_balanced`).

    Raises
    ------
    ValueError
        No contact, or the same number everywhere.
    """
    seen = coarse[coarse > 0]
    if not len(seen) or seen.min() == np.nanmax(coarse) == np.nanmin(coarse):
        raise ValueError("no contact")
    offset = np.quantile(seen, lower_quantile)
    logs = np.log(coarse + offset)
    low, high = np.nanquantile(logs, lower_quantile), np.nanmax(logs)
    # equivalent to the paper's steps, which divide by the maximum before and after the logarithm
    scaled = interp_nan((logs - low) / (high - low))
    return symmetric(np.clip(scaled, 0, 1)), np.array([offset, low, high])


def to_balanced(observed: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Balanced contacts of an Observed map: the inverse of `observed_map`.

    Parameters
    ----------
    observed
        Map in [0, 1], any shape.
    scale
        Its scale: offset, lowest and highest logarithm.
    """
    offset, low, high = scale
    return np.exp(observed * (high - low) + low) - offset


def symmetric(values: np.ndarray) -> np.ndarray:
    """Mean of a matrix and its transpose, float32, so that rounding does not break symmetry."""
    return ((values + values.T) / 2).astype("float32")


def covering_bins(start: int, bins: int, factor: int) -> tuple[int, int]:
    """First coarse bin and number of coarse bins that cover `bins` fine bins from `start`."""
    first = start // factor
    return first, -(-(start + bins) // factor) - first


def bilinear_weights(start: int, bins: int, factor: int) -> np.ndarray:
    """Weights of the covering coarse bins in each fine bin of a window.

    The center of fine bin i is i + 1/2, that of coarse bin k is (k + 1/2) * factor: half-pixel
    centers on the grid of the genome, so that a window that starts within a coarse bin is not
    shifted. Beyond the outermost centers the outermost coarse bin is taken.

    Returns
    -------
    float64 array, shape=(bins, coarse bins)
        Rows sum to 1.
    """
    first, number = covering_bins(start, bins, factor)
    position = (start + np.arange(bins) + 0.5) / factor - 0.5 - first
    position = position.clip(0, number - 1)
    left = np.minimum(position.astype(int), max(number - 2, 0))
    weights = np.zeros((bins, number))
    weights[np.arange(bins), left] = 1 - (position - left)
    weights[np.arange(bins), np.minimum(left + 1, number - 1)] += position - left
    return weights


def upsample_bilinear(coarse: np.ndarray, start: int, bins: int, factor: int) -> np.ndarray:
    """Bilinear interpolation of a coarse map to the fine bins of a window.

    Parameters
    ----------
    coarse : float array, shape=(m, m)
        Map of the `covering_bins`, without NaN.
    start, bins
        Window, in fine bins.
    factor
        Fine bins per coarse bin.

    Returns
    -------
    float array, shape=(bins, bins)
    """
    weights = bilinear_weights(start, bins, factor).astype(coarse.dtype)
    return weights @ coarse @ weights.T
