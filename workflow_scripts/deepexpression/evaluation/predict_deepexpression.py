"""Predict every gene of a cell with the networks of the fold that tests it."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import Folds, read_folds
from workflow_scripts.deepexpression.evaluation.prediction_tables import test_table
from workflow_scripts.deepexpression.models.fold_models import (
    blank_input,
    inputs_for,
    load_fold,
    predict_inputs,
)

log = logging.getLogger("chromaloom")

# predictions of the full model with one input blanked
BLANKED = {"full_without_promoter": "bases", "full_without_hichip": "signal"}


def predict_folds(
    folder: str | Path, data: ExpressionData, folds: Folds, blanked: Sequence[str] = ("",)
) -> list[np.ndarray]:
    """Predictions of all genes, each by the model of the fold that tests it.

    One array, float64, shape=(G,), for each name in `blanked`: the input that is blanked, '' for
    none.
    """
    found = [np.full(len(data.genes), np.nan) for _ in blanked]
    for fold in range(folds.number):
        model, genes = load_fold(folder, fold), np.flatnonzero(folds.fold == fold)
        inputs = inputs_for(model, data, genes)
        for values, name in zip(found, blanked, strict=True):
            values[genes] = predict_inputs(
                model, blank_input(model, inputs, name) if name else inputs
            )
    return found


def main(
    dataset: str,
    folds: str,
    models: Mapping[tuple[str, str], str],
    *,
    seed: int,
    shuffled: bool,
    gpu: int,
    threads: int,
    predictions: Mapping[tuple[str, str], str],
) -> None:
    """Write the predictions of all folds' test genes, for tasks and models.

    Parameters
    ----------
    dataset, folds
        Data of a cell; folds of its genes.
    models
        Folder by (task, model).
    seed, shuffled
        As in training.
    gpu, threads
        Resources of the job.
    predictions
        Output by (task, model); also models of `BLANKED`, which use the networks of `full`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data, table = ExpressionData.load(dataset), read_folds(folds)
    data = shuffle_expression(data, seed) if shuffled else data
    for (task, model), folder in models.items():
        also = [name for name in BLANKED if model == "full" and (task, name) in predictions]
        found = predict_folds(folder, data, table, ["", *(BLANKED[name] for name in also)])
        for name, values in zip([model, *also], found, strict=True):
            rows = test_table(data.genes, table, data.truth(task), data.label, values)
            write_table(rows, predictions[task, name], float_format="%.6g")
        log.info("%s, %s: %d genes", task, model, len(data.genes))


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        models=dict(zip(snakemake.params.trained, snakemake.input.models, strict=True)),
        predictions=dict(
            zip(snakemake.params.predicted, snakemake.output.predictions, strict=True)
        ),
    )
