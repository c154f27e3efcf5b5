"""Feature selection and scoring that the baselines share."""

import logging

import numpy as np

from workflow_scripts.chromaloom.ml.metrics import weighted_aucs
from workflow_scripts.chromaloom.ml.splits import PARTS
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the ROC AUC; as scikit-learn's, without its checks, which take milliseconds a call."""
    return float(weighted_aucs(labels, scores, np.ones((1, len(labels))))[0])


def split_aucs(labels: np.ndarray, scores: np.ndarray, split: np.ndarray) -> dict[str, float]:
    """Return the ROC AUC of the genes of each split, as `roc_auc_<split>`."""
    return {f"roc_auc_{s}": auc(labels[split == s], scores[split == s]) for s in PARTS}


def baseline_inputs(data: Marks, features: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values that SVM and forest see, and what the forest's bins correlate with.

    Parameters
    ----------
    data
        Genes of all splits.
    features
        `paper`: signal as it is, and expression, since Singh 2016 (baselines) takes the bins of the
        highest correlation with expression; where expression is unknown, as in tables with labels
        only, the label, with a warning. `log`: log(1 + signal), and the label.

    Returns
    -------
    values : float32 array, shape=(genes, bins, marks)
    target : float64 array, shape=(genes,)
    """
    if features == "log":
        return np.log1p(data.values), data.label.astype(float)
    if np.isnan(data.expression).any():
        log.warning("expression is unknown: best bins are by correlation with the label")
        return data.values, data.label.astype(float)
    return data.values, data.expression


def best_bins(values: np.ndarray, target: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Find each mark's bin of the largest absolute correlation with the target.

    Parameters
    ----------
    values : array of float, shape=(genes, bins, marks)
        Signal.
    target : array of float, shape=(genes,)
        Expression, or labels: 1 high, 0 low.
    train : array of bool, shape=(genes,)
        Genes to use.

    Returns
    -------
    array of int, shape=(marks,)
        0-based bins; the first of several with equal correlation. A constant bin has correlation 0.
    """
    x = values[train] - values[train].mean(axis=0, dtype=float)
    y = target[train] - target[train].mean()
    norms = np.sqrt((x**2).sum(axis=0) * (y**2).sum())
    products = np.abs(np.einsum("gbm,g->bm", x, y))
    return np.divide(products, norms, out=np.zeros_like(norms), where=norms > 0).argmax(axis=0)
