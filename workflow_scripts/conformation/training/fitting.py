"""Training of this paper's networks: windows as samples, the optimiser, the choice of a rate."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.training import Samples, fit_resumable
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import flip_order, window_maps, window_profiles
from workflow_scripts.conformation.evaluation.predictions import window_correlations
from workflow_scripts.conformation.models.losses import SCALES, MaskedSquaredError

log = logging.getLogger("chromaloom")

BATCH = 256  # windows at once where nothing is trained
Windows = tuple[np.ndarray, np.ndarray]  # first bins, and whether each is flipped


@dataclass(frozen=True)
class MapSamples:
    """Windows as (profiles, map) pairs, cut out when they are asked for."""

    data: ConformationData
    windows: Windows

    def __len__(self) -> int:
        return len(self.windows[0])

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Profiles (n, 3w, M) and maps (n, P) of some windows, float32; flipped where they are."""
        firsts, flipped = (values[rows] for values in self.windows)
        w = self.data.window
        profiles = window_profiles(self.data.profiles, firsts, w)
        maps = window_maps(self.data.oe, firsts, w)
        profiles[flipped] = profiles[flipped][:, ::-1]
        maps[flipped] = maps[flipped][:, flip_order(w)]
        return profiles, maps


@dataclass(frozen=True)
class SigmaSamples:
    """Windows as (map, σ of the inner window) pairs; `sigma` is (N,) of one forward network."""

    data: ConformationData
    sigma: np.ndarray
    windows: Windows

    def __len__(self) -> int:
        return len(self.windows[0])

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Filled maps (n, P) and σ (n, w) of some windows, float32; flipped where they are."""
        firsts, flipped = (values[rows] for values in self.windows)
        w = self.data.window
        maps = fill_masked(window_maps(self.data.oe, firsts, w))
        sigma = self.sigma[firsts[:, None] + w + np.arange(w)]
        maps[flipped] = maps[flipped][:, flip_order(w)]
        sigma[flipped] = sigma[flipped][:, ::-1]
        return maps, sigma


def fill_masked(maps: np.ndarray) -> np.ndarray:
    """Maps with 1, the expected, for pixels without O/E: a network's input has no gaps."""
    return np.where(np.isnan(maps), np.float32(1), maps)


def agreement(
    network: keras.Model, samples: Samples, error: MaskedSquaredError
) -> dict[str, float]:
    """Loss (without penalties) of samples, and mean correlation of their rows in the loss's scale.

    `watch`, whose maximum marks the best epoch, is the correlation: what the paper tells of a map.
    """
    losses, correlations, sizes = [], [], []
    for first in range(0, len(samples), BATCH):
        inputs, targets = samples.take(np.arange(first, min(first + BATCH, len(samples))))
        predicted = network.predict_on_batch(inputs)
        losses.append(float(error(targets, predicted)))
        sizes.append(len(inputs))
        scaled = [np.asarray(SCALES[error.scale](values)) for values in (predicted, targets)]
        correlations.append(window_correlations(*scaled))
    r = np.concatenate(correlations)
    mean = float(np.nanmean(r)) if np.isfinite(r).any() else 0.0
    return {"valid_loss": float(np.average(losses, weights=sizes)), "valid_r": mean, "watch": mean}


def train(
    build: Callable[[], keras.Model],
    *,
    samples: dict[str, Samples],
    error: MaskedSquaredError,
    training: dict,
    seed: int,
    folder: str | Path,
    fingerprint: Fingerprint,
    checkpoint_seconds: float,
) -> tuple[keras.Model, pd.DataFrame, float]:
    """Train a network, at the rate that does best on validation where several are named.

    Parameters
    ----------
    build
        Makes the network, the same each time.
    samples
        `train` and `valid`.
    error
        The loss.
    training
        Settings of a preset.
    seed, folder, fingerprint, checkpoint_seconds
        As `fit_resumable`.

    Returns
    -------
    The network of the best validation epoch, its history (one row per epoch) and the rate.
    """
    for part, windows in samples.items():
        if not len(windows):
            raise UserError(f"conformation: no window in part {part}; allowed: at least one")
    number = len(samples["train"])
    batch = training.get("batch_size") or -(-number // training["steps"])

    def fit(rate: float, epochs: int, place: str | Path) -> tuple[keras.Model, pd.DataFrame]:
        network = build()
        network.compile(optimizer=make_optimiser(training, rate), loss=error, jit_compile=False)
        history = fit_resumable(
            network, samples["train"], None,
            score=lambda model: agreement(model, samples["valid"], error), watch="watch",
            epochs=epochs, patience=training["patience"], batch_size=batch, seed=seed,
            folder=place, fingerprint=f"{fingerprint} {rate}",
            checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip
        return network, history

    rate = training["rates"][0]
    if len(training["rates"]) > 1:
        rate = _choose_rate(training, fit, folder)
    log.info("%d windows, %d a step, rate %g", number, batch, rate)
    return *fit(rate, training["epochs"], folder), rate


def _choose_rate(training: dict, fit: Callable, folder: str | Path) -> float:
    """The rate whose short training ends best on validation; one that diverges is out."""
    best = {}
    for rate in training["rates"]:
        try:
            _, history = fit(rate, training["trial_epochs"], f"{folder}.trial")
            best[rate] = history.watch.max()
            log.info("rate %g: best validation r %.4f", rate, best[rate])
        except UserError as error:
            log.info("rate %g is left out: %s", rate, error)
    if not best:
        raise UserError(
            f"training: each of the rates {training['rates']} diverged; allowed: lower ones"
        )
    return max(best, key=best.get)


def make_optimiser(training: dict, rate: float) -> keras.optimizers.Optimizer:
    """Adam, or SGD with its momentum; Adam's weight decay spares biases and the filter."""
    if training["optimiser"] == "sgd":
        return keras.optimizers.SGD(rate, momentum=training["momentum"])
    if not training["weight_decay"]:
        return keras.optimizers.Adam(rate)
    optimiser = keras.optimizers.AdamW(rate, weight_decay=training["weight_decay"])
    optimiser.exclude_from_weight_decay(var_names=["bias", "sigma"])
    return optimiser
