"""Predict every gene of a cell by the networks of the fold that holds it out."""

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
from workflow_scripts.deepexpression.training.fold_models import (
    inputs_for,
    load_fold,
    predict_from,
    without,
)

log = logging.getLogger("chromaloom")

# the full model with an input that says nothing, in place of one that was trained without it
ABLATED = {"full_without_promoter": "bases", "full_without_hichip": "signal"}


def predict_folds(
    folder: str | Path, data: ExpressionData, folds: Folds, takeaway: Sequence[str] = ("",)
) -> list[np.ndarray]:
    """Predictions of all genes by a folder's models, each for its own test genes.

    One array, float64, shape=(G,), for each name in `takeaway`: the input that is made to say
    nothing, '' for none.
    """
    found = [np.full(len(data.genes), np.nan) for _ in takeaway]
    for fold in range(folds.number):
        model, genes = load_fold(folder, fold), np.flatnonzero(folds.fold == fold)
        inputs = inputs_for(model, data, genes)
        for values, name in zip(found, takeaway, strict=True):
            values[genes] = predict_from(model, without(model, inputs, name) if name else inputs)
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
    """Write the test genes' predictions of all folds, for tasks and models.

    Parameters
    ----------
    dataset, folds
        A cell's data; the folds of its genes.
    models
        Folder by (task, model).
    seed, shuffled
        As in training.
    gpu, threads
        As for every prediction.
    predictions
        File by (task, model); models may be those of `ABLATED`, too, which come from `full`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data, table = ExpressionData.load(dataset), read_folds(folds)
    data = shuffle_expression(data, seed) if shuffled else data
    for (task, model), folder in models.items():
        also = [name for name in ABLATED if model == "full" and (task, name) in predictions]
        found = predict_folds(folder, data, table, ["", *(ABLATED[name] for name in also)])
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
