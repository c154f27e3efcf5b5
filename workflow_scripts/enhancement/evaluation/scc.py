"""Stratum-adjusted correlation (SCC) of contact maps, in the two ways that the literature has.

Both correlate two maps diagonal by diagonal (a stratum) and average the correlations with weights.
They differ in the weights, so that one is never to be compared with the other:

- `scc_hicrep`: HiCRep (Yang et al. 2017, Genome Research 27:1939): N_k * r_2k, where N_k counts a
  stratum's pixels and r_2k is the variance of their ranks divided by N_k, which is near 1/12. Near
  diagonals, which have most pixels, weigh most. Smoothing, the choice of pixels and the variance
  with Bessel's correction are those of the package `hicrep` of PyPI.
- `scc_hicreppy`: what hicreppy computes, in which ranks are divided by N_k twice: the weights
  become (1 - 1/N_k^2) / (12 N_k), so that the farthest quarter of a window's diagonals carries two
  thirds of the sum. The paper's column SCC was made by it.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

LEAST = 3  # pixels of a stratum: the correlation of two is 1 or -1 whatever they are
# Below this share of a stratum's sum of squares, its variance is rounding
FLAT = 1e-12


def scc_hicrep(
    first: np.ndarray, second: np.ndarray, *, h: int = 0, max_bins: int | None = None
) -> np.ndarray:
    """HiCRep's SCC of pairs of maps.

    Parameters
    ----------
    first, second : float arrays, shape=(n, b, b) or (b, b)
        Maps of the same places, not negative; only pixels above the diagonal are looked at.
    h
        Half-width (bins) of the mean filter that smooths both maps; 0 for none. As in the package,
        what lies on or below the diagonal, or beyond `max_bins`, counts as 0 in it.
    max_bins
        Strata are the diagonals 1 to max_bins - 1; None takes all of three and more pixels.

    Returns
    -------
    float array, shape=(n,) or ()
        NaN where no stratum varies in both maps. Pixels that are 0 in both maps are left out of
        their stratum; strata that do not vary in one of the maps count as correlation 0, as there.
    """
    first, second = (np.asarray(maps, "float64") for maps in (first, second))
    if first.ndim == 2:
        return scc_hicrep(first[None], second[None], h=h, max_bins=max_bins)[0]
    bins = first.shape[-1]
    strata = _strata(1, bins, max_bins)
    if h:
        first, second = (_smoothed(maps, h, strata.stop) for maps in (first, second))
    above, below, varied = np.zeros((3, len(first)))
    for k in strata:
        x, y = (np.diagonal(maps, k, 1, 2) for maps in (first, second))
        r, number = stratum_correlation(x, y, (x != 0) | (y != 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(number >= 2, number * (1 + 1 / number) / 12, 0)
        above += weight * np.nan_to_num(r)
        below += weight
        varied += np.isfinite(r)
    with np.errstate(invalid="ignore"):
        return np.where(varied > 0, above / below, np.nan)


def scc_hicreppy(
    first: np.ndarray, second: np.ndarray, *, max_bins: int | None = None
) -> np.ndarray:
    """SCC of pairs of maps as hicreppy weighs strata.

    Parameters
    ----------
    first, second : float arrays, shape=(n, b, b) or (b, b)
        Maps of the same places.
    max_bins
        Strata are the diagonals 0 to max_bins - 1; None takes all of three and more pixels.

    Returns
    -------
    float array, shape=(n,) or ()
        NaN where no stratum varies in both maps. A stratum that does not vary in one of them is
        left out; hicreppy gives NaN for the whole map then.
    """
    first, second = (np.asarray(maps, "float64") for maps in (first, second))
    if first.ndim == 2:
        return scc_hicreppy(first[None], second[None], max_bins=max_bins)[0]
    above, below = np.zeros((2, len(first)))
    for k in _strata(0, first.shape[-1], max_bins):
        x, y = (np.diagonal(maps, k, 1, 2) for maps in (first, second))
        r, number = stratum_correlation(x, y, np.ones(x.shape, bool))
        weight = np.where(np.isfinite(r), (1 - 1 / number**2) / (12 * number), 0)
        above += weight * np.nan_to_num(r)
        below += weight
    with np.errstate(invalid="ignore", divide="ignore"):
        return above / below


def stratum_correlation(
    x: np.ndarray, y: np.ndarray, used: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pearson correlation of rows over the pixels used, and their number.

    Parameters
    ----------
    x, y : float arrays, shape=(n, m)
        Values.
    used : bool array, shape=(n, m)
        Pixels that count.

    Returns
    -------
    Two float arrays, shape=(n,); the correlation is NaN where a row does not vary.
    """
    number = used.sum(1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = [np.where(used, v - ((v * used).sum(1) / number)[:, None], 0) for v in (x, y)]
        squares = [(v**2).sum(1) for v in centred]
        # a constant's distance from its mean is rounding, not variance
        flat = [s <= FLAT * (v**2 * used).sum(1) for s, v in zip(squares, (x, y), strict=True)]
        r = (centred[0] * centred[1]).sum(1) / np.sqrt(squares[0] * squares[1])
    return np.where(flat[0] | flat[1] | (number < 2), np.nan, r), number


def _strata(first: int, bins: int, max_bins: int | None) -> range:
    """Diagonals that are strata."""
    last = bins - LEAST + 1 if max_bins is None else min(max_bins, bins)
    return range(first, max(first, last))


def _smoothed(maps: np.ndarray, h: int, stop: int) -> np.ndarray:
    """Mean over (2h + 1)^2 pixels, or as many of them as lie within the map."""
    bins = maps.shape[-1]
    distance = np.arange(bins)[None, :] - np.arange(bins)[:, None]
    kept = np.where((distance > 0) & (distance < stop), maps, 0.0)
    width = 2 * h + 1
    sums = kept
    for axis in (-2, -1):
        sums = uniform_filter1d(sums, width, axis=axis, mode="constant") * width
    place = np.arange(bins)
    within = np.minimum(place, h) + np.minimum(bins - 1 - place, h) + 1
    return sums / (within[:, None] * within[None, :])
