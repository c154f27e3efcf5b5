"""Feature selection and scoring that the baselines share."""

import numpy as np

from workflow_scripts.chromaloom.ml.metrics import weighted_aucs
from workflow_scripts.chromaloom.ml.splits import PARTS


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the ROC AUC; as scikit-learn's, without its checks, which take milliseconds a call."""
    return float(weighted_aucs(labels, scores, np.ones((1, len(labels))))[0])


def split_aucs(labels: np.ndarray, scores: np.ndarray, split: np.ndarray) -> dict[str, float]:
    """Return the ROC AUC of the genes of each split, as `roc_auc_<split>`."""
    return {f"roc_auc_{s}": auc(labels[split == s], scores[split == s]) for s in PARTS}


def best_bins(values: np.ndarray, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Find each mark's bin of the largest absolute correlation with the label.

    Parameters
    ----------
    values : array of float, shape=(genes, bins, marks)
        Signal, as log(1 + count).
    labels : array of int, shape=(genes,)
        1 high, 0 low.
    train : array of bool, shape=(genes,)
        Genes to use.

    Returns
    -------
    array of int, shape=(marks,)
        0-based bins; the first of several with equal correlation. A constant bin has correlation 0.
    """
    x = values[train] - values[train].mean(axis=0)
    y = labels[train] - labels[train].mean()
    norms = np.sqrt((x**2).sum(axis=0) * (y**2).sum())
    products = np.abs(np.einsum("gbm,g->bm", x, y))
    return np.divide(products, norms, out=np.zeros_like(norms), where=norms > 0).argmax(axis=0)
