"""Sequence models: DNA of a window, or embeddings of it, to its O/E map."""

import keras
import numpy as np
from keras import ops

from workflow_scripts.enhancement.models.akita_head import akita_head
from workflow_scripts.enhancement.models.graph_head import graph_head
from workflow_scripts.enhancement.models.map_layers import ResizeMap
from workflow_scripts.enhancement.models.sequence_trunk import (
    TILE,
    Blocks,
    embedding_trunk,
    sequence_trunk,
)

MAKERS = {"akita": akita_head, "graph": graph_head}


def build_sequence_model(
    network: dict,
    head: str,
    *,
    length: int,
    bins: int,
    dimension: int = 0,
    seed: int = 0,
    tile: int = TILE,
) -> keras.Model:
    """Build a sequence model: trunk, head, and the tail (linear to one channel, resized to bins).

    Parameters
    ----------
    network
        `sequence_presets` settings of the network.
    head
        akita or graph.
    length, bins
        Length of a window (bp) and its bins B; with `dimension`, positions of a window's embedding.
    dimension
        Of the embeddings that take the place of DNA; 0: DNA.
    seed
        Of weights and dropout.
    tile
        Positions made at once in the long layers; 0: all.

    Returns
    -------
    keras.Model
        Codes uint8 (batch, length), or embeddings float32 (batch, length, dimension), to ln(O/E)
        float32 (batch, B, B), symmetric; its margin is not trained on. 1 Mb, akita: 797,921
        parameters, of which 792,225 are trained.
    """
    blocks = Blocks(network, seed)
    if dimension:
        inputs = keras.Input((length, dimension), name="embeddings")
        x = embedding_trunk(inputs, bins, blocks)
    else:
        inputs = keras.Input((length,), dtype="uint8", name="codes")
        x = sequence_trunk(inputs, bins, blocks, tile)
    x = MAKERS[head](x, blocks)
    x = keras.layers.Conv2D(1, 1, kernel_initializer=blocks.start(), name="contacts")(x)
    return keras.Model(inputs, ResizeMap(bins, name="map")(x), name=f"sequence_{head}")


def upper_pixels(bins: int, crop: int, diagonal: int) -> np.ndarray:
    """Pixels that are trained on, as places in a flattened map of B bins, int32 (P,).

    Those at least `diagonal` off the main one, in the upper half of the map without `crop` bins on
    each side: 15,931 for 200, 10 and 2.
    """
    row, column = np.triu_indices(bins - 2 * crop, diagonal)
    return ((row + crop) * bins + column + crop).astype("int32")


@keras.saving.register_keras_serializable("chromaloom")
class PixelError(keras.losses.Loss):
    """Mean squared error of the pixels trained on: targets (batch, P), maps (batch, B, B).

    Parameters are those of `upper_pixels`.
    """

    def __init__(self, bins: int, crop: int, diagonal: int, **more) -> None:
        super().__init__(**{"name": "pixel_error", **more})
        self.bins, self.crop, self.diagonal = bins, crop, diagonal
        self.pixels = upper_pixels(bins, crop, diagonal)

    def call(self, y_true, y_pred):
        """Loss of each window."""
        flat = ops.reshape(y_pred, (-1, y_pred.shape[1] * y_pred.shape[2]))
        return ops.mean(ops.square(y_true - ops.take(flat, self.pixels, axis=1)), axis=-1)

    def get_config(self):
        """Arguments by which the loss is made again."""
        own = {"bins": self.bins, "crop": self.crop, "diagonal": self.diagonal}
        return {**super().get_config(), **own}
