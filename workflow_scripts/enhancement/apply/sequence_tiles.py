"""Windows along regions of a genome, and their maps blended into a band, a few rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workflow_scripts.enhancement.apply.sequence_inputs import Region
from workflow_scripts.enhancement.apply.stitch import reach_of, taper, window_starts

OVERLAP = 0.75  # of the inner bins of a window with those of the next one, as in `enhance`

# first bin of a window -> its maps by each network (K, b, b), or None where there is none
Predict = Callable[[int], np.ndarray | None]


@dataclass(frozen=True)
class Tiling:
    """Windows of a region.

    Attributes
    ----------
    window, inner
        Bins of a window, and of its map: the central ones.
    starts : list of int
        First bin of each window, ascending.
    reach : int
        Diagonals of the map that windows cover without a gap, including the main one: all of the
        inner bins where there is one window.
    """

    window: int
    inner: int
    starts: list[int]
    reach: int

    @classmethod
    def of(cls, region: Region, window: int, inner: int) -> "Tiling":
        """Windows that lie within a region, the last one at its end."""
        step = max(1, int(inner * (1 - OVERLAP)))
        # by inner bins: a window's crop is in the region, too
        starts = window_starts(region.bins - (window - inner), inner, step)
        reach = inner if len(starts) == 1 else reach_of(inner, step)
        return cls(window, inner, [region.first + start for start in starts], reach)

    @property
    def crop(self) -> int:
        """Bins that a map lacks on each side."""
        return (self.window - self.inner) // 2


class SlidingBlend:
    """Weighted mean of square maps whose starts ascend, as a band; memory of one map.

    The sums are those of `stitch.BandBlend`.

    Parameters
    ----------
    size
        Bins of a map.
    reach
        Diagonals kept, including the main one.
    first
        First bin.
    """

    def __init__(self, size: int, reach: int, first: int) -> None:
        self.first = first
        self._total, self._weight = np.zeros((2, size, reach))
        row, distance = np.indices((size, reach))
        inside = row + distance < size
        self._row, self._distance = row[inside], distance[inside]
        weights = taper(size)
        self._weights = weights[self._row] * weights[self._row + self._distance]

    def add(self, values: np.ndarray) -> None:
        """Add a map (size, size) that starts at `first`."""
        found = values[self._row, self._row + self._distance].astype("float64")
        self._total[self._row, self._distance] += self._weights * found
        self._weight[self._row, self._distance] += self._weights

    def rows_until(self, stop: int) -> np.ndarray:
        """Blend of bins `first` to `stop`, float32 (stop - first, reach), which are dropped.

        The mean of one map is that map: its values are float32, and the weight cancels in double
        precision. NaN where there is no map.
        """
        number = stop - self.first
        with np.errstate(invalid="ignore", divide="ignore"):
            band = (self._total[:number] / self._weight[:number]).astype("float32")
        for sums in (self._total, self._weight):
            sums[: len(sums) - number] = sums[number:]
            sums[len(sums) - number :] = 0
        self.first = stop
        return band


def blend_region(
    tiling: Tiling, predict: Predict, networks: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Predict windows of a chromosome, in ascending order, and blend their maps.

    Parameters
    ----------
    tiling
        The windows.
    predict
        Gives the maps of a window.
    networks
        Number K of networks.

    Yields
    ------
    tuple
        First bin, and maps from there on as bands, float32 (K, bins, reach): `band[k, i, d]` is of
        the bins i and i + d from the first. NaN where there is no map; bins between windows are
        left out.
    """
    crop, size = tiling.crop, tiling.inner
    first = tiling.starts[0] + crop
    blends = [SlidingBlend(size, tiling.reach, first) for _ in range(networks)]
    for start, following in zip(tiling.starts, [*tiling.starts[1:], None], strict=True):
        maps = predict(start)
        if maps is not None:
            for blend, values in zip(blends, maps, strict=True):
                blend.add(values)
        first = start + crop
        stop = first + size if following is None else min(first + size, following + crop)
        yield first, np.stack([blend.rows_until(stop) for blend in blends])
        for blend in blends if following is not None else ():
            blend.first = following + crop


def pixel_table(first: int, bands: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Pixels of bands of ln(O/E): bin1, bin2, mean, sd, and O/E by each network; sorted.

    Bins are counted as `first` is. `sd` is the standard deviation over the networks (divided by
    their number). Without `names` the columns of single networks are left out.
    """
    row, distance = np.nonzero(np.isfinite(bands[0]))
    values = np.exp(bands[:, row, distance].astype("float64"))
    each = dict(zip(names, values, strict=True)) if names else {}
    return pd.DataFrame(
        {"bin1": first + row, "bin2": first + row + distance, "mean": values.mean(0),
         "sd": values.std(0), **each}
    )  # fmt: skip
