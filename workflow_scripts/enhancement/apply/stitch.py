"""Windows along the diagonal of a chromosome's map: where they lie, and their blend into one band.

A band holds pixels near the diagonal: `band[i, d]` belongs to bins i and i + d.
"""

import numpy as np


def window_starts(
    bins: int, window: int, step: int, *, align: int = 1, crop: int = 0, circular: bool = False
) -> list[int]:
    """First bins of windows whose inner parts cover a chromosome from end to end.

    Parameters
    ----------
    bins
        Of the chromosome.
    window, crop
        Bins of a window, and how many of them its prediction lacks on either side: the inner part
        has `window - 2 * crop`.
    step
        Bins from one window to the next, at most the inner part.
    align
        Starts are multiples of it.
    circular
        Whether windows go on over the chromosome's end.

    Returns
    -------
    list of int
        Ascending. The first ones may be negative and the last windows run over the end, by as much
        as is cropped and aligned, or, on a circle, until they meet the first one.
    """
    step = max(align, step // align * align)
    first = -align * -(-crop // align)
    if circular:
        return list(range(first, first + bins, step))
    last = max(first, align * -(-(bins - window + crop) // align))
    return [*range(first, last, step), last]


def reach_of(window: int, step: int, *, align: int = 1, crop: int = 0) -> int:
    """Diagonals that windows of `window_starts` cover without a gap, the main one included."""
    return window - 2 * crop - max(align, step // align * align) + 1


def padded_index(start: int, window: int, bins: int, *, circular: bool = False) -> np.ndarray:
    """Bins that a window reads: beyond the ends the mirror image, or the other end of a circle.

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


def square_of(band: np.ndarray, index: np.ndarray, *, circular: bool = False) -> np.ndarray:
    """Square map of some bins of a chromosome, from its band.

    Parameters
    ----------
    band : float array, shape=(bins, diagonals)
        Of a circular chromosome i + d goes on at its start.
    index : int array, shape=(n,)
        Bins, which may come twice.
    circular : bool
        Whether the chromosome has no ends.

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
    """Weight of each bin of a window in the blend: high in its middle, near 0 at its borders.

    Returns
    -------
    float64 array, shape=(size,)
        sin² of the place, all above 0.
    """
    return np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2


class BandBlend:
    """Weighted mean of overlapping square windows, kept as a band.

    Parameters
    ----------
    bins : int
        Of the chromosome.
    reach : int
        Diagonals kept, the main one included.
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
            Bin of its first row and column; what lies beyond the chromosome's ends is left out.
        values : float array, shape=(n, n)
            Symmetric; NaN counts as not known.
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
        # each pair comes once in a window, unless it is longer than a circle
        np.add.at(self.total, ((row + start) % self.bins, distance), weight * np.nan_to_num(found))
        np.add.at(self.weight, ((row + start) % self.bins, distance), weight)

    def mean(self) -> np.ndarray:
        """The blend, float64, shape=(bins, reach); NaN where no window has a value."""
        with np.errstate(invalid="ignore"):
            return np.where(self.weight > 0, self.total / self.weight, np.nan)


def pool_band(band: np.ndarray, factor: int, *, circular: bool = False) -> np.ndarray:
    """Sum of each coarse pixel over the fine pixels that it holds, NaN counting as 0.

    Parameters
    ----------
    band : float array, shape=(bins, diagonals)
        Upper triangle of a map.
    factor : int
        Fine bins of a coarse one.
    circular : bool
        Whether i + d goes on at the start.

    Returns
    -------
    float64 array, shape=(ceil(bins / factor), ceil(diagonals / factor) + 1)
        Upper triangle of the coarse map, each pair of fine bins counted once in it, as `cooler`
        coarsens.
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


def conserve_totals(
    band: np.ndarray, coarse: np.ndarray, factor: int, *, circular: bool = False
) -> np.ndarray:
    """Scale each coarse pixel's fine pixels so that they add up to what the input has there.

    Parameters
    ----------
    band : float array, shape=(bins, diagonals)
        Fine map, not negative; NaN where it is not known.
    coarse : float array, shape=(ceil(bins / factor), any)
        The input.
    factor, circular
        As in `pool_band`.

    Returns
    -------
    float array, shape=(bins, diagonals)
        A coarse pixel whose fine ones are all 0 gets them equal. Where the input is NaN or
        lies beyond its own band the fine pixels are as they were.
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
