"""Fit the SVM baseline (after Cheng 2011): one SVM per bin, on the marks of that bin alone."""

import logging
from functools import partial

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.checkpoints import run_parts
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.ml.splits import PARTS
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepchrome.baselines.features import auc, baseline_inputs, split_aucs
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions

log = logging.getLogger("chromaloom")


def scale(values: np.ndarray, sampled: np.ndarray, features: str) -> np.ndarray:
    """Standardize one bin, shape=(genes, marks), by the sampled genes; `paper` keeps the counts."""
    if features == "paper":
        return values
    return StandardScaler().fit(values[sampled]).transform(values)


def fit_svc(
    scaled: np.ndarray, labels: np.ndarray, sampled: np.ndarray, c: float, gamma: float
) -> SVC:
    """Fit an SVM with RBF kernel on the sampled genes; `scaled` has shape (genes, marks)."""
    return SVC(C=c, gamma=gamma, cache_size=400).fit(scaled[sampled], labels[sampled])


def fit_bin(
    values: np.ndarray, labels: np.ndarray, split: np.ndarray, sampled: np.ndarray, grid: dict
) -> dict:
    """Search the grid on one bin and score the SVM with the highest validation AUC."""
    valid, best = split == "valid", {"roc_auc_valid": -np.inf}
    scaled = scale(values, sampled, grid["features"])
    for c in grid["svm_c"]:
        for gamma in grid["svm_gamma"]:
            svm = fit_svc(scaled, labels, sampled, c, gamma)
            valid_auc = auc(labels[valid], svm.decision_function(scaled[valid]))
            if valid_auc > best["roc_auc_valid"]:
                best = {"c": c, "gamma": gamma, "roc_auc_valid": valid_auc, "svm": svm}
    scores = best.pop("svm").decision_function(scaled)
    for name in PARTS:
        genes = split == name
        precision = average_precision_score(labels[genes], scores[genes])
        best[f"average_precision_{name}"] = float(precision)
    return {**best, **split_aucs(labels, scores, split)}


def fit_bins(
    data: Marks, grid: dict, *, seed: int, threads: int, checkpoints: str
) -> tuple[pd.DataFrame, np.ndarray]:
    """Fit every bin; return one row per bin and the decision values of the best bin.

    Inputs are those of `baseline_inputs`; those of features `log` are standardized as well. At most
    `svm_max_genes` training genes are used, a seeded sample shared by all bins (0: all).
    The table has bin (1-based), c, gamma, ROC AUC and average precision by split, and best, the
    bin with the highest validation AUC. Decision values have shape (genes,).
    """
    values, _ = baseline_inputs(data, grid["features"])
    train = np.flatnonzero(data.split == "train")
    sampled = train
    if 0 < grid["svm_max_genes"] < len(train):
        sampled = np.random.default_rng(seed).choice(train, grid["svm_max_genes"], replace=False)
        sampled.sort()
    log.info("each SVM is fitted on %d of %d training genes", len(sampled), len(train))
    results = run_parts(
        {
            f"bin{number + 1}": partial(
                fit_bin, values[:, number], data.label, data.split, sampled, grid
            )
            for number in range(values.shape[1])
        },
        folder=checkpoints,
        fingerprint=fingerprint({"grid": grid, "seed": seed}, data.values, data.label, data.split),
        threads=threads,
    )
    table = pd.DataFrame(results.values())
    table.insert(0, "bin", np.arange(1, len(table) + 1))
    first = int(table.roc_auc_valid.argmax())
    table["best"] = table.index == first
    row = table.loc[first]
    log.info("best bin on validation: %d (%.4f); mean over bins, test AUC: %.4f",
             row.bin, row.roc_auc_valid, table.roc_auc_test.mean())  # fmt: skip
    scaled = scale(values[:, first], sampled, grid["features"])
    svm = fit_svc(scaled, data.label, sampled, row.c, row.gamma)
    return table, svm.decision_function(scaled)


def average_rows(table: pd.DataFrame, data: Marks, cell: str) -> list[dict]:
    """Return rows of metrics.tsv for `svm_average`: mean scores over bins, without predictions."""
    return [
        dict(model="svm_average", sample=cell, split=split, seed=0, metric=name,
             value=table[f"{name}_{split}"].mean(), n=int((data.split == split).sum()))
        for split in PARTS for name in ("roc_auc", "average_precision")
    ]  # fmt: skip


def main(
    dataset: str,
    *,
    cell: str,
    grid: dict,
    seed: int,
    threads: int,
    checkpoints: str,
    predictions: str,
    bins: str,
    scores: str,
) -> None:
    """Write the predictions of the best bin, the table of all bins, and their mean scores.

    A prediction is the logistic function of the decision value: a rank, not a probability.
    """
    data = Marks.load(dataset)
    table, decision = fit_bins(data, grid, seed=seed, threads=threads, checkpoints=checkpoints)
    score = 1 / (1 + np.exp(-decision))
    write_predictions(predictions, [predictions_of(data, score, model="svm_best_bin", seed=0)])
    with atomic_path(bins) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6f")
    write_metrics(scores, average_rows(table, data, cell))


if __name__ == "__main__":
    run_script(main, snakemake)
