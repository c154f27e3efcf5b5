"""The saved model of a fold: one network or the mean of several, in the units of expression."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.dataset import UNKNOWN, ExpressionData
from workflow_scripts.deepexpression.models.networks import predict_batches
from workflow_scripts.deepexpression.models.promoter_network import FIRST, PROMOTER

WINDOW = re.compile(r"full_(\d+)kb")


@dataclass(frozen=True)
class TargetScale:
    """Mean and standard deviation for standardizing regression targets; 0 and 1 for none."""

    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, targets: np.ndarray, task: str, standardize: bool) -> "TargetScale":
        """Scale of the training genes' targets; none for classification."""
        if task == "classification" or not standardize:
            return cls()
        return cls(float(targets.mean()), float(targets.std()) or 1.0)

    def apply(self, targets: np.ndarray, task: str) -> np.ndarray:
        """Training targets: float32 values, or class numbers (int32)."""
        if task == "classification":
            return targets.astype("int32")
        return ((targets - self.mean) / self.deviation).astype("float32")


def combine_members(members: Sequence[keras.Model], scale: TargetScale) -> keras.Model:
    """Average a fold's networks and scale their output back to the units of the targets.

    The inputs are those of the networks. Output: (batch, 2) probabilities for classification,
    (batch, 1) for regression.
    """
    first = members[0]
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype, name=x.name) for x in first.inputs]
    value = inputs[0] if len(inputs) == 1 else inputs
    if len(members) > 1:
        for number, member in enumerate(members):
            member.name = f"{member.name}_{number}"  # Keras requires unique names
    outputs = [member(value) for member in members]
    x = keras.layers.Average(name="mean")(outputs) if len(outputs) > 1 else outputs[0]
    if scale != TargetScale():
        x = keras.layers.Rescaling(scale.deviation, offset=scale.mean, name="units")(x)
    return keras.Model(value, x, name="fold")


def load_fold(folder: str | Path, fold: int) -> keras.Model:
    """Load the model of a fold from a folder of models."""
    return keras.models.load_model(Path(folder) / f"fold{fold}.keras", compile=False)


def member_networks(model: keras.Model) -> list[keras.Model]:
    """The networks of a fold's model."""
    return [layer for layer in model.layers if isinstance(layer, keras.Model)]


def promoter_trunks(model: keras.Model) -> list[keras.Model]:
    """The promoter trunks of a fold's networks."""
    return [member.get_layer(PROMOTER) for member in member_networks(model)]


def first_kernels(model: keras.Model) -> list[np.ndarray]:
    """First-layer kernels of each of a fold's networks, float32, shape=(length, 4, kernels)."""
    return [np.asarray(trunk.get_layer(FIRST).kernel) for trunk in promoter_trunks(model)]


def inputs_for(model: keras.Model, data: ExpressionData, genes: np.ndarray) -> list[np.ndarray]:
    """Inputs of a model for some genes, in the model's order."""
    arrays = {"bases": data.promoters, "signal": data.hichip}
    return [arrays[x.name][genes] for x in model.inputs]


def predict_genes(model: keras.Model, data: ExpressionData, genes: np.ndarray) -> np.ndarray:
    """Predicted expression, or probability of high expression; float64, shape=(genes,)."""
    return predict_inputs(model, inputs_for(model, data, genes))


def predict_inputs(model: keras.Model, inputs: Sequence[np.ndarray]) -> np.ndarray:
    """As `predict_genes`, from the model's inputs."""
    value = inputs[0] if len(inputs) == 1 else list(inputs)
    return predict_batches(model, value)[:, -1].astype(float)


def blank_input(model: keras.Model, inputs: Sequence[np.ndarray], name: str) -> list[np.ndarray]:
    """Inputs with one of them blanked: `bases` all unknown, or `signal` all 0."""
    fill = {"bases": UNKNOWN, "signal": 0}[name]
    return [
        np.full_like(values, fill) if x.name == name else values
        for x, values in zip(model.inputs, inputs, strict=True)
    ]


def window_bins(model: str, *, bins: int, resolution: int) -> slice:
    """Bins of the HiChIP vector that a model uses: all, or the window of `full_100kb`.

    Raises
    ------
    UserError
        The half-width is no multiple of the resolution, or wider than the vector.
    """
    found = WINDOW.fullmatch(model)
    if not found:
        return slice(0, bins)
    half = int(found[1]) * 1000
    if half % resolution or not 0 < half // resolution <= bins // 2:
        raise UserError(
            f"deepexpression.hichip_windows: {half} is not allowed; expected: multiples of"
            f" {resolution} (loops.resolution) up to {bins // 2 * resolution}; fix: change or"
            " remove the value"
        )
    return slice(bins // 2 - half // resolution, bins // 2 + half // resolution)


def split_at_trunks(
    model: keras.Model, promoters: np.ndarray
) -> tuple[list[np.ndarray], keras.Model]:
    """Split a full model into the vectors of its trunks and the rest of the network.

    Returns
    -------
    vectors : list of float32 arrays, shape=(G, promoter)
        Vectors of the promoters, for each of the fold's networks.
    rest : keras.Model
        Takes the vectors and the HiChIP signal; makes the predictions of the model.
    """
    vectors = [predict_batches(trunk, promoters) for trunk in promoter_trunks(model)]
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
