"""Scores of predictions by fold and over all folds, within and across cells."""

import logging

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import roc_auc_score

log = logging.getLogger("chromaloom")

# metrics of a task; figures and significance tests use the first
METRICS = {"classification": ("auc",), "regression": ("pcc", "spearman", "mse")}
# Genes on which a model of another cell is scored, and the prefix of their split in metrics.tsv:
# all genes, as published, although most were trained on; or those of its test fold
CROSS = {"all": "cross", "held_out": "cross_heldout"}
POOLED = "pooled"
# in place of a trained cell: the mean prediction of the models of all other cells. No cell can have
# this name (resources/schemas/samples.schema.yaml).
AVERAGED = "*"
RUN = ["cell", "task", "scheme", "model", "seed"]


def pearson(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Pearson's r, and log10 of p of its two-tailed t-test with n - 2 degrees of freedom.

    The logarithm, because p underflows for thousands of genes. Zeng 2018, Methods.

    Parameters
    ----------
    x, y : arrays of float, shape=(n,)
        Values to correlate.

    Returns
    -------
    r, log10_p : float
        NaN if n < 3 or either is constant: the correlation is not defined.
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
    """Natural logarithm of P(T > t), t >= 0, of Student's t, even if P underflows."""
    p = stats.t.sf(t, freedom)
    if p > 1e-290:
        return float(np.log(p))
    # density times the leading term of the tail's expansion, with a relative error of 1 / t^2
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
        Keys metric, value, log10_p (of pcc; otherwise NaN) and n; value is NaN if it is not defined
        (only one class, constant predictions).
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
    """Scores of each fold, and of all genes as fold `pooled`: fold and the keys of `score`."""
    rows = [
        {"fold": str(fold), **found}
        for fold, part in table.groupby("fold")
        for found in score(task, part)
    ]
    return pd.DataFrame(rows + [{"fold": POOLED, **found} for found in score(task, table)])


def average_over_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Mean prediction of each gene over the cells trained on (Zeng 2018, Figure 5).

    Parameters
    ----------
    table
        Columns trained, tested, fold, gene, seen, truth, label, prediction, see `cross_scores`.

    Returns
    -------
    DataFrame
        The same columns; `trained` is `AVERAGED`. Models of different folds are not mixed, so that
        `seen` keeps its meaning: all cells share the folds.
    """
    same = ["truth", "label", "seen"]
    found = table.groupby(["tested", "fold", "gene"], sort=False, as_index=False).agg(
        {"prediction": "mean", **dict.fromkeys(same, "first")}
    )
    return found.assign(trained=AVERAGED)


def cross_scores(table: pd.DataFrame, *, task: str) -> pd.DataFrame:
    """Scores of the models of other cells on a cell: of each one, and of their mean prediction.

    Parameters
    ----------
    table
        Columns trained, tested, fold, gene, seen (bool: the gene was in training or validation of
        this fold's model), truth, label, prediction.
    task
        classification or regression.

    Returns
    -------
    DataFrame
        Trained cell (`AVERAGED` for the mean prediction of all, as published) and tested cell,
        fold, genes (`all`, as published, or `held_out`: not seen) and the keys of `score`. The
        models of each fold are scored separately: the mean over folds would be an ensemble, which
        no method within a cell is.
    """
    rows = []
    both = pd.concat([table, average_over_cells(table)])
    for (trained, tested, fold), part in both.groupby(["trained", "tested", "fold"]):
        for genes in CROSS:
            chosen = part if genes == "all" else part[~part.seen.to_numpy(bool)]
            key = dict(trained=trained, tested=tested, fold=str(fold), genes=genes)
            rows += [{**key, **found} for found in score(task, chosen)]
    return pd.DataFrame(rows)


def log_undefined(table: pd.DataFrame, key: list[str]) -> None:
    """Log the number of undefined scores by run."""
    for names, part in table[table.value.isna()].groupby(key):
        log.warning("%s: %d scores are not defined", " ".join(map(str, names)), len(part))


def main_metric(task: str) -> str:
    """Main metric of a task: auc or pcc."""
    return METRICS[task][0]


def average_over_seeds(folds: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds of each fold's score: cell, task, scheme, model, fold, metric, value."""
    parts = folds[folds.fold != POOLED]
    key = ["cell", "task", "scheme", "model", "fold", "metric"]
    return parts.groupby(key, sort=False, as_index=False).value.mean()


def read_fold_scores(path: str) -> pd.DataFrame:
    """Read the table of scores by fold that `score_deepexpression` writes."""
    return pd.read_csv(path, sep="\t", dtype={"cell": str, "fold": str})
