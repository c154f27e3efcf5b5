"""Stage 1: train the promoter networks of a cell (DeepExpression-seq), for all tasks and folds."""

import shutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import Folds, read_folds
from workflow_scripts.deepexpression.models.fold_models import TargetScale, combine_members
from workflow_scripts.deepexpression.models.networks import promoter_network
from workflow_scripts.deepexpression.training.fitting import TrainingJob
from workflow_scripts.deepexpression.training.fold_training import (
    Prepared,
    each_fold,
    make_job,
    train_members,
    write_fold,
    write_job,
)


def main(
    dataset: str,
    folds: str,
    *,
    network: dict,
    training: dict,
    seed: int,
    shuffled: bool,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    models: Mapping[str, str],
) -> None:
    """Write fold0.keras, fold1.keras, ..., history.tsv and run.json to the folder of each task.

    Parameters
    ----------
    dataset, folds
        Data of a cell; folds of its genes.
    network, training
        Settings of a preset.
    seed
        Seed of validation genes, weights, sample order, dropout and permutation.
    shuffled
        Permute the expression of the genes first: a control that must score at chance.
    gpu, threads
        Resources of the job.
    checkpoints, checkpoint_seconds
        Folder of checkpoints and finished networks, removed at the end; seconds between
        checkpoints.
    models
        Output folder by task.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data, table = ExpressionData.load(dataset), read_folds(folds)
    data = shuffle_expression(data, seed) if shuffled else data
    for task, folder in models.items():
        settings = {"task": task, "network": network, "training": training, "seed": seed}
        job = make_job(
            settings, [data.promoters, data.truth(task)], table, device=device,
            store=Path(checkpoints, task), checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip
        train_folds(data, table, job, folder, device=device, **settings)
    shutil.rmtree(checkpoints, ignore_errors=True)


def train_folds(
    data: ExpressionData, table: Folds, job: TrainingJob, folder: str, *, network: dict, **facts
) -> None:
    """Train the networks of all folds for one task; `facts` go to run.json."""
    truth, started = data.truth(job.task), time.monotonic()

    def prepare(member: int, seed: int) -> Prepared:
        length = data.promoters.shape[1]
        build = partial(promoter_network, network, length=length, task=job.task, seed=seed)
        return build, [data.promoters]

    rates, histories = job.settings["learning_rates"], []
    for fold, genes in each_fold(table, job.seed, job.task):
        scale = TargetScale.of(truth[genes[0]], job.task, job.settings["standardize_targets"])
        networks, history, rate = train_members(
            "seq", prepare, fold=fold, learning_rates=rates, job=job,
            targets=scale.apply(truth, job.task), genes=genes,
        )  # fmt: skip
        if job.settings["learning_rate_search"] == "first":
            rates = [rate]
        model = combine_members(networks, scale)
        write_fold(folder, fold, model)
        histories.append(history)
    seconds = round(time.monotonic() - started, 1)
    write_job(
        folder,
        histories,
        network=network,
        parameters=model.count_params(),
        seconds=seconds,
        **facts,
    )


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        shuffled=bool(snakemake.wildcards.control),
        models=dict(zip(snakemake.params.tasks, snakemake.output.models, strict=True)),
    )
