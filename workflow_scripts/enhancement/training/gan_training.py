"""Training of a generator against a discriminator and other measures of its maps.

Every random choice follows from the seed and the epoch's number: a run that was killed, also within
an epoch, and resumed takes the very steps of one that was not.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.training import Samples
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint
from workflow_scripts.enhancement.training.gan import Gan
from workflow_scripts.enhancement.training.gan_checkpoints import load, save

log = logging.getLogger("chromaloom")

TELL = 30.0  # seconds between lines within an epoch
CHECK = 100  # steps between looks at the loss


@dataclass
class State:
    """Where a training stands; `steps` are those of the unfinished epoch, `sums` their losses."""

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
        Networks with their start weights. Of its `training`: `epochs`, `warm_epochs` (the first
        ones, by `pixel` alone), `batch_size`, `schedule` (constant, or cosine to 0), `flip`.
    samples
        Training windows.
    score
        Gets a function that generates maps; gives named numbers, `watch` among them, whose maximum
        marks the best epoch. No adversarial loss should go into it.
    seed
        Of the order and the flips.
    folder, fingerprint, checkpoint_seconds
        As `chromaloom.training.fit_resumable`.

    Returns
    -------
    pandas.DataFrame
        One row per epoch: epoch, every part of the loss (unweighted; 0 in warm epochs), the
        scores, `phase` (warm or full), and whether it was the best.

    Raises
    ------
    UserError
        A loss became NaN or infinite; the checkpoint is that of the last good epoch.
    """
    folder, training, state = Path(folder), gan.training, State()
    best = gan.generator.get_weights()
    if (found := load(folder, fingerprint, gan.variables(), best)) is not None:
        record, best = found
        state = State(**record)
        log.info("resuming after epoch %d, step %d", state.epoch, state.steps)
    good = _snapshot(gan, state)
    saved = told = time.monotonic()
    while state.epoch < training["epochs"]:
        epoch, began, before = state.epoch + 1, time.monotonic(), state.steps
        full = epoch > training["warm_epochs"]
        gan.scale_rates(_factor(training, epoch))
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(samples))
        flipped = rng.random(len(samples)) < (0.5 if training["flip"] else 0.0)
        batches = _batches(len(samples), training["batch_size"])
        sums = np.array(state.sums) if state.steps else np.zeros(len(gan.columns))
        waiting = []
        for number in range(before, len(batches)):
            rows = order[batches[number]]
            low, high = _flip(*samples.take(rows), flipped[rows])
            waiting.append(gan.step(low, high, full))
            now, last = time.monotonic(), number + 1 == len(batches)
            due = now - saved >= checkpoint_seconds and not last
            if last or due or len(waiting) == CHECK:
                sums += np.sum([np.asarray(losses, "float64") for losses in waiting], axis=0)
                waiting = []
                if not np.isfinite(sums).all():
                    _stop(gan, good, best, folder, fingerprint, epoch, sums)
            if now - told >= TELL and not last:
                told, pace = now, (now - began) / (number + 1 - before)
                log.info("epoch %d: step %d/%d, %.2f s each, %.0f s left in it", epoch, number + 1,
                         len(batches), pace, pace * (len(batches) - number - 1))  # fmt: skip
            if due:
                state.steps, state.sums = number + 1, sums.tolist()
                save(folder, fingerprint, gan.variables(), best, vars(state))
                saved = time.monotonic()
        losses = dict(zip(gan.columns, sums / len(batches), strict=True))
        scores = score(gan.predict)
        if not np.isfinite(scores["watch"]):
            _stop(gan, good, best, folder, fingerprint, epoch, np.array([scores["watch"]]))
        state.epoch, state.steps, state.sums = epoch, 0, []
        phase = "full" if full else "warm"
        state.history.append({"epoch": epoch, "phase": phase, **losses, **scores})
        if scores["watch"] > state.best_score:
            state.best_epoch, state.best_score = epoch, float(scores["watch"])
            best = gan.generator.get_weights()
        good = _snapshot(gan, state)
        told, pace = time.monotonic(), time.monotonic() - began
        log.info("epoch %d/%d %s %s best %d, %.1f s an epoch, about %.0f s left", epoch,
                 training["epochs"], phase,
                 " ".join(f"{k} {v:.4f}" for k, v in {**losses, **scores}.items()),
                 state.best_epoch, pace, pace * (training["epochs"] - epoch))  # fmt: skip
        if time.monotonic() - saved >= checkpoint_seconds:
            save(folder, fingerprint, gan.variables(), best, vars(state))
            saved = time.monotonic()
    gan.generator.set_weights(best)
    history = pd.DataFrame(state.history)
    return history.assign(best=history.epoch == state.best_epoch)


def _factor(training: dict, epoch: int) -> float:
    """Share of the rate in an epoch: 1, or along a cosine from 1 to 0."""
    if training["schedule"] == "constant":
        return 1.0
    return 0.5 * (1 + np.cos(np.pi * (epoch - 1) / training["epochs"]))


def _batches(number: int, size: int) -> list[slice]:
    """The samples' batches in an epoch; the last may be smaller."""
    return [slice(first, first + size) for first in range(0, number, size)]


def _flip(low: np.ndarray, high: np.ndarray, flipped: np.ndarray) -> tuple[np.ndarray, ...]:
    """Some maps read from their other end, which turns both axes."""
    if flipped.any():
        low, high = (
            np.where(flipped[:, None, None, None], maps[:, ::-1, ::-1], maps)
            for maps in (low, high)
        )
    return low, high


def _snapshot(gan: Gan, state: State) -> tuple[list[np.ndarray], dict]:
    """Copies of all variables and of the state, for the case that the next epoch fails."""
    record = {**vars(state), "history": list(state.history), "sums": list(state.sums)}
    return [np.array(variable) for variable in gan.variables()], record


def _stop(
    gan: Gan, good: tuple, best: list, folder: Path, fingerprint: str, epoch: int, sums: np.ndarray
) -> None:
    """Put the last good epoch back, write it as the checkpoint, and end with one line."""
    values, record = good
    for variable, value in zip(gan.variables(), values, strict=True):
        variable.assign(value)
    if record["epoch"] or record["steps"]:
        save(folder, fingerprint, gan.variables(), best, record)
    names = gan.columns if len(sums) == len(gan.columns) else ["validation"]
    bad = next(n for n, value in zip(names, sums, strict=True) if not np.isfinite(value))
    kept = f"kept: epoch {record['epoch']}" if record["epoch"] else "no epoch is kept"
    raise UserError(
        f"training: the {bad} loss is not finite in epoch {epoch} ({kept}); allowed: finite numbers"
        " (lower rate, or look for NaN in the input)"
    )
