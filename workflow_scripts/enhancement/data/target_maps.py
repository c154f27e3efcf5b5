"""O/E maps, of which the sequence models learn, and Observed maps, of which the image models do.

Kriukov et al., Methods; the O/E map is that of Fudenberg et al. 2020 (Akita). Both begin with
coarse-grained contacts, so that a pixel without a contact takes its neighbours' mean.
"""

import warnings

import cooler
import cooltools
import numpy as np
import pandas as pd
from cooltools.lib.numutils import adaptive_coarsegrain, interp_nan
from scipy.ndimage import gaussian_filter

LEAST_SHAPE = 8  # bins beyond which coarse-graining goes no further, as cooltools has it


def expected_contacts(clr: cooler.Cooler, chroms: list[str], width: int) -> np.ndarray:
    """Mean balanced contact at each distance over all the chromosomes, float64 (width,).

    0 where no contact was seen at a distance, NaN where no pair of bins is unmasked.
    """
    view = pd.DataFrame(
        {"chrom": chroms, "start": 0, "end": clr.chromsizes[chroms].to_numpy(), "name": chroms}
    )
    with warnings.catch_warnings():
        # of a default of pandas that cooltools relies on
        warnings.filterwarnings("ignore", message=".*observed", category=FutureWarning)
        table = cooltools.expected_cis(
            clr, view_df=view, smooth=False, aggregate_smoothed=False, ignore_diags=0, nproc=1
        )
    total = table.groupby("dist")[["balanced.sum", "n_valid"]].sum().reindex(range(width))
    with np.errstate(invalid="ignore"):
        return (total["balanced.sum"] / total["n_valid"]).to_numpy(float)


def dense_map(band: np.ndarray, first: int, bins: int) -> np.ndarray:
    """Map of a window as a symmetric matrix, (bins, bins), from the band (`balanced_band`)."""
    row, column = np.triu_indices(bins)
    full = np.empty((bins, bins))
    full[row, column] = full[column, row] = band[first + row, column - row]
    return full


def coarse_map(balanced: np.ndarray, raw: np.ndarray, coarsegrain: dict) -> np.ndarray:
    """Coarse-grained contacts of a window, float64 (B, B); masked bins stay NaN."""
    # blocks without an unmasked pixel divide by zero, and are NaN in the end
    with np.errstate(divide="ignore", invalid="ignore"):
        # a map that is no larger than the least shape is more than cooltools can take
        least = min(LEAST_SHAPE, len(raw) // 2)
        return adaptive_coarsegrain(balanced, raw, min_shape=least, **coarsegrain)


def oe_map(coarse: np.ndarray, expected: np.ndarray, *, sigma: float, kernel: int, clip: float):
    """Logarithm of observed over expected contacts, smoothed and clipped.

    Parameters
    ----------
    coarse : float array, shape=(B, B)
        Coarse-grained balanced contacts, NaN in masked bins.
    expected : float array, shape=(B or more,)
        Mean contact at each distance; pixels of zero become it.
    sigma, kernel
        Width (sd) and size (bins) of the Gaussian; sigma 0 leaves it out.
    clip
        Bound of the absolute value.

    Returns
    -------
    float32 array, shape=(B, B)
        Symmetric, no NaN.
    """
    bins = np.arange(len(coarse))
    mean = expected[np.abs(bins[:, None] - bins)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((coarse > 0) & (mean > 0), np.log(coarse / mean), 0 * coarse)
    filled = interp_nan(ratio)
    if sigma:
        filled = gaussian_filter(filled, sigma, mode="nearest", radius=kernel // 2)
    return symmetric(np.clip(filled, -clip, clip))


def observed_map(coarse: np.ndarray, lowest: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of contacts, from 0 to 1 within the window.

    Parameters
    ----------
    coarse : float array, shape=(B, B)
        Coarse-grained balanced contacts, NaN in masked bins.
    lowest
        Quantile of the pixels that stands for the least of them; lower ones are clipped. The paper
        has 0. In shallow maps the least pixel is chance, and as it sets the range of all others,
        maps of low and high resolution come to differ by chance alone.

    Returns
    -------
    tuple
        float32 array (B, B), symmetric, no NaN; and (3,) float64: what was added to all contacts
        (the least that is not zero), the lowest and the highest logarithm of that sum
        (`dataset.to_balanced`).

    Raises
    ------
    ValueError
        No contact, or the same everywhere: there is no such map.
    """
    seen = coarse[coarse > 0]
    if not len(seen) or seen.min() == np.nanmax(coarse) == np.nanmin(coarse):
        raise ValueError("no contact")
    offset = np.quantile(seen, lowest)
    logs = np.log(coarse + offset)
    low, high = np.nanquantile(logs, lowest), np.nanmax(logs)
    # the paper's steps, dividing by the largest before and after the logarithm, come to this
    scaled = interp_nan((logs - low) / (high - low))
    return symmetric(np.clip(scaled, 0, 1)), np.array([offset, low, high])


def symmetric(values: np.ndarray) -> np.ndarray:
    """Mean of a matrix and its mirror image, float32: rounding leaves no side apart."""
    return ((values + values.T) / 2).astype("float32")
