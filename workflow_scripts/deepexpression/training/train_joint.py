"""Stage 2: train HiChIP branch and joint head on the promoter networks of a cell."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepexpression.config.plan import HICHIP
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import Folds, read_folds
from workflow_scripts.deepexpression.models.fold_models import (
    TargetScale,
    combine_members,
    load_fold,
    promoter_trunks,
    window_bins,
)
from workflow_scripts.deepexpression.models.networks import (
    joint_network,
    promoter_vectors,
    trunk_network,
    whole_network,
)
from workflow_scripts.deepexpression.training.fitting import TrainingJob
from workflow_scripts.deepexpression.training.fold_training import (
    Prepared,
    each_fold,
    make_job,
    train_members,
    write_fold,
    write_job,
)

FROZEN, FINETUNED = "frozen", "finetuned"


def main(
    dataset: str,
    folds: str,
    promoter_models: Mapping[str, str],
    *,
    network: dict,
    training: dict,
    seed: int,
    shuffled: bool,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    models: Mapping[tuple[str, str], str],
) -> None:
    """Write folders of models with the files that `train_promoter` writes.

    Parameters
    ----------
    dataset, folds
        Data of a cell with HiChIP; folds of its genes.
    promoter_models
        Folder of stage 1 by task, with the same seed and folds.
    network, training
        Settings of a preset; `training` includes `trunk`: `frozen` (its vectors are computed once,
        in inference mode), `finetuned` (its training continues) or `from_scratch`.
    seed, shuffled, gpu, threads, checkpoints, checkpoint_seconds
        As in `train_promoter`.
    models
        Output folder by task and model.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data, table = ExpressionData.load(dataset), read_folds(folds)
    data = shuffle_expression(data, seed) if shuffled else data
    for task, stage_one in promoter_models.items():
        folders = {name: folder for (of, name), folder in models.items() if of == task}
        settings = {"task": task, "network": network, "training": training, "seed": seed}
        job = make_job(
            settings, [data.promoters, data.hichip, data.truth(task)], table, device=device,
            store=Path(checkpoints, task), checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip
        train_folds(data, table, job, stage_one, folders, device=device, **settings)
    shutil.rmtree(checkpoints, ignore_errors=True)


def train_folds(
    data: ExpressionData,
    table: Folds,
    job: TrainingJob,
    promoter_models: str,
    folders: Mapping[str, str],
    *,
    network: dict,
    **facts,
) -> None:
    """Train all models (name: folder) in all folds for one task; `facts` go to run.json."""
    truth, settings, started = data.truth(job.task), job.settings, time.monotonic()
    rates = dict.fromkeys(folders, settings["learning_rates"])
    histories, sizes = {name: [] for name in folders}, {}
    for fold, genes in each_fold(table, job.seed, job.task):
        pretrained = promoter_trunks(load_fold(promoter_models, fold))
        vectors = []
        if settings["trunk"] == FROZEN:
            used = np.concatenate(genes)
            vectors = [promoter_vectors(trunk, data.promoters, used) for trunk in pretrained]
        weights = [w for trunk in pretrained for w in trunk.get_weights()]
        fold_job = replace(job, fingerprint=fingerprint({"job": job.fingerprint}, *weights))
        scale = TargetScale.of(truth[genes[0]], job.task, settings["standardize_targets"])
        for name, folder in folders.items():
            networks, history, rate = train_model(
                name, pretrained, vectors, data, network=network, fold=fold,
                learning_rates=rates[name], job=fold_job, targets=scale.apply(truth, job.task),
                genes=genes,
            )  # fmt: skip
            if settings["learning_rate_search"] == "first":
                rates[name] = [rate]
            model = combine_members(networks, scale)
            write_fold(folder, fold, model)
            histories[name].append(history)
            sizes[name] = model.count_params()
    seconds = round(time.monotonic() - started, 1)
    for name, folder in folders.items():
        write_job(
            folder, histories[name], network=network, parameters=sizes[name],
            models=list(folders), seconds=seconds, **facts,
        )  # fmt: skip


def train_model(
    name: str,
    pretrained: Sequence[keras.Model],
    vectors: Sequence[np.ndarray],
    data: ExpressionData,
    *,
    network: dict,
    job: TrainingJob,
    **options,
) -> tuple[list[keras.Model], pd.DataFrame, float]:
    """Train the networks of one model in one fold; returns what `train_members` returns.

    Parameters
    ----------
    name
        The model: `full`, `full_100kb`, ... or `hichip_only`.
    pretrained, vectors
        Trunk of each member; if it is frozen, its vectors of all genes, float32, shape=(G,
        promoter).
    data, network
        The cell; a preset's `network`.
    job, options
        As `train_members`.
    """
    bins = data.hichip.shape[1]
    window = window_bins(name, bins=bins, resolution=data.resolution)
    mode = job.settings["trunk"]
    joint = partial(joint_network, network, bins=bins, window=window, task=job.task)

    def prepare(member: int, seed: int) -> Prepared:
        if name == HICHIP:
            return partial(joint, promoter=0, seed=seed), [data.hichip]
        trunk = pretrained[member]
        head: Callable[[], keras.Model] = partial(joint, promoter=trunk.output.shape[-1], seed=seed)
        if mode == FROZEN:
            return head, [vectors[member], data.hichip]

        def build() -> keras.Model:
            own = trunk_network(network, length=data.promoters.shape[1], seed=seed)
            if mode == FINETUNED:
                own.set_weights(trunk.get_weights())
            return whole_network(own, head())

        return build, [data.promoters, data.hichip]

    networks, history, rate = train_members(name, prepare, job=job, **options)
    if mode == FROZEN and name != HICHIP:
        networks = [whole_network(t, n) for t, n in zip(pretrained, networks, strict=True)]
    return networks, history, rate


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        promoter_models=dict(
            zip(snakemake.params.tasks, snakemake.input.promoter_models, strict=True)
        ),
        models=dict(zip(snakemake.params.models, snakemake.output.models, strict=True)),
    )
