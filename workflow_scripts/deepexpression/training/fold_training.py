"""Training of a fold's networks, and the files of a job's folds."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.provenance import write_record
from workflow_scripts.deepexpression.data.folds import Folds, parts
from workflow_scripts.deepexpression.training.fitting import Training, train_best_rate

log = logging.getLogger("chromaloom")


def network_seed(seed: int, fold: int, member: int) -> int:
    """Seed of one network of a fold, below 100,000."""
    return int(np.random.SeedSequence([seed, fold, member]).generate_state(1)[0] % 100_000)


def genes_of_fold(folds: Folds, seed: int, settings: dict) -> int:
    """Genes that are trained on in the first fold, which differs from the others by a few."""
    train, valid, _ = parts(folds, 0, seed)
    return len(train) + (len(valid) if settings["train_on"] == "all" else 0)


def train_members(
    name: str,
    prepare: Callable[[int, int], tuple[Callable[[], keras.Model], Sequence[np.ndarray]]],
    *,
    fold: int,
    rates: Sequence[float],
    training: Training,
    **more,
) -> tuple[list[keras.Model], pd.DataFrame, float]:
    """Train the networks of one fold, `members` of them, each from a seed of its own.

    Parameters
    ----------
    name
        Of the model.
    prepare
        Gives, for a member's number and seed, what makes its untrained network, and the network's
        inputs of all genes.
    fold, rates
        Number of the fold; where there are several rates, the first member chooses.
    training, more
        As `train_kept`.

    Returns
    -------
    The networks, their histories (columns fold, member and rate before those of one) and the rate.
    """
    networks, histories = [], []
    for member in range(training.settings["members"]):
        seed = network_seed(training.seed, fold, member)
        build, inputs = prepare(member, seed)
        network, history, rate = train_best_rate(
            f"{name}.fold{fold}.member{member}", build, rates,
            kind=name, inputs=inputs, seed=seed, training=training, **more,
        )  # fmt: skip
        rates = [rate]
        networks.append(network)
        about = {"fold": fold, "member": member, "rate": rate}
        histories.append(pd.DataFrame([about] * len(history)).join(history))
    return networks, pd.concat(histories), rates[0]


def each_fold(
    folds: Folds, seed: int, task: str
) -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray]]]:
    """Number of each fold with its training and validation genes; tells how long is left."""
    started = time.monotonic()
    for fold in range(folds.number):
        train, valid, _ = parts(folds, fold, seed)
        yield fold, (train, valid)
        pace = (time.monotonic() - started) / (fold + 1)
        left = pace * (folds.number - fold - 1)
        log.info(
            "%s: fold %d/%d, %.1f s each, %.0f s left", task, fold + 1, folds.number, pace, left
        )


def write_fold(folder: str | Path, fold: int, model: keras.Model) -> None:
    """Write a fold's model to fold<f>.keras of a folder."""
    with atomic_path(Path(folder) / f"fold{fold}.keras") as temporary:
        model.save(temporary)


def write_job(folder: str | Path, histories: Sequence[pd.DataFrame], **facts: Any) -> None:
    """Write history.tsv (a row per fold, network and epoch) and run.json of a folder of models."""
    history = pd.concat(histories)
    with atomic_path(Path(folder) / "history.tsv") as temporary:
        history.to_csv(temporary, sep="\t", index=False, float_format="%.6f", na_rep="nan")
    rates = history.groupby("fold").rate.first().tolist()
    best = history[history.best].groupby("fold").epoch.apply(list).tolist()
    write_record(
        Path(folder) / "run.json", ("keras", "numpy", "scikit-learn"),
        rates=rates, best_epochs=best, **facts,
    )  # fmt: skip
