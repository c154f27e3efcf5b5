"""Windows along the diagonal of a chromosome's map: their positions, and blending into a band.

A band holds pixels near the diagonal: `band[i, d]` belongs to bins i and i + d.
"""

import numpy as np


def window_starts(
    bins: int, window: int, step: int, *, align: int = 1, crop: int = 0, circular: bool = False
) -> list[int]:
    """First bins of windows whose inner parts cover a chromosome.

    Parameters
    ----------
    bins
        Of the chromosome.
    window, crop
        Bins of a window, and bins that its prediction lacks on each side: the inner part has
        `window - 2 * crop`.
    step
        Bins from one window to the next, at most the inner part.
    align
        Starts are multiples of this.
    circular
        Whether windows continue across the origin.

    Returns
    -------
    list of int
        Ascending. The first ones may be negative, and the last windows extend beyond the end, by
        the crop and alignment, or on a circle up to the first window.
    """
    step = max(align, step // align * align)
    first = -align * -(-crop // align)
    if circular:
        return list(range(first, first + bins, step))
    last = max(first, align * -(-(bins - window + crop) // align))
    return [*range(first, last, step), last]


def reach_of(window: int, step: int, *, align: int = 1, crop: int = 0) -> int:
    """Diagonals that windows of `window_starts` cover without a gap, including the main one."""
    return window - 2 * crop - max(align, step // align * align) + 1


def padded_index(start: int, window: int, bins: int, *, circular: bool = False) -> np.ndarray:
    """Bins of a window: beyond the ends the mirror image, or the other end of a circle.

    Returns
    -------
    int array, shape=(window,)
        All within 0 … bins - 1.
    """
    index = np.arange(start, start + window)
    if circular:
        return index % bins
    if bins == 1:
        return np.zeros(window, dtype=int)
    period = 2 * (bins - 1)
    index = np.abs(index) % period
    return np.where(index < bins, index, period - index)


def square_from_band(band: np.ndarray, index: np.ndarray, *, circular: bool = False) -> np.ndarray:
    """Square map of some bins of a chromosome, from its band.

    Parameters
    ----------
    band : float array, shape=(bins, diagonals)
        On a circular chromosome i + d is modulo its length.
    index : int array, shape=(n,)
        Bins, which may repeat.
    circular : bool
        Whether the chromosome is circular.

    Returns
    -------
    float array, shape=(n, n)
        Symmetric; NaN for pairs beyond the band.
    """
    bins, width = band.shape
    low, high = np.minimum.outer(index, index), np.maximum.outer(index, index)
    distance = high - low
    if circular:
        over = bins - distance < distance
        low = np.where(over, high, low)
        distance = np.where(over, bins - distance, distance)
    values = band[low, np.minimum(distance, width - 1)]
    return np.where(distance < width, values, np.nan)


def taper(size: int) -> np.ndarray:
    """Weight of each bin of a window in the blend: high at the center, near 0 at the borders.

    Returns
    -------
    float64 array, shape=(size,)
        sin² of the position, all above 0.
    """
    return np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2


class BandBlend:
    """Weighted mean of overlapping square windows, as a band.

    Parameters
    ----------
    bins : int
        Of the chromosome.
    reach : int
        Diagonals kept, including the main one.
    circular : bool
        Whether bins beyond the end are those at the start.
    """

    def __init__(self, bins: int, reach: int, *, circular: bool = False):
        self.bins, self.reach, self.circular = bins, reach, circular
        self.total = np.zeros((bins, reach))
        self.weight = np.zeros((bins, reach))

    def add(self, start: int, values: np.ndarray) -> None:
        """Add a window.

        Parameters
        ----------
        start : int
            Bin of its first row and column; pixels beyond the chromosome's ends are ignored.
        values : float array, shape=(n, n)
            Symmetric; NaN is ignored.
        """
        size = len(values)
        weights = taper(size)
        row, distance = np.meshgrid(
            np.arange(size), np.arange(min(self.reach, size)), indexing="ij"
        )
        inside = row + distance < size
        if not self.circular:
            inside &= (row + start >= 0) & (row + distance + start < self.bins)
        row, distance = row[inside], distance[inside]
        found = values[row, row + distance]
        weight = np.where(np.isnan(found), 0.0, weights[row] * weights[row + distance])
        # each pair occurs once in a window, unless the window is longer than the circle
        np.add.at(self.total, ((row + start) % self.bins, distance), weight * np.nan_to_num(found))
        np.add.at(self.weight, ((row + start) % self.bins, distance), weight)

    def mean(self) -> np.ndarray:
        """The blend, float64, shape=(bins, reach); NaN where no window has a value."""
        with np.errstate(invalid="ignore"):
            return np.where(self.weight > 0, self.total / self.weight, np.nan)


def pool_band(band: np.ndarray, factor: int, *, circular: bool = False) -> np.ndarray:
    """Sum of the fine pixels of each coarse pixel; NaN counts as 0.

    Parameters
    ----------
    band : float array, shape=(bins, diagonals)
        Upper triangle of a map.
    factor : int
        Fine bins per coarse bin.
    circular : bool
        Whether i + d is modulo the number of bins.

    Returns
    -------
    float64 array, shape=(ceil(bins / factor), ceil(diagonals / factor) + 1)
        Upper triangle of the coarse map; each pair of fine bins counts once, as in `cooler
        coarsen`.
    """
    bins, reach = band.shape
    coarse = -(-bins // factor)
    row, distance = np.indices(band.shape)
    partner = row + distance
    pooled = np.zeros((coarse, -(-reach // factor) + 1))
    known = ~np.isnan(band) & (circular | (partner < bins))
    one, two = row[known] // factor, (partner[known] % bins) // factor
    np.add.at(pooled, (one, (two - one) % coarse), band[known])
    return pooled


def conserve(
    band: np.ndarray, coarse: np.ndarray, factor: int, way: str, *, circular: bool = False
) -> np.ndarray:
    """Scale a fine map to its input.

    Parameters
    ----------
    band, coarse, factor, circular
        As in `conserve_totals`.
    way
        `pixel`: each input pixel keeps its value. `distance`: the input's sum at each distance is
        kept, `total`: its sum; both over the pixels that both maps have. `none`: as it is.
    """
    if way == "none" or factor == 1:
        return band
    if way == "pixel":
        return conserve_totals(band, coarse, factor, circular=circular)
    pooled = pool_band(band, factor, circular=circular)
    known = pool_band(np.where(np.isnan(band), np.nan, 1.0), factor, circular=circular) > 0
    shared = min(pooled.shape[1], coarse.shape[1])
    wanted = np.where(known[:, :shared], coarse[: len(pooled), :shared], np.nan)
    made = np.where(np.isnan(wanted), np.nan, pooled[:, :shared])
    axis = 0 if way == "distance" else None
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.broadcast_to(np.nansum(wanted, axis) / np.nansum(made, axis), shared)
    scale = np.ones(pooled.shape[1])
    scale[:shared] = np.where(np.isfinite(ratio), ratio, 1)
    row, distance = np.indices(band.shape)
    across = ((row + distance) % len(band)) // factor
    # pixels beyond the end of a chromosome are NaN; their distance here is any
    apart = np.minimum((across - row // factor) % len(pooled), len(scale) - 1)
    return band * scale[apart]


def conserve_totals(
    band: np.ndarray, coarse: np.ndarray, factor: int, *, circular: bool = False
) -> np.ndarray:
    """Scale the fine pixels of each coarse pixel such that they sum to the input's value.

    Parameters
    ----------
    band : float array, shape=(bins, diagonals)
        Fine map, not negative; NaN where unknown.
    coarse : float array, shape=(ceil(bins / factor), any)
        The input.
    factor, circular
        As in `pool_band`.

    Returns
    -------
    float array, shape=(bins, diagonals)
        If the fine pixels of a coarse pixel are all 0 they become equal. Where the input is NaN or
        beyond its band, the fine pixels stay as they are.
    """
    bins, _ = band.shape
    if factor == 1:
        wanted = np.full(band.shape, np.nan)
        shared = min(band.shape[1], coarse.shape[1])
        wanted[:, :shared] = coarse[:, :shared]
        return np.where(np.isnan(band) | np.isnan(wanted), band, wanted)
    number = pool_band(np.where(np.isnan(band), np.nan, 1.0), factor, circular=circular)
    total = pool_band(band, factor, circular=circular)
    wanted = np.full(total.shape, np.nan)
    shared = min(total.shape[1], coarse.shape[1])
    wanted[:, :shared] = coarse[: len(total), :shared]
    row, distance = np.indices(band.shape)
    one = row // factor
    across = ((row + distance) % bins) // factor
    at = (one, (across - one) % len(total))
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.where(total[at] > 0, band * (wanted / total)[at], (wanted / number)[at])
    return np.where(np.isnan(band) | np.isnan(wanted[at]), band, scaled)
