"""Long sequences piece by piece, and fast sums of their positions."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

FEWEST = 8  # a sequence that divides into tiles of less than the size asked for over this is whole

Tensor = Any


def tile_length(length: int, most: int) -> int:
    """Largest even divisor of a length up to `most`; the length itself where there is none.

    `most` 0: the length itself.
    """
    found = [n for n in range(2, min(length, most) + 1, 2) if length % n == 0]
    return found[-1] if found and found[-1] * FEWEST >= most else length


def rows_of(values: Tensor, first: int, number: int) -> Tensor:
    """Some positions of (batch, positions, channels), of all samples, as (rows, channels).

    Of one sample they are rows of a matrix already, which need not be copied.
    """
    flat = (-1, values.shape[-1])
    if values.shape[0] == 1:
        return ops.reshape(values, flat)[first : first + number]
    return ops.reshape(values[:, first : first + number], flat)


def channel_sums(values: Tensor) -> Tensor:
    """Sum of each channel of (batch, positions, channels), float32: a product with ones is fast."""
    values = ops.cast(ops.reshape(values, (-1, values.shape[-1])), "float32")
    return ops.matmul(ops.ones((1, ops.shape(values)[0])), values)[0]


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each column; products with ones are fast sums down columns."""
    number = ops.shape(values)[0]
    each = ops.ones((1, number)) / ops.cast(number, "float32")
    mean = ops.matmul(each, values)
    return mean[0], ops.matmul(each, ops.square(values - mean))[0]


def over_tiles(
    one_tile: Callable[[Tensor], tuple], starts: np.ndarray, after: Tensor | None = None
) -> tuple[Tensor, ...]:
    """Results of a function of each tile's start, one by one, stacked along a new first axis.

    Nothing is begun before `after` is known: what does not depend on it would be made, and kept,
    long before it is used.
    """
    if len(starts) == 1:
        return tuple(ops.expand_dims(values, 0) for values in one_tile(0))
    first = ops.convert_to_tensor(starts)
    if after is not None:
        first = first + 0 * ops.cast(ops.isnan(after[0, 0, 0]), "int32")
    # Keras wants results of the shapes that are handed on from tile to tile; nothing is
    blank = tuple(ops.zeros_like(values) for values in one_tile(0))
    return tuple(ops.scan(lambda same, start: (same, one_tile(start)), blank, first)[1])


def joined(tiles: Tensor, length: int) -> Tensor:
    """Tiles (number, batch, positions, channels) to (batch, length, channels)."""
    tiles = ops.transpose(tiles, (1, 0, 2, 3))
    return ops.reshape(tiles, (-1, length, tiles.shape[-1]))
