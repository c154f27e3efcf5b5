"""The fits of all baselines over cells, tasks and folds, as parts that can be kept one by one."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from workflow_scripts.deepexpression.baselines.features import Training
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
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import Folds

log = logging.getLogger("chromaloom")


@dataclass
class Baselines:
    """Data, settings and the division that all fits share.

    Attributes
    ----------
    data : dict
        Data of each cell; the same genes in all.
    kmers : float32 array, shape=(G, features)
        Gapped k-mers of the promoters.
    folds, grid, seed, threads
        The division; see `baseline_grids`; of inner folds, forests and permutations; of forests.
    """

    data: dict[str, ExpressionData]
    kmers: np.ndarray
    folds: Folds
    grid: dict
    seed: int
    threads: int = 1
    _last: tuple = field(default=(None, None), repr=False)

    def has_loops(self, cell: str, model: str) -> bool:
        """Whether a model of a cell learns from HiChIP too."""
        return bool(self.data[cell].hichip.shape[1]) and "_seq" not in model

    def features(self, cell: str, model: str) -> np.ndarray:
        """Features of all genes of a cell, as a model takes them; float32, shape=(G, d)."""
        if model.startswith("loop_sum"):
            return self.data[cell].hichip.sum(axis=1, keepdims=True)
        if self.has_loops(cell, model):
            return np.concatenate([self.kmers, self.data[cell].hichip], axis=1)
        return self.kmers

    def training(self, cell: str, model: str, fold: int) -> Training:
        """What the models of one fold share; the last one asked for is kept."""
        # without HiChIP the features are those of every cell
        key = (cell if self.has_loops(cell, model) else "", fold)
        if self._last[0] != key:
            rows = self.folds.fold != fold
            made = Training(
                self.features(cell, model)[rows],
                self.folds.group[rows],
                inner_folds=self.grid["inner_folds"],
                seed=self.seed,
            )
            self._last = (key, made)
        return self._last[1]

    def truth(self, cell: str, task: str, model: str) -> np.ndarray:
        """Expression (float64) or label (bool) of all genes; permuted for a control."""
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
        train = self.training(cell, model, fold)
        if name == "linear":
            return fit_linear(train, truth)
        if name == "ridge":
            return fit_ridge(train, truth, alphas=grid["ridge"])
        if name == "lasso":
            return fit_lasso(train, truth, alphas=grid["lasso"], rounds=grid["lasso_rounds"])
        if name == "logistic":
            return fit_logistic(train, truth, penalties=grid["logistic"])
        if name == "svm":
            return fit_svm(train, truth, penalties=grid["svm"])
        return fit_random_forest(
            train, truth, trees=grid["trees"], depths=grid["depth"], seed=self.seed,
            threads=self.threads,
        )  # fmt: skip

    def mean_of_others(self, cell: str, task: str) -> np.ndarray:
        """Mean expression of each gene in the other cells; nothing is learned.

        For classification minus its median, squeezed into (0, 1): an order, not a probability.
        """
        mean = np.mean([d.expression for name, d in self.data.items() if name != cell], axis=0)
        return mean if task == "regression" else 1 / (1 + np.exp(np.median(mean) - mean))

    def run(
        self, cell: str, task: str, model: str, fold: int, crossed: list[str]
    ) -> dict[str, Any]:
        """Fit and predict: test genes of the cell, all genes of the cells in `crossed`.

        Returns `test` and `cross` (by cell) predictions, what was `chosen`, and CPU `seconds`
        (of all threads), as JSON can hold them.
        """
        started = time.process_time()
        test = self.folds.fold == fold
        if model == "other_lines_mean":
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

    def parts(
        self, models: dict[tuple[str, str], list[str]], crossed: dict[tuple[str, str, str], list]
    ) -> dict[str, Callable[[], dict]]:
        """Parts by name CELL.TASK.MODEL.foldF, those that share features in a row.

        Parameters
        ----------
        models
            Models by (cell, task).
        crossed
            Cells that a model is also to predict, by (cell, task, model).
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
    """Values as short numbers: a fold's predictions are kept as text."""
    return [float(f"{value:.6g}") for value in values]
