"""Training of the sequence models: one compiled network for all seeds, and validation scores."""

from collections.abc import Callable

import keras
import numpy as np

from workflow_scripts.enhancement.data.sequence_data import SequenceWindows
from workflow_scripts.enhancement.evaluation.inference import predict_batches
from workflow_scripts.enhancement.models.losses import PixelError
from workflow_scripts.enhancement.models.sequence_model import TILE, build_sequence_model


class SharedTrainer:
    """The compiled network that trains all seeds of a job, so that its graph is traced once.

    Parameters
    ----------
    settings
        `presets.sequence_settings`: network and training.
    head, bins, crop
        Kind of head, bins of a window, and bins cropped on each side.
    sizes
        `length` and `dimension` of `build_sequence_model`.
    gradient_accumulation_steps, jit_compile
        Batches per step; compile with XLA.
    device
        Of `prepare_device`: on a GPU the long layers are computed whole, on a CPU in tiles.
    """

    def __init__(
        self, settings: dict, *, head: str, bins: int, crop: int, sizes: dict[str, int],
        gradient_accumulation_steps: int, jit_compile: bool, device: str,
    ) -> None:  # fmt: skip
        self._arguments = {
            "network": settings["network"], "head": head, "bins": bins, **sizes,
            "tile": 0 if device.endswith("gpu") else TILE,
        }  # fmt: skip
        training, steps = settings["training"], gradient_accumulation_steps
        self.compiled_network = self.build(0)
        self.compiled_network.compile(
            keras.optimizers.Adam(
                training["learning_rate"], epsilon=1e-8,
                global_clipnorm=training["clipnorm"] or None,
                gradient_accumulation_steps=steps if steps > 1 else None,
            ),
            PixelError(bins, crop, training["ignore_diags"]),
            jit_compile=jit_compile,  # on CPUs XLA is slower for convolutions
        )  # fmt: skip
        optimizer = self.compiled_network.optimizer
        optimizer.build(self.compiled_network.trainable_variables)
        self._initial = [keras.ops.convert_to_numpy(v) for v in optimizer.variables]

    def build(self, seed: int) -> keras.Model:
        """The untrained network of a seed."""
        return build_sequence_model(**self._arguments, seed=seed)

    def reset(self, seed: int) -> keras.Model:
        """The compiled network with the initial weights of a seed and a new optimizer state."""
        network = self.compiled_network
        network.set_weights(self.build(seed).get_weights())
        for variable, value in zip(network.optimizer.variables, self._initial, strict=True):
            variable.assign(value)
        return network


def validation_scores(
    valid: SequenceWindows, pixels: np.ndarray, *, batch_size: int, monitor: str
) -> Callable[[keras.Model], dict[str, float]]:
    """A function that scores a network by mean absolute error and Pearson's r of all pixels.

    Its number `monitor`, whose maximum is best, follows `monitor`: mae (negative) or pearson.
    """

    def score(network: keras.Model) -> dict[str, float]:
        predicted = []
        for first in range(0, len(valid), batch_size):
            inputs, _ = valid.take(np.arange(first, min(first + batch_size, len(valid))))
            maps = predict_batches(network, inputs, batch_size)
            predicted.append(maps.reshape(len(maps), -1)[:, pixels])
        found, truth = np.concatenate(predicted).ravel(), valid.targets.ravel()
        mae = float(np.abs(found - truth).mean(dtype="float64"))
        # a constant has no correlation
        vary = np.ptp(found) > 1e-9 and np.ptp(truth) > 1e-9
        pearson = float(np.corrcoef(found, truth)[0, 1]) if vary else 0.0
        return {
            "valid_mae": mae,
            "valid_pearson": pearson,
            "monitor": -mae if monitor == "mae" else pearson,
        }

    return score
