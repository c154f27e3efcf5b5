"""Stratum-adjusted correlation (SCC) of contact maps, in the two versions of the literature.

Both correlate two maps diagonal by diagonal (stratum) and average the correlations with weights.
The weights differ, so one version must never be compared with the other:

- `scc_hicrep`: HiCRep (Yang et al. 2017, Genome Research 27:1939): N_k * r_2k, where N_k is the
  number of pixels of a stratum and r_2k the variance of their ranks divided by N_k, close to 1/12.
  Short distances, which have most pixels, have the largest weights. Smoothing, the choice of pixels
  and the variance with Bessel's correction are those of the package `hicrep` on PyPI.
- `scc_hicreppy`: hicreppy divides ranks by N_k twice: the weights become (1 - 1/N_k^2) / (12 N_k),
  and the farthest quarter of a window's diagonals has two thirds of the total weight. The paper's
  column SCC was computed with it.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

MIN_PIXELS = 3  # of a stratum: the correlation of two pixels is always 1 or -1
# below this fraction of a stratum's sum of squares, its variance is rounding error
CONSTANT = 1e-12


def scc_hicrep(
    first: np.ndarray, second: np.ndarray, *, h: int = 0, max_bins: int | None = None
) -> np.ndarray:
    """HiCRep's SCC of pairs of maps.

    Parameters
    ----------
    first, second : float arrays, shape=(n, b, b) or (b, b)
        Maps of the same regions, not negative; only pixels above the diagonal are used.
    h
        Half-width (bins) of the mean filter that smooths both maps; 0: none. As in the package,
        pixels on or below the diagonal, or beyond `max_bins`, count as 0 in it.
    max_bins
        Strata are the diagonals 1 to max_bins - 1; None takes all with three or more pixels.

    Returns
    -------
    float array, shape=(n,) or ()
        NaN where every stratum is constant in one of the maps. Pixels that are 0 in both maps are
        left out; strata that are constant in one of the maps count as correlation 0, as in the
        package.
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
    """SCC of pairs of maps with the weights of hicreppy.

    Parameters
    ----------
    first, second : float arrays, shape=(n, b, b) or (b, b)
        Maps of the same regions.
    max_bins
        Strata are the diagonals 0 to max_bins - 1; None takes all with three or more pixels.

    Returns
    -------
    float array, shape=(n,) or ()
        NaN where every stratum is constant in one of the maps. A stratum that is constant in one
        of them is left out; hicreppy returns NaN for the whole map then.
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
    """Pearson correlation of rows over the pixels used, and the number of these.

    Parameters
    ----------
    x, y : float arrays, shape=(n, m)
        Values.
    used : bool array, shape=(n, m)
        Pixels to use.

    Returns
    -------
    Two float arrays, shape=(n,); the correlation is NaN where a row is constant.
    """
    number = used.sum(1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        centered = [np.where(used, v - ((v * used).sum(1) / number)[:, None], 0) for v in (x, y)]
        squares = [(v**2).sum(1) for v in centered]
        # the distance of a constant from its mean is rounding error, not variance
        flat = [s <= CONSTANT * (v**2 * used).sum(1) for s, v in zip(squares, (x, y), strict=True)]
        r = (centered[0] * centered[1]).sum(1) / np.sqrt(squares[0] * squares[1])
    return np.where(flat[0] | flat[1] | (number < 2), np.nan, r), number


def _strata(first: int, bins: int, max_bins: int | None) -> range:
    """Diagonals that are used as strata."""
    last = bins - MIN_PIXELS + 1 if max_bins is None else min(max_bins, bins)
    return range(first, max(first, last))


def _smoothed(maps: np.ndarray, h: int, stop: int) -> np.ndarray:
    """Mean over (2h + 1)^2 pixels, fewer at the borders of the map."""
    bins = maps.shape[-1]
    distance = np.arange(bins)[None, :] - np.arange(bins)[:, None]
    kept = np.where((distance > 0) & (distance < stop), maps, 0.0)
    width = 2 * h + 1
    sums = kept
    for axis in (-2, -1):
        sums = uniform_filter1d(sums, width, axis=axis, mode="constant") * width
    at = np.arange(bins)
    within = np.minimum(at, h) + np.minimum(bins - 1 - at, h) + 1
    return sums / (within[:, None] * within[None, :])
