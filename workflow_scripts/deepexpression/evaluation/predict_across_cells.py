"""Predict the genes of every cell by the networks of every other cell, fold by fold."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds, read_folds
from workflow_scripts.deepexpression.training.fold_models import (
    inputs_for,
    load_fold,
    predict_from,
    split,
)

log = logging.getLogger("chromaloom")


def predict_cells(model: keras.Model, cells: Sequence[ExpressionData]) -> list[np.ndarray]:
    """A model's predictions of all genes of several cells, each float64, shape=(G,).

    What a network makes of a promoter alone is the same in all cells with the same promoters, so
    it is computed once.
    """
    everything = np.arange(len(cells[0].genes))
    same = all(np.array_equal(cells[0].promoters, cell.promoters) for cell in cells[1:])
    if not same or "bases" not in (names := [x.name for x in model.inputs]):
        return [predict_from(model, inputs_for(model, cell, everything)) for cell in cells]
    if names == ["bases"]:
        return [predict_from(model, [cells[0].promoters])] * len(cells)
    vectors, rest = split(model, cells[0].promoters)
    return [predict_from(rest, [*vectors, cell.hichip]) for cell in cells]


def cross_table(
    folders: Mapping[str, str | Path], data: Mapping[str, ExpressionData], folds: Folds, task: str
) -> pd.DataFrame:
    """Predictions by each cell's models for each other cell.

    Returns
    -------
    pandas.DataFrame
        trained, tested, gene, fold, seen, truth, label, prediction: a row per pair of cells, fold
        and gene; `seen`: the model of that fold was trained on or chosen by the gene.
    """
    tables = []
    for trained, folder in folders.items():
        others = [cell for cell in folders if cell != trained]
        for fold in range(folds.number):
            model = load_fold(folder, fold)
            found = predict_cells(model, [data[cell] for cell in others])
            for tested, prediction in zip(others, found, strict=True):
                tables.append(
                    pd.DataFrame(
                        {
                            "trained": trained,
                            "tested": tested,
                            "gene": data[tested].genes,
                            "fold": fold,
                            "seen": folds.fold != fold,
                            "truth": data[tested].truth(task),
                            "label": data[tested].label.astype(int),
                            "prediction": prediction,
                        }
                    )
                )
        log.info("%s: models of %s: done", task, trained)
    return pd.concat(tables)


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
    """Write a table (see `cross_table`) for each task and model.

    Parameters
    ----------
    datasets
        File by cell.
    folds
        Folds of the genes, the same in all cells.
    models
        By (task, model), the folder by cell.
    seed, gpu, threads
        As for every prediction.
    predictions
        File by (task, model).

    Raises
    ------
    UserError
        Cells whose genes differ.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = {cell: ExpressionData.load(path) for cell, path in datasets.items()}
    first, *others = data.items()
    for cell, found in others:
        if not np.array_equal(found.genes, first[1].genes):
            raise UserError(f"{datasets[cell]}: its genes are not those of {datasets[first[0]]}")
    table = read_folds(folds)
    for (task, model), folders in models.items():
        found = cross_table(folders, data, table, task)
        write_table(found, predictions[task, model], float_format="%.6g")


if __name__ == "__main__":
    with script_job(snakemake):
        folders = iter(snakemake.input.models)
        main(
            dict(zip(snakemake.params.cells, snakemake.input.datasets, strict=True)),
            snakemake.input.folds,
            {
                (task, model): {cell: next(folders) for cell in cells}
                for task, model, cells in snakemake.params.models
            },
            seed=int(snakemake.wildcards.seed),
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            predictions={
                (task, model): path
                for (task, model, _), path in zip(
                    snakemake.params.models, snakemake.output.predictions, strict=True
                )
            },
        )
