"""A fold's saved model: one network, or the mean of several, in the units of expression."""

import re
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.evaluation.inference import apply
from workflow_scripts.deepexpression.models.promoter_network import FIRST, PROMOTER
from workflow_scripts.deepexpression.training.fitting import Scale

WINDOW = re.compile(r"full_(\d+)kb")
UNKNOWN = 4  # code of a base that is not known


def combine(members: Sequence[keras.Model], scale: Scale) -> keras.Model:
    """One model of a fold's networks: their mean, in the units that the targets had.

    It takes what they take. Classification: (batch, 2) probabilities; regression: (batch, 1).
    """
    first = members[0]
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype, name=x.name) for x in first.inputs]
    value = inputs[0] if len(inputs) == 1 else inputs
    if len(members) > 1:
        for number, member in enumerate(members):
            member.name = f"{member.name}_{number}"  # Keras wants each name once
    outputs = [member(value) for member in members]
    x = keras.layers.Average(name="mean")(outputs) if len(outputs) > 1 else outputs[0]
    if scale != Scale():
        x = keras.layers.Rescaling(scale.deviation, offset=scale.mean, name="units")(x)
    return keras.Model(value, x, name="fold")


def load_fold(folder: str | Path, fold: int) -> keras.Model:
    """The model of a fold from a folder of models."""
    return keras.models.load_model(Path(folder) / f"fold{fold}.keras", compile=False)


def member_networks(model: keras.Model) -> list[keras.Model]:
    """The networks of a fold's model."""
    return [layer for layer in model.layers if isinstance(layer, keras.Model)]


def trunks(model: keras.Model) -> list[keras.Model]:
    """The promoter trunks of a fold's networks."""
    return [member.get_layer(PROMOTER) for member in member_networks(model)]


def first_kernels(model: keras.Model) -> list[np.ndarray]:
    """First-layer kernels of each of a fold's networks, float32, shape=(length, 4, kernels)."""
    return [np.asarray(trunk.get_layer(FIRST).kernel) for trunk in trunks(model)]


def inputs_for(model: keras.Model, data: ExpressionData, genes: np.ndarray) -> list[np.ndarray]:
    """What a model takes of some genes, in its order of inputs."""
    arrays = {"bases": data.promoters, "signal": data.hichip}
    return [arrays[x.name][genes] for x in model.inputs]


def predict(model: keras.Model, data: ExpressionData, genes: np.ndarray) -> np.ndarray:
    """Expression, or probability of high, of some genes; float64, shape=(genes,)."""
    return predict_from(model, inputs_for(model, data, genes))


def predict_from(model: keras.Model, inputs: Sequence[np.ndarray]) -> np.ndarray:
    """As `predict`, from inputs: e.g. with one of them zeroed."""
    value = inputs[0] if len(inputs) == 1 else list(inputs)
    return apply(model, value)[:, -1].astype(float)


def without(model: keras.Model, inputs: Sequence[np.ndarray], name: str) -> list[np.ndarray]:
    """Inputs of which one says nothing: `bases` all unknown, or `signal` all 0."""
    fill = {"bases": UNKNOWN, "signal": 0}[name]
    return [
        np.full_like(values, fill) if x.name == name else values
        for x, values in zip(model.inputs, inputs, strict=True)
    ]


def window_bins(model: str, *, bins: int, resolution: int) -> slice:
    """Bins of the HiChIP vector that a model sees: all, or those of `full_100kb`.

    Raises
    ------
    UserError
        The half-width is no multiple of the resolution, or beyond the vector's.
    """
    found = WINDOW.fullmatch(model)
    if not found:
        return slice(0, bins)
    half = int(found[1]) * 1000
    if half % resolution or not 0 < half // resolution <= bins // 2:
        raise UserError(
            f"window of {half} bp either way; allowed: multiples of the bins' {resolution} bp up to"
            f" {bins // 2 * resolution}"
        )
    return slice(bins // 2 - half // resolution, bins // 2 + half // resolution)


def split(model: keras.Model, promoters: np.ndarray) -> tuple[list[np.ndarray], keras.Model]:
    """A full model as what its trunks make of promoters, and the rest of it.

    Returns
    -------
    vectors : list of float32 arrays, shape=(G, promoter)
        One for each of the fold's networks.
    rest : keras.Model
        Takes the vectors and the HiChIP signal; predicts as the model does.
    """
    vectors = [apply(trunk, promoters) for trunk in trunks(model)]
    signal = next(x for x in model.inputs if x.name == "signal")
    inputs = [keras.Input(v.shape[1:], name=f"vector_{k}") for k, v in enumerate(vectors)]
    inputs.append(keras.Input(signal.shape[1:], name=signal.name))
    outputs = [
        member.get_layer("joint")([vector, inputs[-1]])
        for member, vector in zip(member_networks(model), inputs, strict=False)
    ]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Average) and len(outputs) > 1:
            outputs = [layer(outputs)]
        elif isinstance(layer, keras.layers.Rescaling):
            outputs = [layer(outputs[0])]
    return vectors, keras.Model(inputs, outputs[0], name="rest")
