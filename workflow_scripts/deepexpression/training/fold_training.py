"""Training of all folds of a cell and task: seeds, ensembles, and the files of a job."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.provenance import fingerprint, write_record
from workflow_scripts.deepexpression.data.folds import Folds, split_genes
from workflow_scripts.deepexpression.training.fitting import TrainingJob, train_best_rate

log = logging.getLogger("chromaloom")

# builds an untrained network, and the network's inputs of all genes
Prepared = tuple[Callable[[], keras.Model], Sequence[np.ndarray]]


def make_job(
    settings: dict[str, Any],
    arrays: Sequence[np.ndarray],
    folds: Folds,
    *,
    device: str,
    store: Path,
    checkpoint_seconds: float,
) -> TrainingJob:
    """Describe the training of all folds of a task.

    Parameters
    ----------
    settings
        task, network, training (of a preset) and seed.
    arrays, folds
        Training data and folds, which the fingerprint covers.
    device, store, checkpoint_seconds
        Device in use; folder of finished networks; seconds between checkpoints.
    """
    seed, training = settings["seed"], settings["training"]
    train, valid, _ = split_genes(folds, 0, seed)
    return TrainingJob(
        task=settings["task"], settings=training, seed=seed, store=store,
        fingerprint=fingerprint(settings | {"device": device}, *arrays, folds.fold, folds.group),
        checkpoint_seconds=checkpoint_seconds,
        # of the first fold; the others differ by a few genes
        genes=len(train) + (len(valid) if training["train_on"] == "train_valid" else 0),
    )  # fmt: skip


def network_seed(seed: int, fold: int, member: int) -> int:
    """Seed of one network of a fold, below 100,000."""
    return int(np.random.SeedSequence([seed, fold, member]).generate_state(1)[0] % 100_000)


def train_members(
    name: str,
    prepare: Callable[[int, int], Prepared],
    *,
    fold: int,
    learning_rates: Sequence[float],
    job: TrainingJob,
    **options: Any,
) -> tuple[list[keras.Model], pd.DataFrame, float]:
    """Train the networks of one fold, `ensemble_size` of them, each with its own seed.

    Parameters
    ----------
    name
        Name of the model.
    prepare
        Maps the number and seed of a member to a function that builds its untrained network, and
        to the network's inputs of all genes.
    fold, learning_rates
        Number of the fold; if there are several rates, the first member chooses.
    job, options
        As `train_network`.

    Returns
    -------
    The networks, their histories (with columns fold, member and learning_rate) and the learning
    rate.
    """
    networks, histories = [], []
    for member in range(job.settings["ensemble_size"]):
        seed = network_seed(job.seed, fold, member)
        build, inputs = prepare(member, seed)
        network, history, rate = train_best_rate(
            f"{name}.fold{fold}.member{member}", build, learning_rates,
            kind=name, inputs=inputs, seed=seed, job=job, **options,
        )  # fmt: skip
        learning_rates = [rate]
        networks.append(network)
        columns = {"fold": fold, "member": member, "learning_rate": rate}
        histories.append(pd.DataFrame([columns] * len(history)).join(history))
    return networks, pd.concat(histories), learning_rates[0]


def each_fold(
    folds: Folds, seed: int, task: str
) -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray]]]:
    """Number of each fold with its training and validation genes; logs the time left."""
    started = time.monotonic()
    for fold in range(folds.number):
        train, valid, _ = split_genes(folds, fold, seed)
        yield fold, (train, valid)
        pace = (time.monotonic() - started) / (fold + 1)
        left = pace * (folds.number - fold - 1)
        log.info(
            "%s: fold %d/%d, %.1f s per fold, %.0f s left", task, fold + 1, folds.number, pace, left
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
    rates = history.groupby("fold").learning_rate.first().tolist()
    best = history[history.best].groupby("fold").epoch.apply(list).tolist()
    write_record(
        Path(folder) / "run.json", ("keras", "numpy", "scikit-learn"),
        learning_rates=rates, best_epochs=best, **facts,
    )  # fmt: skip
