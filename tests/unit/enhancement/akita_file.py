"""A small network of Akita's form in plain layers, and its .h5 file, which Keras itself writes."""

import keras
import numpy as np
from keras import layers, ops

from workflow_scripts.enhancement.models.published_akita import AKITA_NETWORK

SMALL = {
    **AKITA_NETWORK, "filters": 6, "residual_filters": 4, "dilations": [1, 2], "output_filters": 5,
    "map_filters": 4, "map_residual_filters": 3, "map_dilations": [1, 2],
}  # fmt: skip
SIZES = {"length": 128, "bins": 16, "crop": 2, "tile": 0}


def conv(x, filters, size, dilation=1):
    """Akita's block in plain layers, as printed in its repository."""
    kind = layers.Conv1D if len(x.shape) == 3 else layers.Conv2D
    x = kind(filters, size, padding="same", dilation_rate=dilation, use_bias=False)(
        layers.ReLU()(x)
    )
    return layers.BatchNormalization(momentum=0.9265)(x)


def plain_akita(filters=6, targets=5):
    """The small network from one-hot DNA to the upper triangle."""
    dna = keras.Input((128, 4))
    x = layers.MaxPooling1D(2)(conv(dna, filters, 11))
    for _ in range(2):
        x = layers.MaxPooling1D(2)(conv(x, filters, 5))
    for rate in (1, 2):
        y = layers.Dropout(0.4)(conv(conv(x, 4, 3, rate), filters, 1))
        x = layers.Add()([x, y])
    x = layers.ReLU()(conv(x, 5, 5))
    n = x.shape[1]
    one = ops.repeat(ops.expand_dims(x, 2), n, axis=2)
    x = (one + ops.transpose(one, (0, 2, 1, 3))) / 2
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n))).astype("float32")
    x = ops.concatenate([x, 0 * x[..., :1] + apart[None, ..., None]], -1)
    symmetric = lambda y: (y + ops.transpose(y, (0, 2, 1, 3))) / 2  # noqa: E731
    x = symmetric(conv(x, 4, 3))
    for rate in (1, 2):
        y = layers.Dropout(0.1)(conv(conv(x, 3, 3, rate), 4, 1))
        x = symmetric(layers.Add()([x, y]))
    x = layers.Cropping2D(2)(x)
    i, j = np.triu_indices(n - 4, 2)
    x = ops.take(ops.reshape(x, (-1, (n - 4) ** 2, 4)), i * (n - 4) + j, axis=1)
    return keras.Model(dna, layers.Dense(targets)(x))


def write_akita(path):
    """Write a plain network with random weights and statistics as .h5, and return it."""
    network, draw = plain_akita(), np.random.default_rng(3)
    for layer in network.layers:
        if layer.weights:
            layer.set_weights([
                draw.uniform(0.5, 1.5, w.shape) if "variance" in w.name or "gamma" in w.name
                else draw.normal(0, 0.3, w.shape) for w in layer.weights
            ])  # fmt: skip
    network.save(path)
    return network
