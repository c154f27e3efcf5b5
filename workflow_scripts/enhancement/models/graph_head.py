"""Graph-transformer head (Kriukov et al.): attention between all positions, which know how far they
are apart (transformer convolution: Shi 2021), then a learned bilinear form of each two.
"""

import keras
import numpy as np
from keras import ops

from workflow_scripts.enhancement.models.map_layers import distances, symmetrise
from workflow_scripts.enhancement.models.sequence_trunk import Blocks


@keras.saving.register_keras_serializable("chromaloom")
class DistanceEmbedding(keras.layers.Layer):
    """A learned vector for each distance, 0 to n - 1: (batch, n, channels) to (n, width)."""

    def __init__(self, width: int, seed: int = 0, **more) -> None:
        super().__init__(**more)
        self.width, self.seed = width, seed

    def build(self, shape):
        """Make the table, N(0, 1)."""
        start = keras.initializers.RandomNormal(0.0, 1.0, self.seed)
        self.table = self.add_weight(name="table", shape=(shape[1], self.width), initializer=start)

    def call(self, x):
        """The table; x says how many positions there are."""
        return ops.convert_to_tensor(self.table)

    def compute_output_shape(self, shape):
        """(n, width)."""
        return shape[1], self.width

    def get_config(self):
        """Arguments by which the layer is made again."""
        return {**super().get_config(), "width": self.width, "seed": self.seed}


@keras.saving.register_keras_serializable("chromaloom")
class GraphConvolution(keras.layers.Layer):
    """Transformer convolution over the graph of all positions.

    softmax_j(q_i · (k_j + e_ij) / √width) weights the sum of v_j + e_ij, with e_ij the projected
    embedding of |i - j|; heads side by side, plus a linear skip of x_i.

    Parameters
    ----------
    heads, width
        Of the attention.
    dropout
        Share of the attention's weights dropped.
    directed
        Position i attends to j ≤ i alone, as in the public code.
    seed
        Of weights and dropout.
    """

    def __init__(
        self, heads: int, width: int, *, dropout: float = 0.0, directed: bool = False,
        seed: int = 0, **more,
    ) -> None:  # fmt: skip
        super().__init__(**more)
        self.heads, self.width, self.directed, self.seed = heads, width, directed, seed
        self.share = dropout
        self.dropout = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy)

    def build(self, shapes):
        """Make the projections: queries, keys, values, skip (with offset), edges (without)."""
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
        if self.directed:
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
        """Arguments by which the layer is made again."""
        own = {"heads": self.heads, "width": self.width, "dropout": self.share,
               "directed": self.directed, "seed": self.seed}  # fmt: skip
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("chromaloom")
class PairBilinear(keras.layers.Layer):
    """x_iᵀ W_o x_j + b_o of each two positions: (batch, n, c) to (batch, n, n, filters)."""

    def __init__(self, filters: int, seed: int = 0, **more) -> None:
        super().__init__(**more)
        self.filters, self.seed = filters, seed

    def build(self, shape):
        """Make W (filters, c, c); fans are those of a convolution's kernel of this shape."""
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
        """Arguments by which the layer is made again."""
        return {**super().get_config(), "filters": self.filters, "seed": self.seed}


def graph_head(x, blocks: Blocks):
    """(batch, n, width) to a symmetric map (batch, n, n, map_filters)."""
    network, width = blocks.network, x.shape[-1]
    table = DistanceEmbedding(network["edge_width"], seed=next(blocks.seeds))(x)
    for _ in range(network["graph_layers"]):
        y = GraphConvolution(
            network["graph_heads"], width, dropout=network["attention_dropout"],
            directed=network["directed"], seed=next(blocks.seeds),
        )([x, table])  # fmt: skip
        y = keras.layers.ReLU()(blocks.normalise(y))
        y = keras.layers.Dense(width, kernel_initializer=blocks.start())(y)
        x = x + blocks.dropout(blocks.normalise(y), network["graph_dropout"])
    pairs = PairBilinear(network["map_filters"], seed=next(blocks.seeds))(x)
    return keras.layers.ReLU()(blocks.normalise(symmetrise(pairs)))
