"""Stage 1: all folds of one cell and task of the promoter networks, DeepExpression-seq."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np

from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds
from workflow_scripts.deepexpression.models.networks import promoter_network
from workflow_scripts.deepexpression.training.fitting import Scale, Training
from workflow_scripts.deepexpression.training.fold_models import combine
from workflow_scripts.deepexpression.training.fold_training import (
    each_fold,
    genes_of_fold,
    train_members,
    write_fold,
    write_job,
)


def train_promoter_folds(
    data: ExpressionData,
    table: Folds,
    task: str,
    folder: str,
    *,
    network: dict,
    training: dict,
    seed: int,
    device: str,
    store: Path,
    checkpoint_seconds: float,
) -> None:
    """Train the networks of all folds for one task, and write them to a folder; see the script."""
    truth, started = data.truth(task), time.monotonic()
    settings = {"task": task, "network": network, "training": training, "seed": seed}
    job = Training(
        task=task, settings=training, seed=seed, store=store,
        fingerprint=fingerprint(
            settings | {"device": device}, data.promoters, truth, table.fold, table.group
        ),
        checkpoint_seconds=checkpoint_seconds, genes=genes_of_fold(table, seed, training),
    )  # fmt: skip

    def prepare(member: int, seed: int) -> tuple[Callable[[], keras.Model], list[np.ndarray]]:
        length = data.promoters.shape[1]
        build = partial(promoter_network, network, length=length, task=task, seed=seed)
        return build, [data.promoters]

    rates, histories = training["rates"], []
    for fold, genes in each_fold(table, seed, task):
        scale = Scale.of(truth[genes[0]], task, training["standardise"])
        networks, history, rate = train_members(
            "seq", prepare, fold=fold, rates=rates, training=job,
            targets=scale.divide(truth, task), genes=genes,
        )  # fmt: skip
        if training["rate_folds"] == "first":
            rates = [rate]
        model = combine(networks, scale)
        write_fold(folder, fold, model)
        histories.append(history)
    facts = {"device": device, "parameters": model.count_params()}
    write_job(folder, histories, **settings, **facts, seconds=round(time.monotonic() - started, 1))
