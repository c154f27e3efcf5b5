"""Fit baselines on gapped k-mers and HiChIP bins: all cells, tasks and folds of a scheme."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.checkpoints import run_parts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepexpression.baselines.features import TrainingGenes, gkm_features
from workflow_scripts.deepexpression.baselines.models import (
    Fitted,
    fit_lasso,
    fit_linear,
    fit_logistic,
    fit_random_forest,
    fit_ridge,
    fit_sum,
    fit_svm,
)
from workflow_scripts.deepexpression.config.plan import NO_SEQUENCE
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import Folds, read_folds
from workflow_scripts.deepexpression.evaluation.prediction_tables import cross_table, test_table

log = logging.getLogger("chromaloom")


def main(
    datasets: Mapping[str, str],
    folds: str,
    *,
    models: Mapping[tuple[str, str], list[str]],
    crossed: Mapping[tuple[str, str], list[str]],
    grid: dict,
    kmer: Mapping[str, int],
    seed: int,
    threads: int,
    checkpoints: str,
    predictions: Mapping[tuple[str, str, str], str],
    cross: Mapping[tuple[str, str], str],
    fits: str,
) -> None:
    """Write the predictions of all baselines, within cells and across cells.

    Parameters
    ----------
    datasets, folds
        Data of each cell; folds of their genes.
    models
        Models by (cell, task).
    crossed
        Cells between which a model is transferred, by (task, model).
    grid, kmer, seed, threads
        Search grid, see `baseline_grid`; `length` and `informative` bases of gapped k-mers; seed
        and threads of the fits.
    checkpoints
        Folder of finished fits, removed at the end.
    predictions, cross, fits
        Tables by (cell, task, model); tables by (task, model); table of the parameters and CPU
        seconds of each fit.

    Raises
    ------
    UserError
        Folds and data have different genes.
    """
    data = {cell: ExpressionData.load(path) for cell, path in datasets.items()}
    table, first = read_folds(folds), next(iter(data.values()))
    if not np.array_equal(table.genes, first.genes):
        raise UserError(
            f"{folds}: column gene differs from {next(iter(datasets.values()))}; expected: the same"
            " genes; fix: delete the file and rerun"
        )
    kmers = np.zeros((len(first.genes), 0), np.float32)
    if any(not name.startswith(NO_SEQUENCE) for names in models.values() for name in names):
        started = time.process_time()
        kmers = gkm_features(first.promoters, **kmer)
        log.info("%d genes, %d gapped k-mers counted in %.1f s",
                 *kmers.shape, time.process_time() - started)  # fmt: skip
    baselines = Baselines(data, kmers, table, grid, seed, threads)
    others = {
        (cell, task, model): [other for other in cells if other != cell]
        for (task, model), cells in crossed.items()
        for cell in cells
    }
    tasks = baselines.fit_tasks(dict(models), others)
    settings = {"grid": grid, "kmer": dict(kmer), "seed": seed, "crossed": sorted(others.items())}
    arrays = [x for d in data.values() for x in (d.hichip, d.expression, d.label)]
    results = run_parts(
        tasks, folder=checkpoints,
        fingerprint=fingerprint(settings, first.promoters, table.fold, *arrays),
    )  # fmt: skip

    rows = []
    for (cell, task, model), path in predictions.items():
        found = np.empty(len(first.genes))
        for fold in range(table.number):
            result = results[f"{cell}.{task}.{model}.fold{fold}"]
            found[table.fold == fold] = result["test"]
            chosen = ", ".join(f"{key} {value:g}" for key, value in result["chosen"].items())
            rows.append((cell, task, model, fold, result["seconds"], chosen))
        truth = baselines.truth(cell, task, model)
        label = baselines.truth(cell, "classification", model)
        rows_of_genes = test_table(first.genes, table, truth, label, found)
        write_table(rows_of_genes, path, float_format="%.6g")
    for (task, model), path in cross.items():
        tables = [
            cross_table(
                cell, other, fold, table, baselines.truth(other, task, model),
                data[other].label,
                results[f"{cell}.{task}.{model}.fold{fold}"]["cross"][other],
            )
            for cell in crossed[task, model]
            for fold in range(table.number)
            for other in crossed[task, model]
            if other != cell
        ]  # fmt: skip
        write_table(pd.concat(tables), path, float_format="%.6g")
    facts = pd.DataFrame(rows, columns=["cell", "task", "model", "fold", "cpu_seconds", "chosen"])
    write_table(facts, fits, float_format="%.2f")


@dataclass
class Baselines:
    """Data, folds and settings that all fits share.

    Attributes
    ----------
    data : dict
        Data of each cell, with the same genes in all.
    kmers : float32 array, shape=(G, features)
        Gapped k-mer counts of the promoters.
    folds, grid, seed, threads
        Folds; search grid, see `baseline_grid`; seed of inner folds, forests and permutations;
        threads of forests.
    """

    data: dict[str, ExpressionData]
    kmers: np.ndarray
    folds: Folds
    grid: dict
    seed: int
    threads: int = 1
    _last: tuple = field(default=(None, None), repr=False)

    def has_loops(self, cell: str, model: str) -> bool:
        """Whether a model of a cell uses HiChIP."""
        return bool(self.data[cell].hichip.shape[1]) and "_seq" not in model

    def features(self, cell: str, model: str) -> np.ndarray:
        """Features of a model for all genes of a cell; float32, shape=(G, d)."""
        if model.startswith("loop_sum"):
            return self.data[cell].hichip.sum(axis=1, keepdims=True)
        if self.has_loops(cell, model):
            return np.concatenate([self.kmers, self.data[cell].hichip], axis=1)
        return self.kmers

    def training_genes(self, cell: str, model: str, fold: int) -> TrainingGenes:
        """Training genes of a fold; the last result is cached, because models share it."""
        # without HiChIP all cells have the same features
        key = (cell if self.has_loops(cell, model) else "", fold)
        if self._last[0] != key:
            rows = self.folds.fold != fold
            made = TrainingGenes(
                self.features(cell, model)[rows],
                self.folds.group[rows],
                inner_folds=self.grid["inner_folds"],
                seed=self.seed,
            )
            self._last = (key, made)
        return self._last[1]

    def truth(self, cell: str, task: str, model: str) -> np.ndarray:
        """Expression (float64) or label (bool) of all genes, shuffled for a control."""
        data = self.data[cell]
        if model.endswith("_shuffled"):
            data = shuffle_expression(data, self.seed)
        return data.expression if task == "regression" else data.label

    def fit(self, cell: str, task: str, model: str, fold: int) -> Fitted:
        """Fit one model on the genes outside a fold."""
        truth = self.truth(cell, task, model)[rows := self.folds.fold != fold]
        name = model.removesuffix("_shuffled").removesuffix("_seq")
        grid = self.grid
        if name == "loop_sum":
            return fit_sum(self.features(cell, model)[rows], truth)
        train = self.training_genes(cell, model, fold)
        if name == "linear":
            return fit_linear(train, truth)
        if name == "ridge":
            return fit_ridge(train, truth, alphas=grid["ridge"])
        if name == "lasso":
            return fit_lasso(train, truth, alphas=grid["lasso"], max_iter=grid["lasso_max_iter"])
        if name == "logistic":
            return fit_logistic(train, truth, penalties=grid["logistic"])
        if name == "svm":
            return fit_svm(train, truth, penalties=grid["svm"])
        return fit_random_forest(
            train, truth, trees=grid["trees"], depths=grid["depth"], seed=self.seed,
            threads=self.threads, features=grid["forest_features"],
        )  # fmt: skip

    def mean_of_others(self, cell: str, task: str) -> np.ndarray:
        """Mean expression of each gene in the other cells; nothing is fitted.

        For classification, the logistic function of its difference from the median: a ranking, no
        probability.
        """
        mean = np.mean([d.expression for name, d in self.data.items() if name != cell], axis=0)
        return mean if task == "regression" else 1 / (1 + np.exp(np.median(mean) - mean))

    def run(
        self, cell: str, task: str, model: str, fold: int, crossed: list[str]
    ) -> dict[str, Any]:
        """Fit, and predict the test genes of the cell and all genes of the cells in `crossed`.

        Returns `test` and `cross` (by cell) predictions, `chosen` parameters, and CPU `seconds` of
        all threads, in types that JSON can store.
        """
        started = time.process_time()
        test = self.folds.fold == fold
        if model == "other_cells_mean":
            found, chosen, crosses = self.mean_of_others(cell, task)[test], {}, {}
        else:
            predict, chosen = self.fit(cell, task, model, fold)
            found = predict(self.features(cell, model)[test])
            crosses = {name: predict(self.features(name, model)) for name in crossed}
        return {
            "test": rounded(found),
            "cross": {name: rounded(values) for name, values in crosses.items()},
            "chosen": {key: float(value) for key, value in chosen.items()},
            "seconds": time.process_time() - started,
        }

    def fit_tasks(
        self, models: dict[tuple[str, str], list[str]], crossed: dict[tuple[str, str, str], list]
    ) -> dict[str, Callable[[], dict]]:
        """Functions that run each fit, by name CELL.TASK.MODEL.foldF, ordered by shared features.

        Parameters
        ----------
        models
            Models by (cell, task).
        crossed
            Other cells that a model predicts, by (cell, task, model).
        """
        wanted = [
            (self.has_loops(cell, model) and cell, fold, cell, task, model)
            for (cell, task), names in models.items()
            for model in names
            for fold in range(self.folds.number)
        ]
        wanted.sort(key=lambda one: (str(one[0]), one[1]))
        return {
            f"{cell}.{task}.{model}.fold{fold}": partial(
                self.run, cell, task, model, fold, crossed.get((cell, task, model), [])
            )
            for _, fold, cell, task, model in wanted
        }


def rounded(values: np.ndarray) -> list[float]:
    """Values with six digits, because predictions are stored as text."""
    return [float(f"{value:.6g}") for value in values]


if __name__ == "__main__":
    fitted = [(*key, name) for key, names in snakemake.params.models for name in names]
    crossed_models = [key for key, _ in snakemake.params.crossed]
    run_script(
        main,
        snakemake,
        models=dict(snakemake.params.models),
        crossed=dict(snakemake.params.crossed),
        predictions=dict(zip(fitted, snakemake.output.predictions, strict=True)),
        cross=dict(zip(crossed_models, snakemake.output.get("cross", []), strict=True)),
    )
