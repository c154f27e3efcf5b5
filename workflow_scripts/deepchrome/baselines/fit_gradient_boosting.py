"""Fit the gradient boosting baseline: histogram-binned trees on all bins of all marks."""

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


def fit_boosting(data: Marks, *, rates: list[float], rounds: int) -> np.ndarray:
    """Choose rate and number of rounds on validation; return P(high) of all genes.

    Trees of at most 15 leaves see all features and genes, so that nothing is random.
    """
    values = data.values.reshape(len(data.values), -1)
    train, valid = data.part == "train", data.part == "valid"
    best, best_auc = None, -np.inf
    for rate in rates:
        started = time.monotonic()
        model = HistGradientBoostingClassifier(
            learning_rate=rate, max_iter=rounds, max_leaf_nodes=15, early_stopping=False
        ).fit(values[train], data.label[train])
        found = [auc(data.label[valid], s) for s in model.staged_decision_function(values[valid])]
        last = int(np.argmax(found))
        log.info(
            "rate %g: validation AUC %.4f after %d of %d rounds; %.1f s",
            rate, found[last], last + 1, rounds, time.monotonic() - started,
        )  # fmt: skip
        if found[last] > best_auc:
            best, best_auc = (model, last), found[last]
    model, last = best
    return next(islice(model.staged_predict_proba(values), last, None))[:, 1]


def main(dataset: str, *, rates: list[float], rounds: int, out: str) -> None:
    """Write the predictions of the model that is best on the validation genes."""
    data = Marks.load(dataset)
    scores = fit_boosting(data, rates=rates, rounds=rounds)
    write_predictions(out, [predictions_of(data, scores, model="gradient_boosting", seed=0)])


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        rates=snakemake.params.grid["boosting_rate"],
        rounds=snakemake.params.grid["boosting_rounds"],
        out=snakemake.output.predictions,
    )
