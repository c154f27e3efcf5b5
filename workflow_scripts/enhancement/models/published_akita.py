"""Akita with its published weights (Fudenberg et al. 2020): DNA to the maps of five human cells.

The published file, `model_best.h5`, holds weights by layer in the form of older versions of Keras.
Only its arrays are read; the description of the network in it, which may contain code, is not.
"""

from pathlib import Path

import h5py
import keras
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.presets import SEQUENCE_NETWORK
from workflow_scripts.enhancement.models.long_convolution import ConvPool
from workflow_scripts.enhancement.models.sequence_layers import SequenceLayerFactory
from workflow_scripts.enhancement.models.sequence_model import TILE, akita_head, sequence_trunk

# sizes of Akita's params.json; batch normalization has the epsilon of Keras
AKITA_NETWORK = {**SEQUENCE_NETWORK, "epsilon": 1e-3}
AKITA_LENGTH = 1_048_576  # bp
AKITA_BINS = 512  # of 2,048 bp
AKITA_CROP = 32  # bins on each side
AKITA_TARGETS = ("HFF", "H1hESC", "GM12878", "IMR90", "HCT116")


def build_akita(
    network: dict = AKITA_NETWORK,
    *,
    length: int = AKITA_LENGTH,
    bins: int = AKITA_BINS,
    crop: int = AKITA_CROP,
    targets: int = len(AKITA_TARGETS),
    tile: int = TILE,
) -> keras.Model:
    """Build Akita.

    Parameters
    ----------
    network
        Sizes, as in section `network` of `presets.sequence_settings`.
    length, bins
        Length of a window (bp) and its bins; `length` is `bins` times a power of 2.
    crop
        Bins that the output lacks on each side.
    targets
        Number of maps.
    tile
        Positions computed at once in the long layers; 0: all.

    Returns
    -------
    keras.Model
        Codes uint8 (batch, length), 0-3 = ACGT, to ln(O/E) float32
        (batch, bins - 2 crop, bins - 2 crop, targets), symmetric. 751,653 parameters as published.
    """
    make = SequenceLayerFactory(network, seed=0)
    codes = keras.Input((length,), dtype="uint8", name="codes")
    x = akita_head(sequence_trunk(codes, bins, make, tile), make)
    x = keras.layers.Cropping2D(crop)(x)
    x = keras.layers.Conv2D(targets, 1, name="contacts")(x)
    return keras.Model(codes, x, name="akita")


def load_akita(path: str | Path, **sizes) -> keras.Model:
    """Akita with the weights of a published file.

    Parameters
    ----------
    path
        `model_best.h5`, written by `save` or `save_weights` of tf.keras.
    sizes
        As `build_akita`.

    Returns
    -------
    keras.Model
        Of `build_akita`; not trainable.

    Raises
    ------
    UserError
        No such file, or other layers or shapes than Akita's.
    """
    arrays = read_layer_arrays(path)  # first: building takes seconds
    model = build_akita(**sizes)
    kinds: dict[str, list[tuple[str, list[np.ndarray]]]] = {"conv": [], "norm": [], "dense": []}
    for name, values in arrays.items():
        # convolution without bias; gain, offset, mean and variance; dense kernel and bias
        kind = {1: "conv", 4: "norm", 2: "dense"}.get(len(values))
        if kind is None:
            raise UserError(f"{path}: layer {name!r} has {len(values)} arrays; expected: Akita's")
        kinds[kind].append((name, values))

    def take(kind: str, wanted: list) -> list[np.ndarray]:
        if not kinds[kind]:
            raise UserError(f"{path}: too few layers of kind {kind}; expected: those of Akita")
        name, values = kinds[kind].pop(0)
        if kind == "dense":  # a dense layer of pixels is a convolution of width 1
            values = [values[0][None, None], values[1]]
        for value, weight in zip(values, wanted, strict=True):
            if value.shape != tuple(weight.shape):
                raise UserError(
                    f"{path}: layer {name!r} has an array of shape {value.shape};"
                    f" expected: {tuple(weight.shape)}, as in Akita"
                )
        return values

    for layer in model.layers:
        if isinstance(layer, ConvPool):
            kernel = take("conv", [layer.kernel])
            norms = [layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance]
            for weight, value in zip(
                [layer.kernel, *norms], [*kernel, *take("norm", norms)], strict=True
            ):
                weight.assign(value)
        elif layer.weights:
            kind = {1: "conv", 4: "norm", 2: "dense"}[len(layer.weights)]
            layer.set_weights(take(kind, layer.weights))
    if rest := [name for found in kinds.values() for name, _ in found]:
        raise UserError(f"{path}: further layer {rest[0]!r}; expected: only those of Akita")
    model.trainable = False
    return model


def read_layer_arrays(path: str | Path) -> dict[str, list[np.ndarray]]:
    """Arrays of each layer with weights of an .h5 file of tf.keras, in the order of the network.

    Raises
    ------
    UserError
        No HDF5 file, or one without layers.
    """
    try:
        with h5py.File(path, "r") as file:
            group = file.get("model_weights", file)
            layers = [_text(name) for name in group.attrs["layer_names"]]
            names = {layer: [_text(n) for n in group[layer].attrs["weight_names"]]
                     for layer in layers}  # fmt: skip
            return {
                layer: [group[layer][name][:] for name in names[layer]]
                for layer in layers
                if names[layer]
            }
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UserError(
            f"{path}: no weights by layer ({reason}); expected: an .h5 file of tf.keras, such as"
            " Akita's model_best.h5"
        ) from None


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
