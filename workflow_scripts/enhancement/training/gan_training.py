"""Training loop of a `Gan` and validation scores of image models and autoencoders.

All random numbers follow from the seed and the epoch: a run that is killed, even within an epoch,
and resumed takes the same steps as an uninterrupted one.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.checkpoints import load_state, save_state
from workflow_scripts.chromaloom.ml.training import Samples
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint
from workflow_scripts.enhancement.data.image_data import ImageSamples
from workflow_scripts.enhancement.evaluation.scc import scc_hicrep
from workflow_scripts.enhancement.training.gan import Gan

log = logging.getLogger("chromaloom")

BATCH = 8  # windows at once in validation
LOG_SECONDS = 30.0  # between progress lines within an epoch
CHECK_STEPS = 100  # between checks of the loss


@dataclass
class Progress:
    """Progress of training; `steps` and `sums` are the steps and summed losses of this epoch."""

    epoch: int = 0
    steps: int = 0
    sums: list[float] = field(default_factory=list)
    best_epoch: int = 0
    best_score: float = -np.inf
    history: list[dict[str, float]] = field(default_factory=list)


def fit_gan(
    gan: Gan,
    samples: Samples,
    *,
    score: Callable[[Callable], dict[str, float]],
    seed: int,
    folder: str | Path,
    fingerprint: Fingerprint,
    checkpoint_seconds: float = 10.0,
) -> pd.DataFrame:
    """Train, and leave the generator with the weights of its best epoch.

    Parameters
    ----------
    gan
        Networks with their initial weights. Of its `training`: `epochs`, `pretrain_epochs` (the
        first ones, with the pixel loss only), `batch_size`, `schedule` (constant, or cosine to 0),
        `flip`.
    samples
        Training windows.
    score
        Takes a function that generates maps; returns named numbers. The maximum of `monitor` marks
        the best epoch. It must not contain an adversarial loss.
    seed
        Seed of order and flips.
    folder, fingerprint, checkpoint_seconds
        As `chromaloom.ml.training.fit_resumable`.

    Returns
    -------
    pandas.DataFrame
        One row per epoch: epoch, phase (pretrain or full), the loss and its terms (unweighted; 0
        in pretraining), the scores, and whether it was the best.

    Raises
    ------
    UserError
        A loss became NaN or infinite; the checkpoint is that of the last good epoch.
    """
    folder, training, state = Path(folder), gan.training, Progress()
    best = gan.generator.get_weights()
    if (found := load_state(folder, fingerprint, variables=gan.variables(), best=best)) is not None:
        record, best = found
        state = Progress(**record)
        log.info("resuming after epoch %d, step %d", state.epoch, state.steps)
    good = _snapshot(gan, state)
    saved = logged = time.monotonic()
    while state.epoch < training["epochs"]:
        epoch, began, before = state.epoch + 1, time.monotonic(), state.steps
        full = epoch > training["pretrain_epochs"]
        gan.scale_learning_rates(_schedule(training, epoch))
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(samples))
        flipped = rng.random(len(samples)) < (0.5 if training["flip"] else 0.0)
        batches = _batches(len(samples), training["batch_size"])
        sums = np.array(state.sums) if state.steps else np.zeros(len(gan.columns))
        pending = []
        for number in range(before, len(batches)):
            rows = order[batches[number]]
            low, high = _flip(*samples.take(rows), flipped[rows])
            pending.append(gan.step(low, high, full))
            now, last = time.monotonic(), number + 1 == len(batches)
            due = now - saved >= checkpoint_seconds and not last
            if last or due or len(pending) == CHECK_STEPS:
                sums += np.sum([np.asarray(losses, "float64") for losses in pending], axis=0)
                pending = []
                if not np.isfinite(sums).all():
                    _stop(gan, good, best, folder, fingerprint, epoch, sums)
            if now - logged >= LOG_SECONDS and not last:
                logged, pace = now, (now - began) / (number + 1 - before)
                log.info("epoch %d: step %d/%d, %.2f s per step, %.0f s left in this epoch", epoch,
                         number + 1, len(batches), pace,
                         pace * (len(batches) - number - 1))  # fmt: skip
            if due:
                state.steps, state.sums = number + 1, sums.tolist()
                _save(gan, state, best, folder, fingerprint)
                saved = time.monotonic()
        losses = dict(zip(gan.columns, sums / len(batches), strict=True))
        scores = score(gan.predict)
        if not np.isfinite(scores["monitor"]):
            _stop(gan, good, best, folder, fingerprint, epoch, np.array([scores["monitor"]]))
        state.epoch, state.steps, state.sums = epoch, 0, []
        phase = "full" if full else "pretrain"
        state.history.append({"epoch": epoch, "phase": phase, **losses, **scores})
        if scores["monitor"] > state.best_score:
            state.best_epoch, state.best_score = epoch, float(scores["monitor"])
            best = gan.generator.get_weights()
        good = _snapshot(gan, state)
        logged, pace = time.monotonic(), time.monotonic() - began
        log.info("epoch %d/%d %s %s best %d, %.1f s per epoch, about %.0f s left", epoch,
                 training["epochs"], phase,
                 " ".join(f"{k} {v:.4f}" for k, v in {**losses, **scores}.items()),
                 state.best_epoch, pace, pace * (training["epochs"] - epoch))  # fmt: skip
        if time.monotonic() - saved >= checkpoint_seconds:
            _save(gan, state, best, folder, fingerprint)
            saved = time.monotonic()
    gan.generator.set_weights(best)
    history = pd.DataFrame(state.history)
    return history.assign(best=history.epoch == state.best_epoch)


def validation_scores(samples: ImageSamples, monitor: str):
    """A function that scores the maps that a generating function makes of the samples.

    It returns mean absolute and squared error, HiCRep's SCC (mean over maps), and `monitor`: the
    SCC, or the negative mean absolute error.
    """

    def score(generate) -> dict[str, float]:
        rows, found = [], []
        for first in range(0, len(samples), BATCH):
            low, high = samples.take(np.arange(first, min(first + BATCH, len(samples))))
            generated = np.asarray(generate(low))[..., 0].astype("float64")
            gap = generated - high[..., 0]
            rows.append(np.stack([np.abs(gap).mean((1, 2)), (gap**2).mean((1, 2))]))
            found.append(scc_hicrep(high[..., 0], generated))
        mae, mse = np.concatenate(rows, axis=1).mean(1)
        scc = float(np.nanmean(np.concatenate(found)))
        values = {"valid_mae": float(mae), "valid_mse": float(mse), "valid_scc": scc}
        return {**values, "monitor": scc if monitor == "scc" else -float(mae)}

    return score


def reconstruction_scores(samples):
    """A function that scores an autoencoder: mean squared error, and `monitor`, its negative."""

    def score(network: keras.Model) -> dict[str, float]:
        errors = []
        for first in range(0, len(samples), BATCH):
            maps, _ = samples.take(np.arange(first, min(first + BATCH, len(samples))))
            gap = np.asarray(network(maps, training=False)) - maps
            errors.append((gap.astype("float64") ** 2).mean((1, 2, 3)))
        error = float(np.concatenate(errors).mean())
        return {"valid_mse": error, "monitor": -error}

    return score


def _schedule(training: dict, epoch: int) -> float:
    """Factor of the learning rates in an epoch: 1, or along a cosine from 1 to 0."""
    if training["schedule"] == "constant":
        return 1.0
    return 0.5 * (1 + np.cos(np.pi * (epoch - 1) / training["epochs"]))


def _batches(number: int, size: int) -> list[slice]:
    """Batches of an epoch; the last may be smaller."""
    return [slice(first, first + size) for first in range(0, number, size)]


def _flip(low: np.ndarray, high: np.ndarray, flipped: np.ndarray) -> tuple[np.ndarray, ...]:
    """Reverse both axes of some maps."""
    if flipped.any():
        low, high = (
            np.where(flipped[:, None, None, None], maps[:, ::-1, ::-1], maps)
            for maps in (low, high)
        )
    return low, high


def _save(gan: Gan, state: Progress, best: list, folder: Path, fingerprint: Fingerprint) -> None:
    """Write a checkpoint."""
    save_state(folder, fingerprint, variables=gan.variables(), best=best, record=vars(state))


def _snapshot(gan: Gan, state: Progress) -> tuple[list[np.ndarray], dict]:
    """Copies of all variables and of the progress, in case the next epoch fails."""
    record = {**vars(state), "history": list(state.history), "sums": list(state.sums)}
    return [np.array(variable) for variable in gan.variables()], record


def _stop(
    gan: Gan, good: tuple, best: list, folder: Path, fingerprint: str, epoch: int, sums: np.ndarray
) -> None:
    """Restore the last good epoch, write it as the checkpoint, and raise a `UserError`."""
    values, record = good
    for variable, value in zip(gan.variables(), values, strict=True):
        variable.assign(value)
    if record["epoch"] or record["steps"]:
        _save(gan, Progress(**record), best, folder, fingerprint)
    names = gan.columns if len(sums) == len(gan.columns) else ["validation_loss"]
    bad = next(n for n, value in zip(names, sums, strict=True) if not np.isfinite(value))
    kept = f"kept: epoch {record['epoch']}" if record["epoch"] else "no epoch is kept"
    raise UserError(
        f"training: {bad} is not finite in epoch {epoch} ({kept}); expected: a finite"
        " number; fix: lower learning_rate, or look for NaN in the input"
    )
