"""Layers of the sequence models: blocks of the trunk, and layers from positions to a map.

The graph-transformer head of Kriukov et al. lets all positions attend to each other, given their
distance (transformer convolution: Shi 2021), then takes a learned bilinear form of each pair.
"""

from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from workflow_scripts.enhancement.models.long_convolution import ConvPool


class SequenceLayerFactory:
    """Makes the blocks of one network: Glorot-uniform kernels, each with its own seed.

    Parameters
    ----------
    network
        Section `network` of `presets.sequence_settings`.
    seed
        Seed of weights and dropout.
    """

    def __init__(self, network: dict, seed: int) -> None:
        self.network = network
        self.seeds: Iterator[int] = iter(range(1000 * seed, 1000 * seed + 1000))

    def kernel(self) -> keras.initializers.Initializer:
        """Initializer of the next kernel."""
        return keras.initializers.GlorotUniform(next(self.seeds))

    def batch_norm(self, x):
        """Batch normalization."""
        network = self.network
        return keras.layers.BatchNormalization(
            momentum=network["momentum"], epsilon=network["epsilon"]
        )(x)

    def conv(self, x, filters: int, size: int, dilation: int = 1):
        """ReLU → convolution without bias → batch normalization, of sequences or of maps."""
        kind = keras.layers.Conv1D if len(x.shape) == 3 else keras.layers.Conv2D
        x = kind(
            filters, size, dilation_rate=dilation, padding="same", use_bias=False,
            kernel_initializer=self.kernel(),
        )(keras.layers.ReLU()(x))  # fmt: skip
        return self.batch_norm(x)

    def conv_pool(self, x, filters: int, size: int, tile: int):
        """`conv`, then max-pooling of two positions."""
        return ConvPool(
            filters, size, momentum=self.network["momentum"], epsilon=self.network["epsilon"],
            tile=tile, kernel_initializer=self.kernel(),
        )(x)  # fmt: skip

    def dropout(self, x, rate: float):
        """Dropout; of whole channels if x is a map."""
        if not rate:
            return x
        kind = keras.layers.Dropout if len(x.shape) == 3 else keras.layers.SpatialDropout2D
        return kind(rate, seed=next(self.seeds))(x)


def symmetrize(x):
    """Mean of maps (batch, n, n, channels) and their transposes."""
    return (x + ops.transpose(x, (0, 2, 1, 3))) / 2


def distances(n: int) -> np.ndarray:
    """|i - j| of n positions, int32 (n, n)."""
    return np.abs(np.arange(n)[:, None] - np.arange(n)).astype("int32")


@keras.saving.register_keras_serializable("chromaloom")
class PairMeans(keras.layers.Layer):
    """(batch, n, channels) to (batch, n, n, channels + 1): (x_i + x_j) / 2, and |i - j|."""

    def call(self, x):
        """See the class."""
        n = x.shape[1]
        pairs = (ops.expand_dims(x, 2) + ops.expand_dims(x, 1)) / 2
        distance = ops.cast(distances(n)[None, :, :, None], pairs.dtype)
        distance = ops.broadcast_to(distance, (ops.shape(x)[0], n, n, 1))
        return ops.concatenate([pairs, distance], -1)

    def compute_output_shape(self, shape):
        """(batch, n, n, channels + 1)."""
        return shape[0], shape[1], shape[1], shape[2] + 1


def resize_weights(n: int, bins: int) -> np.ndarray:
    """Bilinear weights from n positions to a number of bins, float32 (bins, n).

    Half-pixel centers (`align_corners=False`); beyond the outermost centers the ends repeat.
    """
    center = np.clip((np.arange(bins) + 0.5) * n / bins - 0.5, 0, n - 1)
    low = np.minimum(center.astype(int), max(n - 2, 0))
    weights = np.zeros((bins, n))
    weights[np.arange(bins), low] = 1 - (center - low)
    weights[np.arange(bins), np.minimum(low + 1, n - 1)] += center - low
    return weights.astype("float32")


@keras.saving.register_keras_serializable("chromaloom")
class ResizeMap(keras.layers.Layer):
    """(batch, n, n, 1) to a map of bins, float32 (batch, bins, bins), bilinear, no antialiasing.

    Computed as products with `resize_weights`, which are the same on all backends.
    """

    def __init__(self, bins: int, **more) -> None:
        super().__init__(**{**more, "dtype": "float32"})
        self.bins = bins

    def call(self, x):
        """See the class."""
        weights = ops.convert_to_tensor(resize_weights(x.shape[1], self.bins))
        x = ops.matmul(weights, ops.cast(x[..., 0], "float32"))
        return ops.matmul(x, ops.transpose(weights))

    def compute_output_shape(self, shape):
        """(batch, bins, bins)."""
        return shape[0], self.bins, self.bins

    def get_config(self):
        """Constructor arguments."""
        return {**super().get_config(), "bins": self.bins}


