"""Predict the genes of every cell with the networks of every other cell, fold by fold."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds, read_folds
from workflow_scripts.deepexpression.evaluation.prediction_tables import cross_table
from workflow_scripts.deepexpression.models.fold_models import (
    inputs_for,
    load_fold,
    predict_inputs,
    split_at_trunks,
)

log = logging.getLogger("chromaloom")


def main(
    datasets: Mapping[str, str],
    folds: str,
    models: Mapping[tuple[str, str], Mapping[str, str]],
    *,
    seed: int,
    gpu: int,
    threads: int,
    predictions: Mapping[tuple[str, str], str],
) -> None:
    """Write a table (see `predict_others`) for each task and model.

    Parameters
    ----------
    datasets
        Data by cell.
    folds
        Folds of the genes, the same in all cells.
    models
        Folders by cell, for each (task, model).
    seed, gpu, threads
        Seed and resources of the job.
    predictions
        Output by (task, model).

    Raises
    ------
    UserError
        The cells have different genes.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = {cell: ExpressionData.load(path) for cell, path in datasets.items()}
    first, *others = data.items()
    for cell, found in others:
        if not np.array_equal(found.genes, first[1].genes):
            raise UserError(
                f"{datasets[cell]}: genes differ from those of {datasets[first[0]]}; expected: the"
                " same genes; fix: delete both files and rerun"
            )
    table = read_folds(folds)
    for (task, model), folders in models.items():
        found = predict_others(folders, data, table, task)
        write_table(found, predictions[task, model], float_format="%.6g")


def predict_others(
    folders: Mapping[str, str | Path], data: Mapping[str, ExpressionData], folds: Folds, task: str
) -> pd.DataFrame:
    """Predictions by each cell's models for each other cell, see `cross_table`."""
    tables = []
    for trained, folder in folders.items():
        others = [cell for cell in folders if cell != trained]
        for fold in range(folds.number):
            found = predict_cells(load_fold(folder, fold), [data[cell] for cell in others])
            for tested, prediction in zip(others, found, strict=True):
                cell = data[tested]
                tables.append(
                    cross_table(
                        trained, tested, fold, folds, cell.truth(task), cell.label, prediction
                    )
                )
        log.info("%s: models of %s are done", task, trained)
    return pd.concat(tables)


def predict_cells(model: keras.Model, cells: Sequence[ExpressionData]) -> list[np.ndarray]:
    """Predictions of a model for all genes of several cells, each float64, shape=(G,).

    Cells with the same promoters share the outputs of the promoter trunks, which are computed once.
    """
    everything = np.arange(len(cells[0].genes))
    same = all(np.array_equal(cells[0].promoters, cell.promoters) for cell in cells[1:])
    if not same or "bases" not in (names := [x.name for x in model.inputs]):
        return [predict_inputs(model, inputs_for(model, cell, everything)) for cell in cells]
    if names == ["bases"]:
        return [predict_inputs(model, [cells[0].promoters])] * len(cells)
    vectors, rest = split_at_trunks(model, cells[0].promoters)
    return [predict_inputs(rest, [*vectors, cell.hichip]) for cell in cells]


if __name__ == "__main__":
    networks = snakemake.params.networks
    folders = iter(snakemake.input.models)
    run_script(
        main,
        snakemake,
        models={
            (task, model): {cell: next(folders) for cell in cells}
            for task, model, cells in networks
        },
        predictions=dict(
            zip([(t, m) for t, m, _ in networks], snakemake.output.predictions, strict=True)
        ),
    )
