"""Stage 2: all folds of one cell and task of the networks with HiChIP."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds
from workflow_scripts.deepexpression.models.networks import (
    joint_network,
    promoter_vectors,
    trunk_from,
    whole_network,
)
from workflow_scripts.deepexpression.training.fitting import Scale, Training
from workflow_scripts.deepexpression.training.fold_models import (
    combine,
    load_fold,
    trunks,
    window_bins,
)
from workflow_scripts.deepexpression.training.fold_training import (
    each_fold,
    genes_of_fold,
    train_members,
    write_fold,
    write_job,
)

HICHIP_ONLY = "hichip_only"
FROZEN, TRAINED = "frozen", "trained"


def train_model(
    name: str,
    pretrained: Sequence[keras.Model],
    vectors: Sequence[np.ndarray],
    data: ExpressionData,
    *,
    network: dict,
    training: Training,
    **more,
) -> tuple[list[keras.Model], pd.DataFrame, float]:
    """Train one fold's networks of one model; returns what `train_members` does.

    Parameters
    ----------
    name
        The model: `full`, `full_100kb`, ... or `hichip_only`.
    pretrained, vectors
        Trunk of each member; its vectors of all genes, float32, shape=(G, promoter), which are read
        where the trunk is frozen.
    data, network
        The cell; a preset's `network`.
    training, more
        As `train_members`.
    """
    bins = data.hichip.shape[1]
    window = window_bins(name, bins=bins, resolution=data.resolution)
    way = training.settings["trunk"]
    joint = partial(joint_network, network, bins=bins, window=window, task=training.task)

    def prepare(member: int, seed: int) -> tuple[Callable[[], keras.Model], list[np.ndarray]]:
        if name == HICHIP_ONLY:
            return partial(joint, promoter=0, seed=seed), [data.hichip]
        trunk = pretrained[member]
        head = partial(joint, promoter=trunk.output.shape[-1], seed=seed)
        if way == FROZEN:
            return head, [vectors[member], data.hichip]

        def build() -> keras.Model:
            own = trunk_from(network, length=data.promoters.shape[1], seed=seed)
            if way == TRAINED:
                own.set_weights(trunk.get_weights())
            return whole_network(own, head())

        return build, [data.promoters, data.hichip]

    networks, history, rate = train_members(name, prepare, training=training, **more)
    if way == FROZEN and name != HICHIP_ONLY:
        networks = [whole_network(t, n) for t, n in zip(pretrained, networks, strict=True)]
    return networks, history, rate


def train_joint_folds(
    data: ExpressionData,
    table: Folds,
    task: str,
    promoter_models: str,
    folders: Mapping[str, str],
    *,
    network: dict,
    training: dict,
    seed: int,
    device: str,
    store: Path,
    checkpoint_seconds: float,
) -> None:
    """Train the networks of all folds and models (name: folder) for one task; see the script."""
    truth, started = data.truth(task), time.monotonic()
    settings = {"task": task, "network": network, "training": training, "seed": seed}
    job = Training(
        task=task, settings=training, seed=seed, store=store,
        fingerprint=fingerprint(
            settings | {"device": device},
            data.promoters, data.hichip, truth, table.fold, table.group,
        ),
        checkpoint_seconds=checkpoint_seconds, genes=genes_of_fold(table, seed, training),
    )  # fmt: skip
    rates = dict.fromkeys(folders, training["rates"])
    histories, sizes = {name: [] for name in folders}, {}
    for fold, genes in each_fold(table, seed, task):
        pretrained = trunks(load_fold(promoter_models, fold))
        vectors = []
        if training["trunk"] == FROZEN:
            used = np.concatenate(genes)
            vectors = [promoter_vectors(trunk, data.promoters, used) for trunk in pretrained]
        weights = [w for trunk in pretrained for w in trunk.get_weights()]
        mine = replace(job, fingerprint=fingerprint({"job": job.fingerprint}, *weights))
        scale = Scale.of(truth[genes[0]], task, training["standardise"])
        for name, folder in folders.items():
            networks, history, rate = train_model(
                name, pretrained, vectors, data, network=network, fold=fold, rates=rates[name],
                training=mine, targets=scale.divide(truth, task), genes=genes,
            )  # fmt: skip
            if training["rate_folds"] == "first":
                rates[name] = [rate]
            model = combine(networks, scale)
            write_fold(folder, fold, model)
            histories[name].append(history)
            sizes[name] = model.count_params()
    seconds = round(time.monotonic() - started, 1)
    for name, folder in folders.items():
        facts = {"device": device, "parameters": sizes[name], "models": list(folders)}
        write_job(folder, histories[name], **settings, **facts, seconds=seconds)
