"""Training loop with progress in the log, restored best weights and checkpoints.

Every random choice of an epoch (order of samples, dropout) depends only on the seed and the number
of the epoch. A killed and resumed run therefore takes the same steps as an uninterrupted one.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.checkpoints import load_state, remove_state, save_state
from workflow_scripts.chromaloom.ml.network_input import add_input_facts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint, write_record

log = logging.getLogger("chromaloom")

BLOCK = 4096  # number of samples in memory at once
# Keras' fit and predict set up a data pipeline, 0.1 s per call: epochs of up to this many steps are
# faster with train_on_batch
FEW_STEPS = 64

Inputs = np.ndarray | list[np.ndarray]  # one array, or one for each of a network's inputs


class Samples(Protocol):
    """Training samples that are computed on demand."""

    def __len__(self) -> int:
        """Number of samples."""

    def take(self, rows: np.ndarray) -> tuple[Inputs, np.ndarray]:
        """Inputs and targets of the given samples, samples on the first axis."""


@dataclass
class Progress:
    """Training state between two epochs."""

    epoch: int
    best_epoch: int
    best_score: float
    best_weights: list[np.ndarray]
    history: list[dict[str, float]]


def fit_resumable(
    network: keras.Model,
    inputs: np.ndarray | Samples,
    targets: np.ndarray | None,
    *,
    score: Callable[[keras.Model], dict[str, float]],
    monitor: str,
    epochs: int,
    patience: int,
    batch_size: int,
    seed: int,
    folder: str | Path,
    fingerprint: Fingerprint,
    checkpoint_seconds: float = 10.0,
    block: int = BLOCK,
) -> pd.DataFrame:
    """Train a compiled network and restore the weights of its best epoch.

    Parameters
    ----------
    network
        Compiled model; training starts from its weights.
    inputs, targets
        Training arrays, samples on the first axis; or `Samples` and None.
    score
        Called with the network after each epoch; returns named scores of data that are not trained
        on.
    monitor
        Name of the score to maximize; of equal epochs the first is the best.
    epochs, patience
        Maximum number of epochs; number of epochs without improvement after which training stops
        (0: no early stopping).
    batch_size, seed
        Samples per step; seed of the order of samples and of dropout.
    folder, fingerprint
        Folder of the checkpoints, removed when training ends; fingerprint of settings and data. A
        checkpoint with another fingerprint is ignored.
    checkpoint_seconds
        Minimum number of seconds between two checkpoints.
    block
        Number of samples in memory at once; does not change the steps.

    Returns
    -------
    pandas.DataFrame
        One row per epoch: epoch, loss, the scores, and whether it was the best.

    Raises
    ------
    UserError
        The loss became NaN or infinite; the last checkpoint is kept.
    """
    if not network.optimizer.built:
        # if the first step creates variables, TensorFlow traces that step twice
        network.optimizer.build(network.trainable_variables)
    variables = [*network.weights, *network.optimizer.variables]
    state = Progress(0, 0, -np.inf, [], [])
    if kept := load_state(folder, fingerprint, variables=variables, best=[]):
        state = Progress(best_weights=kept[1], **kept[0])
        log.info("resuming after epoch %d", state.epoch)
    started, saved, done_before = time.monotonic(), time.monotonic(), state.epoch
    while state.epoch < epochs and not (patience and state.epoch - state.best_epoch >= patience):
        epoch = state.epoch + 1
        order = np.random.default_rng([seed, epoch]).permutation(len(inputs))
        _reseed(network, seed, epoch)
        loss = _fit_epoch(network, inputs, targets, order, batch_size, block)
        if not np.isfinite(loss):
            raise UserError(
                f"training: the loss is {loss} in epoch {epoch}; expected: a finite number"
                " (lower learning_rate, or look for NaN in the input)"
            )
        scores = score(network)
        state.epoch = epoch
        state.history.append({"epoch": epoch, "loss": loss, **scores})
        if scores[monitor] > state.best_score:
            state.best_epoch, state.best_score = epoch, scores[monitor]
            state.best_weights = network.get_weights()
        pace = (time.monotonic() - started) / (epoch - done_before)
        log.info(
            "epoch %d/%d loss %.4f %s best %d, %.2f s an epoch, at most %.0f s left",
            epoch, epochs, loss, " ".join(f"{k} {v:.4f}" for k, v in scores.items()),
            state.best_epoch, pace, pace * (epochs - epoch),
        )  # fmt: skip
        if time.monotonic() - saved >= checkpoint_seconds:
            record = {k: v for k, v in vars(state).items() if k != "best_weights"}
            save_state(
                folder, fingerprint, variables=variables, best=state.best_weights, record=record
            )
            saved = time.monotonic()
    network.set_weights(state.best_weights)
    remove_state(folder)
    history = pd.DataFrame(state.history)
    return history.assign(best=history.epoch == state.best_epoch)


def write_training(
    network: keras.Model,
    epochs: pd.DataFrame,
    /,  # `facts` may have a key `network` too
    *,
    weights: str | Path,
    history: str | Path,
    record: str | Path,
    packages: tuple[str, ...],
    started: float,
    input_facts: Mapping[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Write the trained network (.keras), its history (TSV) and the record (JSON).

    Parameters
    ----------
    network, epochs
        The trained network, and the table of `fit_resumable`; of several tables, the first best
        epoch is recorded.
    weights, history, record
        Output files.
    packages, facts
        As in `write_record`; number of parameters, best epoch and seconds are added.
    started
        `time.monotonic()` at the start of training.
    input_facts
        What the network reads, stored in the .keras file (`network_input`).
    """
    with atomic_path(weights) as temporary:
        network.save(temporary)
        if input_facts:
            add_input_facts(temporary, input_facts)
    with atomic_path(history) as temporary:
        epochs.to_csv(temporary, sep="\t", index=False, float_format="%.6f")
    write_record(
        record,
        packages,
        **facts,
        parameters=network.count_params(),
        best_epoch=int(epochs.epoch[epochs.best].iloc[0]),
        seconds=round(time.monotonic() - started, 1),
    )


