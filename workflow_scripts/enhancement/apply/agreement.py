"""Agreement of an enhanced map, summed to the input's bins, with the input."""

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import (
    chromosome_weights,
    observed_expected,
    pixel_chunks,
)
from workflow_scripts.enhancement.apply.stitch import pool_band


def mask_partial_pixels(band: np.ndarray, factor: int, *, circular: bool = False) -> np.ndarray:
    """A fine band with NaN in the pixels of coarse pixels that extend beyond the band.

    Parameters
    ----------
    band : float array, shape=(bins, reach)
        Fine map.
    factor, circular
        As in `stitch.pool_band`.
    """
    bins, reach = band.shape
    # coarse bins at distance D contain fine bins at distances up to factor * D + factor - 1
    farthest = (reach - factor) // factor
    row, distance = np.indices(band.shape)
    coarse = -(-bins // factor)
    distance = ((row + distance) % bins) // factor - row // factor
    distance = distance % coarse if circular else distance
    return np.where(distance <= farthest, band, np.nan)


def agreement(
    band: np.ndarray, given: np.ndarray, factor: int, *, circular: bool = False, suffix: str = ""
) -> dict[str, float]:
    """Correlate a fine band, summed to coarse pixels, with the coarse band it was made from.

    Parameters
    ----------
    band : float array, shape=(factor * bins, reach)
        Fine map, of `mask_partial_pixels`.
    given : float array, shape=(bins, any)
        The input.
    factor, circular
        As in `stitch.pool_band`.
    suffix
        Appended to the keys.

    Returns
    -------
    dict
        pixels (number of coarse pixels compared), r (Pearson), and r_oe (both divided by their
        means at each distance, which removes the decay of contacts with distance).
    """
    pooled = pool_band(band, factor, circular=circular)
    present = pool_band(np.where(np.isnan(band), np.nan, 1.0), factor, circular=circular) > 0
    shared = min(pooled.shape[1], given.shape[1])
    one = np.where(present, pooled, np.nan)[:, :shared]
    two = np.where(present[:, :shared], given[:, :shared], np.nan)
    one = np.where(np.isnan(two), np.nan, one)
    found = {"pixels": int(np.isfinite(one).sum())}
    found["r"] = pearson(one, two)
    found["r_oe"] = pearson(observed_expected(one), observed_expected(two))
    return {f"{key}{suffix}": value for key, value in found.items()}


def pearson(one: np.ndarray, two: np.ndarray) -> float:
    """Pearson correlation over pixels known in both; NaN for fewer than three or constants."""
    known = np.isfinite(one) & np.isfinite(two)
    if known.sum() < 3 or np.ptp(one[known]) == 0 or np.ptp(two[known]) == 0:
        return np.nan
    return float(np.corrcoef(one[known], two[known])[0, 1])


def beyond_reach(
    clr: cooler.Cooler, chrom: str, reach: int, *, circular: bool = False
) -> dict[str, float]:
    """Contacts of a chromosome at distances beyond the reach of the output.

    Parameters
    ----------
    clr
        The balanced input.
    chrom
        Chromosome.
    reach
        Diagonals of the input that the output has; 0 for a chromosome that is skipped.
    circular
        Whether the chromosome is circular.

    Returns
    -------
    dict
        pixels_beyond (with contacts, between unmasked bins), and fraction_beyond of the balanced
        sum.
    """
    weight = chromosome_weights(clr, chrom)
    low, high = clr.extent(chrom)
    total, beyond, number = 0.0, 0.0, 0
    for one, two, count in pixel_chunks(clr, low, high):
        inside = two < high
        one, two, count = one[inside] - low, two[inside] - low, count[inside]
        value = count * weight[one] * weight[two]
        distance = two - one
        distance = np.minimum(distance, len(weight) - distance) if circular else distance
        far = (distance >= reach) & (value > 0)
        total += float(np.nansum(value))
        beyond += float(value[far].sum())
        number += int(far.sum())
    return {"pixels_beyond": number, "fraction_beyond": beyond / total if total else np.nan}
