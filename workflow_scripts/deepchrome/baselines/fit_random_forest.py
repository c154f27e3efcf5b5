"""Fit the random forest baseline (after Dong 2012) on the best bin of each mark."""

import logging

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.baselines.features import auc, baseline_inputs, best_bins
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions

log = logging.getLogger("chromaloom")


def fit_forest(
    data: Marks, trees: list[int], *, features: str, seed: int, threads: int
) -> np.ndarray:
    """Choose the number of trees on validation; return P(high), shape=(genes,).

    `features` is that of `baseline_inputs`. A forest is the same for counts and their logarithm;
    which bins it sees is not.
    """
    values, target = baseline_inputs(data, features)
    train, valid = data.split == "train", data.split == "valid"
    bins = best_bins(values, target, train)
    log.info("bins: %s", ", ".join(f"{m} {b + 1}" for m, b in zip(data.marks, bins, strict=True)))
    inputs = values[:, bins, np.arange(len(bins))]
    best, best_auc = None, -np.inf
    for number in trees:
        forest = RandomForestClassifier(number, random_state=seed, n_jobs=threads)
        scores = forest.fit(inputs[train], data.label[train]).predict_proba(inputs)[:, 1]
        valid_auc = auc(data.label[valid], scores[valid])
        log.info("seed %d, %d trees: validation AUC %.4f", seed, number, valid_auc)
        if valid_auc > best_auc:
            best, best_auc = scores, valid_auc
    return best


def main(dataset: str, *, grid: dict, seeds: list[int], threads: int, predictions: str) -> None:
    """Write the predictions of one forest per seed.

    `grid` has trees, the numbers to try, and features, as in `fit_forest`.
    """
    data = Marks.load(dataset)
    tables = [
        predictions_of(
            data,
            fit_forest(data, grid["trees"], features=grid["features"], seed=seed, threads=threads),
            model="random_forest",
            seed=seed,
        )
        for seed in seeds
    ]
    write_predictions(predictions, tables)


if __name__ == "__main__":
    run_script(main, snakemake)