def save_network(
    folder: str | Path,
    name: str,
    network: keras.Model,
    history: list[dict[str, Any]],
    fingerprint: Fingerprint,
) -> None:
    """Save a trained network and its history (a dict per epoch) until the job has ended."""
    with atomic_path(Path(folder, f"{name}.keras")) as temporary:
        network.save(temporary)
    with atomic_path(Path(folder, f"{name}.json")) as temporary:
        temporary.write_text(json.dumps({"fingerprint": fingerprint, "history": history}))


def load_network(
    folder: str | Path, name: str, fingerprint: Fingerprint
) -> tuple[keras.Model, list[dict[str, Any]]] | None:
    """Load a saved network and its history; None if there is none with this fingerprint."""
    weights, record = Path(folder, f"{name}.keras"), Path(folder, f"{name}.json")
    if not (record.is_file() and weights.is_file()):
        return None
    kept = json.loads(record.read_text())
    if kept["fingerprint"] != fingerprint:
        return None
    log.info("%s: already trained", name)
    return keras.models.load_model(weights, compile=False), kept["history"]


def _fit_epoch(
    network: keras.Model,
    inputs: np.ndarray | Samples,
    targets: np.ndarray | None,
    order: np.ndarray,
    batch_size: int,
    block: int,
) -> float:
    """Train one epoch over the samples in the given order; return the mean loss."""
    # blocks of whole batches: the steps are those of one block
    block = len(order) if targets is not None else batch_size * max(1, block // batch_size)
    losses, sizes = [], []
    for first in range(0, len(order), block):
        rows = order[first : first + block]
        if targets is None:
            x, y = cast(Samples, inputs).take(rows)
        else:
            x, y = cast(np.ndarray, inputs)[rows], targets[rows]
        if len(rows) <= FEW_STEPS * batch_size:
            losses.append(_take_steps(network, x, y, batch_size))
        else:
            fitted = network.fit(x, y, batch_size=batch_size, shuffle=False, verbose=0)
            losses.append(fitted.history["loss"][0])
        sizes.append(len(rows))
    return float(np.average(losses, weights=sizes))


def _take_steps(network: keras.Model, x: Inputs, y: np.ndarray, batch_size: int) -> float:
    """Take the steps of `fit` one at a time; return the mean loss over the samples."""
    steps = [slice(first, first + batch_size) for first in range(0, len(y), batch_size)]
    losses = [network.train_on_batch(_some(x, s), y[s], return_dict=True)["loss"] for s in steps]
    return float(np.average(losses, weights=[len(y[s]) for s in steps]))


def _some(inputs: Inputs, rows: slice) -> Inputs:
    """Select samples of a network's input, or of each of several inputs."""
    return keras.tree.map_structure(lambda values: values[rows], inputs)


def predict_blocks(network: keras.Model, inputs: Inputs, size: int = 2048) -> np.ndarray:
    """Predict samples (first axis) in blocks of `size`."""
    number = len(keras.tree.flatten(inputs)[0])
    blocks = [slice(first, first + size) for first in range(0, number, size)]
    return np.concatenate([network.predict_on_batch(_some(inputs, block)) for block in blocks])


def _reseed(network: keras.Model, seed: int, epoch: int) -> None:
    """Set the random state of every dropout-like layer from the seed and the epoch."""
    layers = [layer for layer in network._flatten_layers() if hasattr(layer, "seed_generator")]
    for number, layer in enumerate(layers):
        if layer.seed_generator is not None:
            words = np.random.SeedSequence([seed, epoch, number]).generate_state(2)
            layer.seed_generator.state.assign(words.astype("uint32"))
