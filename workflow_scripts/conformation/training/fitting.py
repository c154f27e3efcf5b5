"""Training of the networks of windows: samples, optimizer, choice of the learning rate."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.training import Samples, fit_resumable
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import (
    fill_masked,
    flip_order,
    window_maps,
    window_profiles,
)
from workflow_scripts.conformation.evaluation.predictions import row_correlations
from workflow_scripts.conformation.models.losses import TRANSFORMS, MaskedSquaredError

log = logging.getLogger("chromaloom")

VALIDATION_BATCH = 256  # windows
Windows = tuple[np.ndarray, np.ndarray]  # first bins, and whether each window is flipped


@dataclass(frozen=True)
class MapSamples:
    """Windows as (profiles, map) samples, created on demand."""

    data: ConformationData
    windows: Windows

    def __len__(self) -> int:
        return len(self.windows[0])

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Profiles (n, 3w, M) and maps (n, P) of windows, float32, flipped if the window is."""
        first_bins, flipped = (values[rows] for values in self.windows)
        w = self.data.window
        profiles = window_profiles(self.data.profiles, first_bins, w)
        maps = window_maps(self.data.oe, first_bins, w)
        profiles[flipped] = profiles[flipped][:, ::-1]
        maps[flipped] = maps[flipped][:, flip_order(w)]
        return profiles, maps


