"""How well an enhanced map, binned to the input's bins, agrees with the input."""

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import (
    chromosome_weights,
    observed_expected,
    pixel_chunks,
)
from workflow_scripts.enhancement.apply.stitch import pool_band


def whole_pixels(band: np.ndarray, factor: int, *, circular: bool = False) -> np.ndarray:
    """A fine band without the pixels of coarse ones that reach out of it; NaN in their place.

    Parameters
    ----------
    band : float array, shape=(bins, reach)
        Fine map.
    factor, circular
        As in `stitch.pool_band`.
    """
    bins, reach = band.shape
    # the farthest two fine bins of coarse ones D apart are factor * D + factor - 1 apart
    most = (reach - factor) // factor
    row, distance = np.indices(band.shape)
    coarse = -(-bins // factor)
    apart = ((row + distance) % bins) // factor - row // factor
    apart = apart % coarse if circular else apart
    return np.where(apart <= most, band, np.nan)


def agreement(
    band: np.ndarray, given: np.ndarray, factor: int, *, circular: bool = False, suffix: str = ""
) -> dict[str, float]:
    """Correlate a fine band, added up, with the coarse one that it was made of.

    Parameters
    ----------
    band : float array, shape=(factor * bins, reach)
        Fine map, of `whole_pixels`.
    given : float array, shape=(bins, any)
        The input.
    factor, circular
        As in `stitch.pool_band`.
    suffix
        Of the keys.

    Returns
    -------
    dict
        pixels (coarse ones compared), r (Pearson), and r_oe (of both divided by their means at each
        distance, so that the fall of contacts with distance does not count).
    """
    pooled = pool_band(band, factor, circular=circular)
    there = pool_band(np.where(np.isnan(band), np.nan, 1.0), factor, circular=circular) > 0
    shared = min(pooled.shape[1], given.shape[1])
    one = np.where(there, pooled, np.nan)[:, :shared]
    two = np.where(there[:, :shared], given[:, :shared], np.nan)
    one = np.where(np.isnan(two), np.nan, one)
    found = {"pixels": int(np.isfinite(one).sum())}
    found["r"] = _pearson(one, two)
    found["r_oe"] = _pearson(observed_expected(one), observed_expected(two))
    return {f"{key}{suffix}": value for key, value in found.items()}


def _pearson(one: np.ndarray, two: np.ndarray) -> float:
    """Pearson correlation over what both know; NaN for fewer than three or for constants."""
    known = np.isfinite(one) & np.isfinite(two)
    if known.sum() < 3 or np.ptp(one[known]) == 0 or np.ptp(two[known]) == 0:
        return np.nan
    return float(np.corrcoef(one[known], two[known])[0, 1])


def left_out(
    clr: cooler.Cooler, chrom: str, reach: int, *, circular: bool = False
) -> dict[str, float]:
    """What of a chromosome's contacts lies farther apart than the output reaches.

    Parameters
    ----------
    clr
        The balanced input.
    chrom
        Chromosome.
    reach
        Diagonals of the input that the output has; 0 for a chromosome that is left out.
    circular
        Whether distances go around.

    Returns
    -------
    dict
        pixels_beyond (with contacts, between unmasked bins) and share_beyond of the balanced sum.
    """
    weight = chromosome_weights(clr, chrom)
    low, high = clr.extent(chrom)
    total, beyond, number = 0.0, 0.0, 0
    for one, two, count in pixel_chunks(clr, low, high):
        inside = two < high
        one, two, count = one[inside] - low, two[inside] - low, count[inside]
        value = count * weight[one] * weight[two]
        apart = two - one
        apart = np.minimum(apart, len(weight) - apart) if circular else apart
        far = (apart >= reach) & (value > 0)
        total += float(np.nansum(value))
        beyond += float(value[far].sum())
        number += int(far.sum())
    return {"pixels_beyond": number, "share_beyond": beyond / total if total else np.nan}
