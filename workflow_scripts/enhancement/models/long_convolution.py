"""ReLU, convolution, batch normalization and max-pooling of long sequences, fused into one layer.

In a network whose first layers have a million positions this saves

- memory: only the layer's input is kept for the gradient; the convolution, twice as long as the
  output, is recomputed in the backward pass, in tiles that fit into the processor's cache;
- time: normalization with a positive gain keeps the order of values and is applied after pooling
  (the sign of the kernel is flipped where the gain is negative), and the gradient of the kernel is
  one matrix product per tap, on CPUs several times faster than the libraries' convolution.

Outputs and gradients equal those of the separate layers.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

BASES = 4  # codes 0-3; any other base is a column of zeros
NO_BASE = 4
MIN_TILE_FRACTION = 8  # a divisor below 1/8 of the requested tile is not used

Tensor = Any


def one_hot(codes: Tensor, dtype: str) -> Tensor:
    """Codes uint8 (..., positions) to (..., positions, 4)."""
    letters = np.arange(BASES, dtype="uint8")
    return ops.cast(ops.equal(ops.expand_dims(codes, -1), letters), dtype)


def conv_pool(
    inputs: Tensor,
    kernel: Tensor,
    gamma: Tensor,
    beta: Tensor,
    statistics: tuple[Tensor, Tensor] | None = None,
    *,
    epsilon: float,
    tile: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """The fused step, with its gradient.

    Parameters
    ----------
    inputs
        (batch, length, channels), or codes uint8 (batch, length), without a gradient.
    kernel
        (odd size, channels, filters); the sequence is padded with zeros.
    gamma, beta
        Gain and offset of batch normalization, float32 (filters,).
    statistics
        Mean and variance for normalization, float32 (filters,); None: those of the batch.
    epsilon
        Added to the variance.
    tile
        Maximum number of positions computed at once; 0: all.

    Returns
    -------
    tuple
        (batch, length // 2, filters), and the mean and variance used, without a gradient.
    """
    plan = _Plan(inputs, kernel, statistics, epsilon, tile)

    @ops.custom_gradient
    def step(*values: Tensor):
        sequence = inputs if plan.of_codes else values[0]
        weights = values[-3:]
        out, mean, variance, sign = plan.forward(sequence, *weights)

        def gradient(*upstream: Tensor, **_) -> tuple[Tensor, ...]:
            first = keras.tree.flatten(upstream)[0]
            return plan.backward(sequence, *weights, out, mean, variance, first)

        return (out, mean * sign, variance), gradient

    return step(*(() if plan.of_codes else (inputs,)), kernel, gamma, beta)


class _Plan:
    """Sizes, forward pass and backward pass of a step; arguments as `conv_pool`."""

    def __init__(self, inputs, kernel, statistics, epsilon: float, tile: int) -> None:
        self.of_codes = keras.backend.standardize_dtype(inputs.dtype) == "uint8"
        self.dtype = keras.backend.standardize_dtype(kernel.dtype)
        self.statistics, self.epsilon = statistics, epsilon
        self.batch, self.length = ops.shape(inputs)[0], inputs.shape[1]
        self.tile = tile_length(self.length, tile)
        self.starts = np.arange(0, self.length, self.tile, dtype="int32")
        self.shape = tuple(kernel.shape)
        size, channels, self.filters = self.shape
        # for the gradient, codes are unfolded to windows: one matrix product
        self.taps, self.wide = (1, size * channels) if self.of_codes else (size, channels)
        self.margin = self.taps // 2

    def turned(self, kernel: Tensor, gamma: Tensor) -> tuple[Tensor, Tensor]:
        """Signs of the gains, and the kernel with the signs applied, for positive gains."""
        sign = ops.where(gamma < 0, -1.0, 1.0)
        return sign, kernel * ops.cast(sign, self.dtype)

    def activated(self, sequence: Tensor, first: Tensor, number: int) -> Tensor:
        """Input of the convolution: ReLU, or one-hot codes, from `first`; 0 beyond the ends."""
        position = ops.arange(number, dtype="int32") + first
        inside = ops.logical_and(position >= 0, position < self.length)
        x = ops.take(sequence, ops.clip(position, 0, self.length - 1), axis=1)
        if self.of_codes:
            return one_hot(ops.where(inside, x, np.uint8(NO_BASE)), self.dtype)
        return ops.relu(x) * ops.cast(inside, self.dtype)[None, :, None]

    def pairs(self, values: Tensor, number: int) -> Tensor:
        """(batch, number, filters) to (batch, number // 2, 2, filters)."""
        even = number // 2 * 2
        values = values if even == number else values[:, :even]
        return ops.reshape(values, (-1, number // 2, 2, self.filters))

    def forward(self, sequence, kernel, gamma, beta) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Output; mean and variance of the sign-flipped convolution; signs."""
        sign, weights = self.turned(kernel, gamma)

        def one_tile(start: Tensor) -> tuple[Tensor, ...]:
            margin = self.shape[0] // 2
            x = self.activated(sequence, start - margin, self.tile + 2 * margin)
            y = ops.conv(x, weights, padding="valid")
            pooled = ops.max(self.pairs(y, self.tile), axis=2)
            if self.statistics is not None:
                return (pooled,)
            return pooled, *moments(ops.reshape(ops.cast(y, "float32"), (-1, self.filters)))

        pooled, *found = over_tiles(one_tile, self.starts)
        if self.statistics is None:
            means, variances = found
            mean = ops.mean(means, axis=0)
            variance = ops.mean(variances + ops.square(means - mean), axis=0)
        else:
            mean, variance = self.statistics[0] * sign, self.statistics[1]
        gain = ops.abs(gamma) * ops.rsqrt(variance + self.epsilon)
        made = joined(pooled, self.length // 2) * ops.cast(gain, self.dtype)
        return made + ops.cast(beta - mean * gain, self.dtype), mean, variance, sign

    def backward(self, sequence, kernel, gamma, beta, out, mean, variance, upstream):
        """Gradients of the sequence (not of codes), kernel, gamma and beta."""
        sign, weights = self.turned(kernel, gamma)
        weights = ops.reshape(weights, (self.taps, self.wide, self.filters))
        root = ops.rsqrt(variance + self.epsilon)
        gain = ops.abs(gamma) * root
        # normalized values at the pooled positions follow from the output
        to_beta = channel_sums(upstream)
        safe = ops.where(gamma == 0, 1.0, ops.abs(gamma))
        to_gain = (channel_sums(upstream * out) - beta * to_beta) / safe
        slope = level = None
        if self.statistics is None:  # the gradient through the batch's mean and variance
            positions = ops.cast(self.batch * self.length, "float32")
            slope = ops.cast(gain * root * to_gain / positions, self.dtype)
            level = ops.cast(gain * (to_beta - to_gain * root * mean) / positions, self.dtype)
        gain = ops.cast(gain, self.dtype)
        back = ops.transpose(ops.flip(weights, axis=0), (0, 2, 1))

        def one_tile(start: Tensor) -> tuple[Tensor, ...]:
            return self._tile_back(start, sequence, weights, back, gain, slope, level, upstream)

        to_kernel, *to_inputs = over_tiles(one_tile, self.starts, after=upstream)
        to_kernel = ops.reshape(ops.sum(to_kernel, axis=0) * sign, self.shape)
        to_weights = (ops.cast(to_kernel, self.dtype), to_gain * sign, to_beta)
        if self.of_codes:
            return to_weights
        return joined(to_inputs[0], self.length), *to_weights

    def _tile_back(self, start, sequence, weights, back, gain, slope, level, upstream):
        """Gradients of the kernel and of the inputs of one tile."""
        tile, margin = self.tile, self.margin
        halo = margin + margin % 2  # even, so that pairs stay together; 0 for codes
        number = tile + 2 * halo
        if self.of_codes:
            size, channels, _ = self.shape
            x = self.activated(sequence, start - size // 2, number + size - 1)
            unfold = np.eye(self.wide).reshape(size, channels, self.wide)
            x = ops.conv(x, ops.cast(unfold, self.dtype), padding="valid")
        else:
            x = self.activated(sequence, start - halo - margin, number + 2 * margin)
        y = ops.conv(x, weights, padding="valid")
        pairs = self.pairs(y, number)
        largest = ops.cast(ops.equal(pairs, ops.max(pairs, axis=2, keepdims=True)), self.dtype)
        position = ops.arange(number // 2, dtype="int32") + (start - halo) // 2
        shared = ops.take(upstream, ops.clip(position, 0, self.length // 2 - 1), axis=1)
        shared = shared * gain / ops.sum(largest, axis=2)
        if self.length % 2:  # the last position has no partner
            shared = shared * ops.cast(position < self.length // 2, self.dtype)[None, :, None]
        largest = ops.reshape(largest, (-1, number // 2 * 2, self.filters))
        to_y = ops.repeat(shared, 2, axis=1) * largest
        if number % 2:
            to_y = ops.pad(to_y, ((0, 0), (0, 1), (0, 0)))
        if slope is not None:
            to_y = to_y - (y * slope + level)
        if halo:  # no gradient beyond the ends
            position = ops.arange(number, dtype="int32") + start - halo
            inside = ops.logical_and(position >= 0, position < self.length)
            to_y = to_y * ops.cast(inside, self.dtype)[None, :, None]
        inner = rows_of(to_y, halo, tile)
        to_taps = [
            ops.matmul(ops.transpose(rows_of(x, k, tile)), inner)
            for k in range(halo, halo + self.taps)
        ]
        to_kernel = ops.cast(ops.stack(to_taps), "float32")
        if self.of_codes:
            return (to_kernel,)
        around = rows_of(to_y, halo - margin, tile + 2 * margin)
        around = ops.reshape(around, (-1, tile + 2 * margin, self.filters))
        to_x = ops.conv(around, back, padding="valid")
        alive = ops.reshape(rows_of(x, halo + margin, tile), ops.shape(to_x)) > 0
        return to_kernel, ops.where(alive, to_x, ops.zeros_like(to_x))


def tile_length(length: int, limit: int) -> int:
    """Largest even divisor of a length up to `limit`; the length itself where there is none.

    `limit` 0: the length itself.
    """
    found = [n for n in range(2, min(length, limit) + 1, 2) if length % n == 0]
    return found[-1] if found and found[-1] * MIN_TILE_FRACTION >= limit else length


def rows_of(values: Tensor, first: int, number: int) -> Tensor:
    """Positions of (batch, positions, channels), of all samples, as (rows, channels).

    With one sample they are rows of a matrix already, and nothing is copied.
    """
    flat = (-1, values.shape[-1])
    if values.shape[0] == 1:
        return ops.reshape(values, flat)[first : first + number]
    return ops.reshape(values[:, first : first + number], flat)


def channel_sums(values: Tensor) -> Tensor:
    """Sum of each channel of (batch, positions, channels), float32; a product with ones is fast."""
    values = ops.cast(ops.reshape(values, (-1, values.shape[-1])), "float32")
    return ops.matmul(ops.ones((1, ops.shape(values)[0])), values)[0]


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each column; products with ones are fast column sums."""
    number = ops.shape(values)[0]
    each = ops.ones((1, number)) / ops.cast(number, "float32")
    mean = ops.matmul(each, values)
    return mean[0], ops.matmul(each, ops.square(values - mean))[0]


def over_tiles(
    one_tile: Callable[[Tensor], tuple], starts: np.ndarray, after: Tensor | None = None
) -> tuple[Tensor, ...]:
    """Results of a function of each tile's start, one by one, stacked along a new first axis.

    Nothing starts before `after` is computed: otherwise results that do not depend on it would be
    computed early and kept in memory until they are used.
    """
    if len(starts) == 1:
        return tuple(ops.expand_dims(values, 0) for values in one_tile(0))
    first = ops.convert_to_tensor(starts)
    if after is not None:
        first = first + 0 * ops.cast(ops.isnan(after[0, 0, 0]), "int32")
    # scan needs a carry of the results' shapes; it is not used
    blank = tuple(ops.zeros_like(values) for values in one_tile(0))
    return tuple(ops.scan(lambda same, start: (same, one_tile(start)), blank, first)[1])


def joined(tiles: Tensor, length: int) -> Tensor:
    """Tiles (number, batch, positions, channels) to (batch, length, channels)."""
    tiles = ops.transpose(tiles, (1, 0, 2, 3))
    return ops.reshape(tiles, (-1, length, tiles.shape[-1]))


@keras.saving.register_keras_serializable("chromaloom")
class ConvPool(keras.layers.Layer):
    """ReLU → convolution without bias → batch normalization → max-pooling of two positions.

    Codes (uint8, 2-D input) are one-hot encoded here.

    Parameters
    ----------
    filters, kernel_size
        Of the convolution; the size is odd.
    momentum, epsilon
        Of batch normalization.
    tile
        Positions computed at once (see the module); 0: all, which is faster on GPUs.
    kernel_initializer
        Initializer of the kernel.
    """

    def __init__(
        self, filters: int, kernel_size: int, *, momentum: float = 0.99, epsilon: float = 1e-3,
        tile: int = 0, kernel_initializer: Any = "glorot_uniform", **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(**more)
        self.filters, self.kernel_size, self.tile = filters, kernel_size, tile
        self.momentum, self.epsilon = momentum, epsilon
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        # codes are integers and must not be cast to 16-bit floats
        self.autocast = False

    def build(self, shape: tuple) -> None:
        """Create the weights for an input shape."""
        channels = BASES if len(shape) == 2 else shape[-1]
        self.kernel = self.add_weight(
            name="kernel", shape=(self.kernel_size, channels, self.filters),
            initializer=self.kernel_initializer,
        )  # fmt: skip
        plain = {"shape": (self.filters,), "dtype": "float32", "autocast": False}
        self.gamma = self.add_weight(name="gamma", initializer="ones", **plain)
        self.beta = self.add_weight(name="beta", initializer="zeros", **plain)
        self.moving_mean = self.add_weight(
            name="moving_mean", initializer="zeros", trainable=False, **plain
        )
        self.moving_variance = self.add_weight(
            name="moving_variance", initializer="ones", trainable=False, **plain
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """(batch, length, channels), or codes (batch, length), to (batch, length // 2, filters)."""
        if len(inputs.shape) == 3:
            inputs = ops.cast(inputs, self.compute_dtype)
        known = [self.moving_mean, self.moving_variance]
        fresh = training and self.trainable
        made, *found = conv_pool(
            inputs,
            ops.cast(self.kernel, self.compute_dtype),
            ops.convert_to_tensor(self.gamma),
            ops.convert_to_tensor(self.beta),
            None if fresh else tuple(map(ops.convert_to_tensor, known)),
            epsilon=self.epsilon,
            tile=self.tile,
        )
        if fresh:
            for kept, value in zip(known, found, strict=True):
                value = ops.stop_gradient(value)
                kept.assign(kept * self.momentum + value * (1 - self.momentum))
        return made

    def compute_output_shape(self, shape: tuple) -> tuple:
        """(batch, length // 2, filters)."""
        return shape[0], shape[1] // 2, self.filters

    def get_config(self) -> dict:
        """Constructor arguments."""
        own = {name: getattr(self, name) for name in
               ("filters", "kernel_size", "momentum", "epsilon", "tile")}  # fmt: skip
        start = keras.initializers.serialize(self.kernel_initializer)
        return {**super().get_config(), **own, "kernel_initializer": start}
