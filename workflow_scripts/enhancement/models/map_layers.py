"""Small layers of the heads: from positions of a sequence to a map of pairs of bins."""

import keras
import numpy as np
from keras import ops


def symmetrise(x):
    """Mean of maps (batch, n, n, channels) and their mirror images."""
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
        far = ops.cast(distances(n)[None, :, :, None], pairs.dtype)
        return ops.concatenate([pairs, ops.broadcast_to(far, (ops.shape(x)[0], n, n, 1))], -1)

    def compute_output_shape(self, shape):
        """(batch, n, n, channels + 1)."""
        return shape[0], shape[1], shape[1], shape[2] + 1


def resizing(n: int, bins: int) -> np.ndarray:
    """Bilinear weights from n positions to a number of bins, float32 (bins, n).

    Centres of halves match (`align_corners=False`); beyond the outermost centres the ends go on.
    """
    centre = np.clip((np.arange(bins) + 0.5) * n / bins - 0.5, 0, n - 1)
    low = np.minimum(centre.astype(int), max(n - 2, 0))
    weights = np.zeros((bins, n))
    weights[np.arange(bins), low] = 1 - (centre - low)
    weights[np.arange(bins), np.minimum(low + 1, n - 1)] += centre - low
    return weights.astype("float32")


@keras.saving.register_keras_serializable("chromaloom")
class ResizeMap(keras.layers.Layer):
    """(batch, n, n, 1) to a map of bins, float32 (batch, bins, bins), bilinear, no antialiasing.

    Written as products with `resizing`, which are the same on all backends.
    """

    def __init__(self, bins: int, **more) -> None:
        super().__init__(**{**more, "dtype": "float32"})
        self.bins = bins

    def call(self, x):
        """See the class."""
        weights = ops.convert_to_tensor(resizing(x.shape[1], self.bins))
        x = ops.matmul(weights, ops.cast(x[..., 0], "float32"))
        return ops.matmul(x, ops.transpose(weights))

    def compute_output_shape(self, shape):
        """(batch, bins, bins)."""
        return shape[0], self.bins, self.bins

    def get_config(self):
        """Arguments by which the layer is made again."""
        return {**super().get_config(), "bins": self.bins}
