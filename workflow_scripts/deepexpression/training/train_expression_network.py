"""Stage 2: train HiChIP branch and joint head on a cell's frozen promoter networks."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import read_folds
from workflow_scripts.deepexpression.training.joint_training import train_joint_folds


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
    """Write folders of models, as `train_promoter_network` does.

    Parameters
    ----------
    dataset, folds
        A cell's data, with HiChIP; the folds of its genes.
    promoter_models
        The folder of stage 1 by task, of the same seed and folds.
    network, training, seed, shuffled
        As there; `training` has `trunk`, too: `frozen` (its vectors are computed once, batch
        normalisation and dropout at rest), `trained` (the pre-trained trunk goes on learning) or
        `joint` (all starts anew).
    gpu, threads, checkpoints, checkpoint_seconds
        As for every training.
    models
        Folder by task and model.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data, table = ExpressionData.load(dataset), read_folds(folds)
    data = shuffle_expression(data, seed) if shuffled else data
    for task, stage_one in promoter_models.items():
        folders = {name: folder for (of, name), folder in models.items() if of == task}
        train_joint_folds(
            data, table, task, stage_one, folders, network=network, training=training, seed=seed,
            device=device, store=Path(checkpoints, task), checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip
    shutil.rmtree(checkpoints, ignore_errors=True)


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        promoter_models=dict(
            zip(snakemake.params.tasks, snakemake.input.promoter_models, strict=True)
        ),
        models=dict(zip(snakemake.params.models, snakemake.output.models, strict=True)),
    )
