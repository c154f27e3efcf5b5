"""Fit the random forest baseline (after Dong 2012): the best bin of each mark."""

import logging

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.baselines.features import auc, best_bins
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions

log = logging.getLogger("chromaloom")


def fit_forest(data: Marks, trees: list[int], *, seed: int, threads: int) -> np.ndarray:
    """Choose the number of trees on validation; return P(high) of all genes, shape=(genes,)."""
    values = np.log1p(data.values)
    train, valid = data.part == "train", data.part == "valid"
    bins = best_bins(values, data.label, train)
    log.info("bins: %s", ", ".join(f"{m} {b + 1}" for m, b in zip(data.marks, bins, strict=True)))
    features = values[:, bins, np.arange(len(bins))]
    best, best_auc = None, -np.inf
    for number in trees:
        forest = RandomForestClassifier(number, random_state=seed, n_jobs=threads)
        scores = forest.fit(features[train], data.label[train]).predict_proba(features)[:, 1]
        found = auc(data.label[valid], scores[valid])
        log.info("seed %d, %d trees: validation AUC %.4f", seed, number, found)
        if found > best_auc:
            best, best_auc = scores, found
    return best


def main(dataset: str, *, trees: list[int], seeds: list[int], threads: int, out: str) -> None:
    """Write the predictions of one forest per seed."""
    data = Marks.load(dataset)
    tables = [
        predictions_of(
            data, fit_forest(data, trees, seed=s, threads=threads), model="random_forest", seed=s
        )
        for s in seeds
    ]
    write_predictions(out, tables)


if __name__ == "__main__":
    run_script(
        main, snakemake, trees=snakemake.params.grid["trees"], out=snakemake.output.predictions
    )
