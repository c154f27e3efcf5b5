"""Training of the sequence models: one compiled network for all seeds, scores on validation."""

from collections.abc import Callable

import keras
import numpy as np

from workflow_scripts.enhancement.data.sequence_data import SequenceWindows
from workflow_scripts.enhancement.models.sequence_model import PixelError, build_sequence_model
from workflow_scripts.enhancement.models.sequence_trunk import TILE


class Bench:
    """The network in which all seeds of a job are trained: its graph is made once.

    Parameters
    ----------
    settings
        `sequence_settings`: network and training.
    head, bins, crop
        Kind of head, bins of a window, and those that are not trained on at each side.
    sizes
        `length` and `dimension` of `build_sequence_model`.
    accumulate, jit
        Batches a step; XLA.
    device
        As `prepare_device` said: a GPU is given the long layers whole, a CPU in tiles.
    """

    def __init__(
        self, settings: dict, *, head: str, bins: int, crop: int, sizes: dict[str, int],
        accumulate: int, jit: bool, device: str,
    ) -> None:  # fmt: skip
        self._arguments = {
            "network": settings["network"], "head": head, "bins": bins, **sizes,
            "tile": 0 if device.endswith("gpu") else TILE,
        }  # fmt: skip
        training = settings["training"]
        self.network = self.fresh(0)
        self.network.compile(
            keras.optimizers.Adam(
                training["learning_rate"], epsilon=1e-8,
                global_clipnorm=training["clip"] or None,
                gradient_accumulation_steps=accumulate if accumulate > 1 else None,
            ),
            PixelError(bins, crop, training["diagonal"]),
            jit_compile=jit,  # on CPUs XLA is slower for convolutions
        )  # fmt: skip
        self.network.optimizer.build(self.network.trainable_variables)
        self._start = [keras.ops.convert_to_numpy(v) for v in self.network.optimizer.variables]

    def fresh(self, seed: int) -> keras.Model:
        """The untrained network of a seed."""
        return build_sequence_model(**self._arguments, seed=seed)

    def start(self, seed: int) -> keras.Model:
        """Give the compiled network a seed's weights, and its optimiser nothing of the last."""
        self.network.set_weights(self.fresh(seed).get_weights())
        for variable, value in zip(self.network.optimizer.variables, self._start, strict=True):
            variable.assign(value)
        return self.network


def predict_rows(network: keras.Model, inputs: np.ndarray, batch: int) -> np.ndarray:
    """Maps float32 (n, B, B) of some windows, `batch` at once."""
    blocks = [inputs[first : first + batch] for first in range(0, len(inputs), batch)]
    return np.concatenate([network.predict_on_batch(block) for block in blocks])


def validation_scores(
    valid: SequenceWindows, pixels: np.ndarray, *, batch: int, watch: str
) -> Callable[[keras.Model], dict[str, float]]:
    """Mean absolute error and Pearson's r over all pixels of the validation windows.

    `watch`, mae or pearson, says which of them the number `watch` follows, whose maximum is best.
    """

    def score(network: keras.Model) -> dict[str, float]:
        predicted = []
        for first in range(0, len(valid), batch):
            inputs, _ = valid.take(np.arange(first, min(first + batch, len(valid))))
            maps = predict_rows(network, inputs, batch)
            predicted.append(maps.reshape(len(maps), -1)[:, pixels])
        found, truth = np.concatenate(predicted).ravel(), valid.targets.ravel()
        mae = float(np.abs(found - truth).mean(dtype="float64"))
        # what does not vary is correlated with nothing
        vary = np.ptp(found) > 1e-9 and np.ptp(truth) > 1e-9
        pearson = float(np.corrcoef(found, truth)[0, 1]) if vary else 0.0
        return {
            "valid_mae": mae,
            "valid_pearson": pearson,
            "watch": -mae if watch == "mae" else pearson,
        }

    return score
