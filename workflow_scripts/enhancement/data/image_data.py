"""Windows of kind image as the image models, autoencoders and hybrids read them in training."""

from dataclasses import dataclass

import numpy as np

from workflow_scripts.enhancement.data.dataset import EnhancementData, center_crop


@dataclass(frozen=True)
class ImageSamples:
    """Windows as pairs (low-resolution map, high-resolution map without its margin)."""

    data: EnhancementData
    rows: np.ndarray
    crop: int

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Maps (n, B, B, 1) and (n, b, b, 1), float32, of some of the windows."""
        some, crop = self.rows[rows], self.crop
        low, high = (self.data.maps_of(name, some)[..., None] for name in ("low", "high"))
        return low, high[:, crop : high.shape[1] - crop, crop : high.shape[2] - crop]


@dataclass(frozen=True)
class TargetSamples:
    """High-resolution maps without their margin, input and target of an autoencoder."""

    samples: ImageSamples

    def __len__(self) -> int:
        return len(self.samples)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The maps (n, b, b, 1), twice."""
        high = self.samples.take(rows)[1]
        return high, high


@dataclass(frozen=True)
class HeadSamples:
    """Precomputed inputs of a hybrid's head, with the high-resolution maps.

    maps : float32 array or memory map, shape=(n, size, size, 2)
    """

    data: EnhancementData
    rows: np.ndarray
    maps: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (n, size, size, 2) and high-resolution maps (n, size, size, 1)."""
        high = center_crop(self.data.maps_of("high", self.rows[rows]), self.maps.shape[1])
        return self.maps[rows], high[..., None]


@dataclass(frozen=True)
class RegionSamples:
    """Regions with their DNA and up to `maps` maps each, padded with blank maps.

    groups : lists of rows of one region each.
    """

    data: EnhancementData
    groups: list[np.ndarray]
    maps: int
    size: int

    @classmethod
    def of(cls, data: EnhancementData, rows: np.ndarray, maps: int, size: int) -> "RegionSamples":
        """Group rows by region, at most `maps` windows in a group."""
        groups = []
        for region in np.unique(data.genome[rows]):
            own = rows[data.genome[rows] == region]
            groups += [own[first : first + maps] for first in range(0, len(own), maps)]
        return cls(data, groups, maps, size)

    def __len__(self) -> int:
        return len(self.groups)

    def take(self, rows: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """[DNA (n, window_bp), low (n, maps, B, B)] and high (n, maps, size, size).

        A blank map is 0 in the input and NaN in the target.
        """
        groups, bins = [self.groups[row] for row in rows], self.data.window_bins
        low = np.zeros((len(groups), self.maps, bins, bins), "float32")
        high = np.full((len(groups), self.maps, self.size, self.size), np.nan, "float32")
        for number, group in enumerate(groups):
            low[number, : len(group)] = self.data.maps_of("low", group)
            high[number, : len(group)] = center_crop(self.data.maps_of("high", group), self.size)
        return [self.data.codes([group[0] for group in groups]), low], high


def oversample_rare_inputs(
    data: EnhancementData, rows: np.ndarray, min_fraction: float
) -> np.ndarray:
    """Rows, with the windows of a rare input method repeated.

    Parameters
    ----------
    data, rows
        Dataset, and windows of it.
    min_fraction
        Fraction of all rows that each input method (pool, downsample) has at least, up to whole
        repeats; 0 repeats none.
    """
    methods, counts = np.unique(data.input[rows], return_counts=True)
    found = [rows]
    for method, count in zip(methods, counts, strict=True):
        wanted = min_fraction / (1 - min_fraction) * (len(rows) - count)
        times = max(0, round(wanted / count) - 1)
        found.append(np.tile(rows[data.input[rows] == method], times))
    return np.sort(np.concatenate(found))


def evenly_spaced(rows: np.ndarray, limit: int) -> np.ndarray:
    """At most `limit` of the rows, the same step apart, from the first on; 0: all."""
    if not limit or len(rows) <= limit:
        return rows
    return rows[np.arange(limit) * len(rows) // limit]


def fingerprint_arrays(data: EnhancementData) -> list[np.ndarray]:
    """Arrays that identify a dataset: regions, splits, and the scale of every map."""
    return [data.start, data.split, data.map, data.input, data.scale_low, data.scale_high]


def scale_shifts(data: EnhancementData) -> dict[str, list[float]]:
    """Change of the scale of Observed maps from low to high resolution.

    Returns
    -------
    dict
        By input method (`pool`, `downsample`): factor of the offset, and shift of the lowest and
        of the highest logarithm; medians over the training windows.
    """
    found, train = {}, data.rows("train")
    for method in dict.fromkeys(data.input[train].tolist()):
        rows = train[data.input[train] == method]
        low, high = data.scale_low[rows], data.scale_high[rows]
        shift = np.median(np.c_[high[:, 0] / low[:, 0], (high - low)[:, 1:]], axis=0)
        found[method] = shift.tolist()
    return found