@keras.saving.register_keras_serializable("chromaloom")
class DistanceEmbedding(keras.layers.Layer):
    """A learned vector for each distance, 0 to n - 1: (batch, n, channels) to (n, width)."""

    def __init__(self, width: int, seed: int = 0, **more) -> None:
        super().__init__(**more)
        self.width, self.seed = width, seed

    def build(self, shape):
        """Create the table, N(0, 1)."""
        initializer = keras.initializers.RandomNormal(0.0, 1.0, self.seed)
        self.table = self.add_weight(
            name="table", shape=(shape[1], self.width), initializer=initializer
        )

    def call(self, x):
        """The table; x only gives the number of positions."""
        return ops.convert_to_tensor(self.table)

    def compute_output_shape(self, shape):
        """(n, width)."""
        return shape[1], self.width

    def get_config(self):
        """Constructor arguments."""
        return {**super().get_config(), "width": self.width, "seed": self.seed}


@keras.saving.register_keras_serializable("chromaloom")
class GraphConvolution(keras.layers.Layer):
    """Transformer convolution over the graph of all positions.

    softmax_j(q_i · (k_j + e_ij) / √width) weights the sum of v_j + e_ij, with e_ij the projected
    embedding of |i - j|; heads are concatenated, and a linear skip of x_i is added.

    Parameters
    ----------
    heads, width
        Heads of the attention, and channels of each.
    dropout
        Fraction of the attention weights that is dropped.
    causal
        Position i attends to j ≤ i only, as in the public code.
    seed
        Seed of weights and dropout.
    """

    def __init__(
        self, heads: int, width: int, *, dropout: float = 0.0, causal: bool = False,
        seed: int = 0, **more,
    ) -> None:  # fmt: skip
        super().__init__(**more)
        self.heads, self.width, self.causal, self.seed = heads, width, causal, seed
        self.dropout_rate = dropout
        self.dropout = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy)

    def build(self, shapes):
        """Create the projections: query, key, value, skip (with bias), edge (without)."""
        (_, _, channels), (_, edges) = shapes
        for number, name in enumerate(("query", "key", "value", "skip", "edge")):
            kernel = self.add_weight(
                name=f"{name}_kernel",
                shape=(edges if name == "edge" else channels, self.heads * self.width),
                initializer=keras.initializers.GlorotUniform(100 * self.seed + number),
            )
            setattr(self, f"{name}_kernel", kernel)
            if name != "edge":
                bias = self.add_weight(
                    name=f"{name}_bias", shape=(self.heads * self.width,), initializer="zeros"
                )
                setattr(self, f"{name}_bias", bias)

    def _project(self, x, name: str):
        return ops.matmul(x, getattr(self, f"{name}_kernel")) + getattr(self, f"{name}_bias")

    def call(self, inputs, training: bool = False):
        """[(batch, n, channels), (n, edge width)] to (batch, n, heads · width)."""
        x, table = inputs
        n = x.shape[1]
        shape = (-1, n, self.heads, self.width)
        query, key, value = (
            ops.reshape(self._project(x, name), shape) for name in ("query", "key", "value")
        )
        edge = ops.matmul(ops.cast(table, self.compute_dtype), self.edge_kernel)
        edge = ops.take(edge, distances(n).ravel(), axis=0)
        edge = ops.reshape(edge, (n, n, self.heads, self.width))
        scores = ops.einsum("bihd,bjhd->bhij", query, key)
        scores = (scores + ops.einsum("bihd,ijhd->bhij", query, edge)) / self.width**0.5
        if self.causal:
            known = np.tri(n, dtype=bool)
            scores = ops.where(known, scores, ops.cast(-np.inf, scores.dtype))
        weights = self.dropout(ops.softmax(scores, axis=-1), training=training)
        sums = ops.einsum("bhij,bjhd->bihd", weights, value)
        sums = sums + ops.einsum("bhij,ijhd->bihd", weights, edge)
        return ops.reshape(sums, (-1, n, self.heads * self.width)) + self._project(x, "skip")

    def compute_output_shape(self, shapes):
        """(batch, n, heads · width)."""
        return *shapes[0][:2], self.heads * self.width

    def get_config(self):
        """Constructor arguments."""
        own = {"heads": self.heads, "width": self.width, "dropout": self.dropout_rate,
               "causal": self.causal, "seed": self.seed}  # fmt: skip
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("chromaloom")
class PairBilinear(keras.layers.Layer):
    """x_iᵀ W_o x_j + b_o of each pair of positions: (batch, n, c) to (batch, n, n, filters)."""

    def __init__(self, filters: int, seed: int = 0, **more) -> None:
        super().__init__(**more)
        self.filters, self.seed = filters, seed

    def build(self, shape):
        """Create W (filters, c, c); fans are those of a convolution kernel of this shape."""
        channels = shape[-1]
        limit = (6 / (channels**2 + self.filters * channels)) ** 0.5
        self.kernel = self.add_weight(
            name="kernel", shape=(self.filters, channels, channels),
            initializer=keras.initializers.RandomUniform(-limit, limit, self.seed),
        )  # fmt: skip
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        """See the class."""
        left = ops.einsum("bic,ocd->biod", x, self.kernel)
        return ops.einsum("biod,bjd->bijo", left, x) + self.bias

    def compute_output_shape(self, shape):
        """(batch, n, n, filters)."""
        return shape[0], shape[1], shape[1], self.filters

    def get_config(self):
        """Constructor arguments."""
        return {**super().get_config(), "filters": self.filters, "seed": self.seed}
