"""Maps of a hybrid's two models for windows, the DNA of each place read and run once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.predictions import middle

# a saved sequence model has layers of its own

BATCH = 4  # maps at once where nothing is trained


def load_network(path: str | Path) -> keras.Model:
    """Read a model of this paper."""
    return keras.models.load_model(path, compile=False)


def head_inputs(
    sequence: keras.Model, image: keras.Model, data: EnhancementData, rows: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The head's inputs, place by place.

    Parameters
    ----------
    sequence, image
        Parts of a hybrid (`hybrid_head.parts_of`).
    data, rows
        Windows of kind image.

    Yields
    ------
    tuple of arrays
        Positions in `rows` and the maps, float32 (positions, size, size, 2), of a place.
    """
    for place in np.unique(data.genome[rows]):
        at = np.flatnonzero(data.genome[rows] == place)
        known = sequence.predict_on_batch(data.codes(rows[at[:1]]))
        low = data.maps_of("low", rows[at])[..., None]
        blocks = [low[first : first + BATCH] for first in range(0, len(low), BATCH)]
        seen = np.concatenate([image.predict_on_batch(block) for block in blocks])
        yield at, np.concatenate([np.repeat(known, len(at), axis=0), seen], -1, dtype="float32")


def head_maps(head: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """The head's maps, float32 (n, size, size), of its inputs."""
    blocks = [inputs[first : first + BATCH] for first in range(0, len(inputs), BATCH)]
    return np.concatenate([head.predict_on_batch(block) for block in blocks])[..., 0]


def hybrid_maps(
    parts: tuple[keras.Model, keras.Model, keras.Model], data: EnhancementData, rows: np.ndarray
) -> np.ndarray:
    """A hybrid's maps of some windows, float32 (rows, size, size)."""
    sequence, image, head = parts
    size = head.output_shape[1]
    found = np.empty((len(rows), size, size), "float32")
    for at, inputs in head_inputs(sequence, image, data, rows):
        found[at] = head_maps(head, inputs)
    return found


def spread(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, evenly over them; 0: all."""
    if not most or len(rows) <= most:
        return rows
    return rows[(np.arange(most) * len(rows)) // most]


@dataclass(frozen=True)
class HeadSamples:
    """The head's inputs, computed once, with the measured maps.

    maps : float32 array or memory map, shape=(n, size, size, 2)
    """

    data: EnhancementData
    rows: np.ndarray
    maps: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (n, size, size, 2) and measured maps (n, size, size, 1)."""
        high = middle(self.data.maps_of("high", self.rows[rows]), self.maps.shape[1])
        return self.maps[rows], high[..., None]


@dataclass(frozen=True)
class PlaceSamples:
    """Places with their DNA and up to `maps` maps each; where there are fewer, blanks.

    groups : lists of rows of one place each.
    """

    data: EnhancementData
    groups: list[np.ndarray]
    maps: int
    size: int

    @classmethod
    def of(cls, data: EnhancementData, rows: np.ndarray, maps: int, size: int) -> "PlaceSamples":
        """Groups of at most `maps` windows of a place, of the rows."""
        groups = []
        for place in np.unique(data.genome[rows]):
            there = rows[data.genome[rows] == place]
            groups += [there[first : first + maps] for first in range(0, len(there), maps)]
        return cls(data, groups, maps, size)

    def __len__(self) -> int:
        return len(self.groups)

    def take(self, rows: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """DNA (n, window_bp) and maps (n, maps, B, B); measured maps (n, maps, size, size).

        A blank is 0 as input and NaN as target.
        """
        groups, bins = [self.groups[row] for row in rows], self.data.window_bins
        low = np.zeros((len(groups), self.maps, bins, bins), "float32")
        high = np.full((len(groups), self.maps, self.size, self.size), np.nan, "float32")
        for number, group in enumerate(groups):
            low[number, : len(group)] = self.data.maps_of("low", group)
            high[number, : len(group)] = middle(self.data.maps_of("high", group), self.size)
        return [self.data.codes([group[0] for group in groups]), low], high
