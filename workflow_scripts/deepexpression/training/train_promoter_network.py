"""Stage 1: train a cell's promoter networks (DeepExpression-seq), for all tasks and folds."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import read_folds
from workflow_scripts.deepexpression.training.promoter_training import train_promoter_folds


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
        A cell's data; the folds of its genes.
    network, training
        Settings of a preset.
    seed
        Of validation genes, weights, order, dropout and permutation.
    shuffled
        Permute the genes' expression first: a control that must come out at chance.
    gpu, threads, checkpoints, checkpoint_seconds
        As for every training; a finished network is kept among the checkpoints until all are done.
    models
        Folder by task.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data, table = ExpressionData.load(dataset), read_folds(folds)
    data = shuffle_expression(data, seed) if shuffled else data
    for task, folder in models.items():
        train_promoter_folds(
            data, table, task, folder, network=network, training=training, seed=seed,
            device=device, store=Path(checkpoints, task), checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip
    shutil.rmtree(checkpoints, ignore_errors=True)


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        shuffled=bool(snakemake.wildcards.control),
        models=dict(zip(snakemake.params.tasks, snakemake.output.models, strict=True)),
    )
