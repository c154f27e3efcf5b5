"""Networks with the layers and weights that their authors published.

DeepHiC's generator (Hong et al. 2020), HiCPlus (Zhang et al. 2018) and the denoising autoencoder of
HiCSR's loss (Dimmick et al. 2020). Weights are read from the authors' PyTorch files.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from workflow_scripts.chromaloom.ml.torch_weights import read_state_dict
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.models.image_models import (
    HICPLUS_CROP,
    build_deephic_generator,
    build_hicplus,
)

DEEPHIC_BLOCKS = 5
DAE_LAYERS = 5
DAE_FILTERS = 64
# counter of training steps, which prediction does not use
UNUSED = "num_batches_tracked"


def deephic_layers() -> list[str]:
    """Names of DeepHiC's layers in its file, in the order of the network."""
    inner = ("conv1", "bn1", "conv2", "bn2")
    blocks = [f"resblocks.{number}.{name}" for number in range(DEEPHIC_BLOCKS) for name in inner]
    return ["conv1", *blocks, "conv2", "bn2", "conv3"]


def hicplus_layers() -> list[str]:
    """Names of HiCPlus' layers in its file."""
    return ["conv1", "conv2", "conv3"]


def dae_layers() -> list[str]:
    """Names of the layers of HiCSR's autoencoder in its file."""
    encoder = [f"conv_layers.{number}.0" for number in range(DAE_LAYERS)]
    decoder = [f"deconv_layers.{number}.0" for number in range(DAE_LAYERS - 1)]
    return [*encoder, *decoder, f"deconv_layers.{DAE_LAYERS - 1}"]


def load_published(method: str, path: str | Path, size: int) -> keras.Model:
    """Build a published network and load its weights.

    Parameters
    ----------
    method
        `deephic`, `hicplus` or `hicsr_dae`.
    path
        PyTorch file of its weights.
    size
        Bins of a map; even for `hicsr_dae`.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, b, b, 1), float32, not trainable. DeepHiC and the
        autoencoder keep the size; HiCPlus removes 6 bins on each side.

    Raises
    ------
    UserError
        The file is no state_dict, or not that of this network: a layer is missing or unknown, or
        has another shape.
    """
    if method == "deephic":
        network, names = build_deephic_generator(size=size, crop=0), deephic_layers()
    elif method == "hicplus":
        network, names = build_hicplus(size=size, crop=HICPLUS_CROP), hicplus_layers()
    else:
        network, names = build_published_dae(size=size), dae_layers()
    set_torch_weights(network, names, read_state_dict(path), f"{path}: weights of {method}")
    network.trainable = False
    return network


def published_features(path: str | Path, size: int) -> keras.Model:
    """Features of HiCSR's published autoencoder, as its loss compares them.

    Parameters
    ----------
    path
        PyTorch file of the autoencoder.
    size
        Bins of a map.

    Returns
    -------
    keras.Model
        Maps (batch, size, size, 1) in [0, 1] to five tensors: the encoder's convolutions before
        their ReLU. Not trainable.

    Raises
    ------
    UserError
        An odd size; otherwise as `load_published`.
    """
    if size % 2:
        raise UserError(
            f"enhancement.window_bins: maps of {size} bins, which the published autoencoder of"
            " HiCSR cannot halve and double; expected: an even number; fix: set an even"
            " window_bins, or image.published.hicsr_dae to false"
        )
    dae = load_published("hicsr_dae", path, size)
    outputs = [dae.get_layer(f"feature_{number + 1}").output for number in range(DAE_LAYERS)]
    encoder = keras.Model(dae.input, outputs)
    low = keras.Input((size, size, 1), name="map")
    # HiCSR's maps are in [-1, 1]
    model = keras.Model(low, encoder(keras.layers.Rescaling(2.0, -1.0)(low)), name="features")
    model.trainable = False
    return model


def set_torch_weights(
    network: keras.Model, names: Sequence[str], state: Mapping[str, np.ndarray], where: str
) -> None:
    """Set the weights of convolutions and batch normalizations from a PyTorch state_dict.

    Parameters
    ----------
    network
        Its layers with weights are those of `names`, in this order.
    names
        Prefixes of the layers in `state`.
    state
        Arrays as `read_state_dict` gives them.
    where
        For messages.

    Raises
    ------
    UserError
        An array is missing, unknown, or of another shape.
    """
    layers = [layer for layer in network.layers if layer.weights]
    rest = {name for name in state if not name.endswith(UNUSED)}
    for layer, name in zip(layers, names, strict=True):
        normal = isinstance(layer, keras.layers.BatchNormalization)
        parts = ("weight", "bias", "running_mean", "running_var") if normal else ("weight", "bias")
        values = []
        for part, wanted in zip(parts, layer.weights, strict=True):
            key = f"{name}.{part}"
            if key not in rest:
                raise UserError(f"{where}: no array {key!r}; expected: the published network's")
            rest.discard(key)
            value = state[key].astype("float32")
            if value.ndim == 4:
                # PyTorch: (output, input, height, width); of transposed ones input and output swap,
                # in Keras as well
                value = value.transpose(2, 3, 1, 0)
            if value.shape != tuple(wanted.shape):
                raise UserError(
                    f"{where}: array {key!r} has shape {state[key].shape}, in the order of Keras"
                    f" {value.shape}; expected: {tuple(wanted.shape)}"
                )
            values.append(value)
        layer.set_weights(values)
    if rest:
        raise UserError(
            f"{where}: unknown array {min(rest)!r}; expected: only those of the published network"
        )


def build_published_dae(*, size: int) -> keras.Model:
    """Build HiCSR's denoising autoencoder: one halving, four convolutions, and back.

    The outputs of the second and fourth layer are added in the decoder, the input at the end.

    Parameters
    ----------
    size
        Bins of a map, an even number.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) with values in [-1, 1] to the same shape; 296,641 parameters. Layers
        `feature_1` … `feature_5` are the encoder's convolutions before their ReLU, which HiCSR's
        loss compares.
    """
    low = keras.Input((size, size, 1), name="map")
    x = keras.layers.ZeroPadding2D(1)(low)
    skips = []
    for number in range(DAE_LAYERS):
        halving = {"strides": 2, "padding": "valid"} if number == 0 else {"padding": "same"}
        x = keras.layers.Conv2D(DAE_FILTERS, 3, name=f"feature_{number + 1}", **halving)(x)
        x = keras.layers.Activation("relu")(x)
        skips += [x] if number % 2 else []
    for number in range(DAE_LAYERS - 1):
        x = keras.layers.Conv2DTranspose(DAE_FILTERS, 3, padding="same")(x)
        x = keras.layers.Activation("relu")(x)
        if number % 2 == 0:
            x = keras.layers.Activation("relu")(keras.layers.Add()([x, skips.pop()]))
    x = keras.layers.Conv2DTranspose(1, 3, strides=2, padding="valid")(x)
    # 2n + 1 bins; PyTorch's padding of 1 with an output padding of 1 removes the first one
    x = keras.layers.Cropping2D(((1, 0), (1, 0)))(x)
    x = ops.tanh(keras.layers.Add()([x, low]))
    return keras.Model(low, x, name="hicsr_dae")
