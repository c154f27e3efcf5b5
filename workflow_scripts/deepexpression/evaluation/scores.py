"""Scores of predictions, fold by fold and over all folds, within a cell and across cells."""

import logging

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import roc_auc_score

log = logging.getLogger("chromaloom")

# Metrics of a task, the one that figures and tests are about first
METRICS = {"classification": ("auc",), "regression": ("pcc", "spearman", "mse")}
# Genes that a network of another cell is scored on, and the prefix of their split in metrics.tsv:
# all, most of which it was trained on, as published; or those that were in its test fold
CROSS = {"all": "cross", "held_out": "cross_heldout"}
POOLED = "pooled"
RUN = ["cell", "task", "split", "model", "seed"]


def pearson(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Pearson's r, and log10 of its p by a two-tailed t-test with n - 2 degrees of freedom.

    The logarithm, since p of thousands of genes is less than the least number. Zeng 2018, Methods.

    Parameters
    ----------
    x, y : arrays of float, shape=(n,)
        What is correlated.

    Returns
    -------
    r, log10_p : float
        NaN where n < 3 or one of the two does not vary: no correlation is defined.
    """
    n = len(x)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan, np.nan
    r = float(np.clip(stats.pearsonr(x, y).statistic, -1, 1))
    if abs(r) == 1:
        return r, -np.inf
    t = abs(r) * np.sqrt((n - 2) / (1 - r**2))
    return r, float((np.log(2) + log_tail(t, n - 2)) / np.log(10))


def log_tail(t: float, freedom: int) -> float:
    """Natural logarithm of P(T > t), t >= 0, for Student's t, also where P underflows."""
    p = stats.t.sf(t, freedom)
    if p > 1e-290:
        return float(np.log(p))
    # far out: the density times t / v' of the tail's leading term, good to 1 / t^2
    shape = (freedom + t**2) / (freedom + 1) / t
    return float(stats.t.logpdf(t, freedom) + np.log(shape))


def score(task: str, table: pd.DataFrame) -> list[dict]:
    """Scores of one set of genes.

    Parameters
    ----------
    task
        classification or regression.
    table
        Columns truth, label (bool) and prediction: expression, or probability of high.

    Returns
    -------
    list of dict
        Keys metric, value, log10_p (of pcc; else NaN) and n; value is NaN where it is not defined
        (one class alone, predictions that do not vary).
    """
    n, predicted = len(table), table.prediction.to_numpy("float64")
    if task == "classification":
        label = table.label.to_numpy(bool)
        both = 0 < label.sum() < n
        value = roc_auc_score(label, predicted) if both else np.nan
        return [dict(metric="auc", value=value, log10_p=np.nan, n=n)]
    truth = table.truth.to_numpy("float64")
    r, log10_p = pearson(truth, predicted)
    rank = stats.spearmanr(truth, predicted).statistic if np.isfinite(r) else np.nan
    found = {"pcc": r, "spearman": rank, "mse": np.mean((truth - predicted) ** 2)}
    return [
        dict(metric=name, value=value, log10_p=log10_p if name == "pcc" else np.nan, n=n)
        for name, value in found.items()
    ]


def fold_scores(table: pd.DataFrame, *, task: str) -> pd.DataFrame:
    """Scores of each fold, and of all genes as fold `pooled`: fold and keys of `score`."""
    rows = [
        {"fold": str(fold), **found}
        for fold, part in table.groupby("fold")
        for found in score(task, part)
    ]
    return pd.DataFrame(rows + [{"fold": POOLED, **found} for found in score(task, table)])


def cross_scores(table: pd.DataFrame, *, task: str) -> pd.DataFrame:
    """Scores of the networks of one cell on another.

    Parameters
    ----------
    table
        Columns trained, tested, fold, seen (bool: the network of this fold was trained on or
        chosen by the gene), truth, label, prediction.
    task
        classification or regression.

    Returns
    -------
    DataFrame
        Per trained and tested cell, fold and genes (`all`: as published; `held_out`: those that
        were not seen) the keys of `score`. Each fold's network is scored by itself: their mean
        would be an ensemble, which no other method here is.
    """
    rows = []
    for (trained, tested, fold), part in table.groupby(["trained", "tested", "fold"]):
        for genes in CROSS:
            chosen = part if genes == "all" else part[~part.seen.to_numpy(bool)]
            key = dict(trained=trained, tested=tested, fold=str(fold), genes=genes)
            rows += [{**key, **found} for found in score(task, chosen)]
    return pd.DataFrame(rows)


def tell_undefined(table: pd.DataFrame, key: list[str]) -> None:
    """Log how many scores are not defined, and whose they are."""
    for names, part in table[table.value.isna()].groupby(key):
        log.warning("no score: %s: %d, not defined", " ".join(map(str, names)), len(part))


def main_metric(task: str) -> str:
    """Metric that a task is judged by: auc or pcc."""
    return METRICS[task][0]


def average_over_seeds(folds: pd.DataFrame) -> pd.DataFrame:
    """Score of each fold as the mean over seeds: cell, task, split, model, fold, metric, value."""
    parts = folds[folds.fold != POOLED]
    key = ["cell", "task", "split", "model", "fold", "metric"]
    return parts.groupby(key, sort=False, as_index=False).value.mean()
