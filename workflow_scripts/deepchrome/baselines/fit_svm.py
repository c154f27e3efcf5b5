"""Fit the SVM baseline (after Cheng 2011): one machine per bin, on the marks of that bin alone."""

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
from workflow_scripts.deepchrome.baselines.features import auc, part_aucs
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions

log = logging.getLogger("chromaloom")


def scale(values: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Standardise log(1 + count) of one bin, shape=(genes, marks), by the drawn genes."""
    return StandardScaler().fit(values[drawn]).transform(values)


def fit_machine(
    scaled: np.ndarray, labels: np.ndarray, drawn: np.ndarray, c: float, gamma: float
) -> SVC:
    """Fit an RBF machine on the drawn ones of the scaled genes, shape=(genes, marks)."""
    return SVC(C=c, gamma=gamma, cache_size=400).fit(scaled[drawn], labels[drawn])


def fit_bin(
    values: np.ndarray, labels: np.ndarray, parts: np.ndarray, drawn: np.ndarray, grid: dict
) -> dict:
    """Fit the grid on one bin and score the machine that is best on the validation genes."""
    valid, best = parts == "valid", {"roc_auc_valid": -np.inf}
    scaled = scale(values, drawn)
    for c in grid["svm_c"]:
        for gamma in grid["svm_gamma"]:
            machine = fit_machine(scaled, labels, drawn, c, gamma)
            found = auc(labels[valid], machine.decision_function(scaled[valid]))
            if found > best["roc_auc_valid"]:
                best = {"c": c, "gamma": gamma, "roc_auc_valid": found, "machine": machine}
    scores = best.pop("machine").decision_function(scaled)
    for part in PARTS:
        chosen = parts == part
        precision = average_precision_score(labels[chosen], scores[chosen])
        best[f"average_precision_{part}"] = float(precision)
    return {**best, **part_aucs(labels, scores, parts)}


def fit_bins(
    data: Marks, grid: dict, *, seed: int, threads: int, checkpoints: str
) -> tuple[pd.DataFrame, np.ndarray]:
    """Fit every bin; return one row per bin and the decisions of the bin best on validation.

    At most `svm_genes` training genes are used, a seeded draw that all bins share (0: all). The
    table has bin (from 1), c, gamma, ROC AUC and average precision by part, and `best`.
    """
    values, train = np.log1p(data.values), np.flatnonzero(data.part == "train")
    drawn = train
    if 0 < grid["svm_genes"] < len(train):
        drawn = np.random.default_rng(seed).choice(train, grid["svm_genes"], replace=False)
        drawn.sort()
    log.info("each SVM learns from %d of %d training genes", len(drawn), len(train))
    results = run_parts(
        {
            f"bin{number + 1}": partial(
                fit_bin, values[:, number], data.label, data.part, drawn, grid
            )
            for number in range(values.shape[1])
        },
        folder=checkpoints,
        fingerprint=fingerprint({"grid": grid, "seed": seed}, data.values, data.label, data.part),
        threads=threads,
    )
    table = pd.DataFrame(results.values())
    table.insert(0, "bin", np.arange(1, len(table) + 1))
    first = int(table.roc_auc_valid.argmax())
    table["best"] = table.index == first
    row = table.loc[first]
    log.info("best bin on validation: %d (%.4f); mean over bins, test AUC: %.4f",
             row.bin, row.roc_auc_valid, table.roc_auc_test.mean())  # fmt: skip
    scaled = scale(values[:, first], drawn)
    machine = fit_machine(scaled, data.label, drawn, row.c, row.gamma)
    return table, machine.decision_function(scaled)


def average_rows(table: pd.DataFrame, data: Marks, cell: str) -> list[dict]:
    """Rows of metrics.tsv for `svm_average`: means over bins, since it has no prediction of one."""
    return [
        dict(model="svm_average", sample=cell, split=part, seed=0, metric=name,
             value=table[f"{name}_{part}"].mean(), n=int((data.part == part).sum()))
        for part in PARTS for name in ("roc_auc", "average_precision")
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
    """Write the best bin's predictions, the table of bins, and the scores of their average.

    The prediction is the decision value squeezed into (0, 1): an order, not a probability.
    """
    data = Marks.load(dataset)
    table, found = fit_bins(data, grid, seed=seed, threads=threads, checkpoints=checkpoints)
    squeezed = 1 / (1 + np.exp(-found))
    write_predictions(predictions, [predictions_of(data, squeezed, model="svm_best_bin", seed=0)])
    with atomic_path(bins) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6f")
    write_metrics(scores, average_rows(table, data, cell))


if __name__ == "__main__":
    run_script(main, snakemake)