@dataclass(frozen=True)
class SigmaSamples:
    """Windows as (map, σ of the inner window) samples; `sigma` is (N,) of one forward network."""

    data: ConformationData
    sigma: np.ndarray
    windows: Windows

    def __len__(self) -> int:
        return len(self.windows[0])

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Filled maps (n, P) and σ (n, w) of windows, float32, flipped if the window is."""
        first_bins, flipped = (values[rows] for values in self.windows)
        w = self.data.window
        maps = fill_masked(window_maps(self.data.oe, first_bins, w))
        sigma = self.sigma[first_bins[:, None] + w + np.arange(w)]
        maps[flipped] = maps[flipped][:, flip_order(w)]
        sigma[flipped] = sigma[flipped][:, ::-1]
        return maps, sigma


WindowSamples = TypeVar("WindowSamples", MapSamples, SigmaSamples)


def validation_scores(
    network: keras.Model, samples: Samples, loss: MaskedSquaredError, monitor: str = "valid_r"
) -> dict[str, float]:
    """Scores of the validation samples after an epoch.

    Returns
    -------
    dict
        valid_loss: the loss without regularization; valid_r: mean over samples of the correlation
        of prediction and target, on the scale of the loss, the score that the paper reports;
        monitor: the score that `monitor` names, with the sign that makes its maximum the best.
    """
    losses, correlations, sizes = [], [], []
    for first in range(0, len(samples), VALIDATION_BATCH):
        rows = np.arange(first, min(first + VALIDATION_BATCH, len(samples)))
        inputs, targets = samples.take(rows)
        predicted = network.predict_on_batch(inputs)
        losses.append(float(loss(targets, predicted)))
        sizes.append(len(inputs))
        transformed = [
            np.asarray(TRANSFORMS[loss.transform](values)) for values in (predicted, targets)
        ]
        correlations.append(row_correlations(*transformed))
    r = np.concatenate(correlations)
    mean = float(np.nanmean(r)) if np.isfinite(r).any() else 0.0
    valid_loss = float(np.average(losses, weights=sizes))
    monitored = {"valid_loss": -valid_loss, "valid_r": mean}[monitor]
    return {"valid_loss": valid_loss, "valid_r": mean, "monitor": monitored}


def join_samples(train: WindowSamples, valid: WindowSamples) -> WindowSamples:
    """Samples of the windows of both sets, those of training first."""
    windows = tuple(map(np.concatenate, zip(train.windows, valid.windows, strict=True)))
    return replace(train, windows=windows)


def train_network(
    build: Callable[[], keras.Model],
    *,
    samples: dict[str, WindowSamples],
    loss: MaskedSquaredError,
    training: dict,
    seed: int,
    folder: str | Path,
    fingerprint: Fingerprint,
    checkpoint_seconds: float,
) -> tuple[keras.Model, pd.DataFrame, float]:
    """Train a network, with the learning rate that scores best on validation if there are several.

    `training["monitor"]` is the validation score that decides on the learning rate, on stopping and
    on the best epoch. With `training["refit"]` the result is a new network, trained for as many
    epochs as were best on the samples of training and validation.

    Parameters
    ----------
    build
        Builds the untrained network, the same one each time.
    samples
        Samples of `train` and `valid`.
    loss
        The loss.
    training
        Settings of a preset.
    seed, folder, fingerprint, checkpoint_seconds
        As for `fit_resumable`.

    Returns
    -------
    The network of the best validation epoch or of the refit, its history (one row per epoch; with a
    refit, column fit has train, or train and valid) and the learning rate.

    Raises
    ------
    UserError
        A split has no window, or training diverges with every learning rate.
    """
    for split, windows in samples.items():
        if not len(windows):
            raise UserError(f"conformation: split {split} has no window; expected: at least one")
    number = len(samples["train"])
    batch = training.get("batch_size") or -(-number // training["steps_per_epoch"])

    def validate(model: keras.Model) -> dict[str, float]:
        return validation_scores(model, samples["valid"], loss, training["monitor"])

    def fit(learning_rate: float, epochs: int, checkpoints: str | Path, refit: bool = False):
        network = build()
        network.compile(
            optimizer=build_optimizer(training, learning_rate), loss=loss, jit_compile=False
        )
        history = fit_resumable(
            network, join_samples(**samples) if refit else samples["train"], None,
            # a refit has no validation data: its last epoch is kept
            score=(lambda m: {"monitor": float(m.optimizer.iterations)}) if refit else validate,
            monitor="monitor", epochs=epochs, patience=training["patience"], batch_size=batch,
            seed=seed, folder=checkpoints, fingerprint=f"{fingerprint} {learning_rate}",
            checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip
        return network, history

    learning_rate = training["learning_rates"][0]
    if len(training["learning_rates"]) > 1:
        learning_rate = _choose_learning_rate(training, fit, folder)
    log.info("%d windows, batch size %d, learning rate %g", number, batch, learning_rate)
    network, history = fit(learning_rate, training["epochs"], folder)
    if training["refit"]:
        best = int(history.epoch[history.best].iloc[0])
        log.info("refit on training and validation windows, %d epochs", best)
        network, refitted = fit(learning_rate, best, f"{folder}.refit", refit=True)
        history = pd.concat([history.assign(fit="train"), refitted.assign(fit="train and valid")])
    return network, history, learning_rate


def _choose_learning_rate(training: dict, fit: Callable, folder: str | Path) -> float:
    """Learning rate with the best validation score within the trial epochs."""
    best = {}
    for rate in training["learning_rates"]:
        try:
            _, history = fit(rate, training["trial_epochs"], f"{folder}.trial")
            best[rate] = history.monitor.max()
            log.info("learning rate %g: best %s %.4f", rate, training["monitor"], best[rate])
        except UserError as error:
            log.info("learning rate %g is excluded: %s", rate, error)
    if not best:
        raise UserError(
            f"conformation.training.learning_rates: training diverged with each of"
            f" {training['learning_rates']}; expected: lower learning rates"
        )
    return max(best, key=best.get)


def build_optimizer(training: dict, learning_rate: float) -> keras.optimizers.Optimizer:
    """SGD with momentum, or Adam; its weight decay excludes biases and the filter."""
    if training["optimizer"] == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=training["momentum"])
    if not training["weight_decay"]:
        return keras.optimizers.Adam(learning_rate)
    optimizer = keras.optimizers.AdamW(learning_rate, weight_decay=training["weight_decay"])
    optimizer.exclude_from_weight_decay(var_names=["bias", "sigma"])
    return optimizer
