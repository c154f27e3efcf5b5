"""Fit the gradient boosting baseline: histogram-based trees on all bins of all marks."""

import logging
import time
from itertools import islice

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.baselines.features import auc
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions

log = logging.getLogger("chromaloom")


def fit_boosting(data: Marks, *, learning_rates: list[float], iterations: int) -> np.ndarray:
    """Choose learning rate and iterations on validation; return P(high), shape=(genes,).

    Trees of at most 15 leaves see all features and genes, so the fit has no randomness.
    """
    values = data.values.reshape(len(data.values), -1)
    train, valid = data.split == "train", data.split == "valid"
    best, best_auc = None, -np.inf
    for learning_rate in learning_rates:
        started = time.monotonic()
        model = HistGradientBoostingClassifier(
            learning_rate=learning_rate, max_iter=iterations, max_leaf_nodes=15,
            early_stopping=False,
        ).fit(values[train], data.label[train])  # fmt: skip
        aucs = [auc(data.label[valid], s) for s in model.staged_decision_function(values[valid])]
        last = int(np.argmax(aucs))
        log.info(
            "learning rate %g: validation AUC %.4f after %d of %d iterations; %.1f s",
            learning_rate, aucs[last], last + 1, iterations, time.monotonic() - started,
        )  # fmt: skip
        if aucs[last] > best_auc:
            best, best_auc = (model, last), aucs[last]
    model, last = best
    return next(islice(model.staged_predict_proba(values), last, None))[:, 1]


def main(dataset: str, *, grid: dict, predictions: str) -> None:
    """Write the predictions of the model with the highest validation AUC.

    `grid` has boosting_learning_rates and boosting_iterations.
    """
    data = Marks.load(dataset)
    scores = fit_boosting(
        data,
        learning_rates=grid["boosting_learning_rates"],
        iterations=grid["boosting_iterations"],
    )
    write_predictions(
        predictions, [predictions_of(data, scores, model="gradient_boosting", seed=0)]
    )


if __name__ == "__main__":
    run_script(main, snakemake)
