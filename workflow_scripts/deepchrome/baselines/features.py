"""What the baselines share: features, and how a fit is scored."""

import numpy as np

from workflow_scripts.chromaloom.ml.metrics import weighted_aucs
from workflow_scripts.chromaloom.ml.splits import PARTS


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """ROC AUC; as scikit-learn's, without the milliseconds that its checks cost on every call."""
    return float(weighted_aucs(labels, scores, np.ones((1, len(labels))))[0])


def part_aucs(labels: np.ndarray, scores: np.ndarray, parts: np.ndarray) -> dict[str, float]:
    """ROC AUC of the genes of each part, as `roc_auc_<part>`."""
    return {f"roc_auc_{p}": auc(labels[parts == p], scores[parts == p]) for p in PARTS}


def best_bins(values: np.ndarray, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Find each mark's bin of the largest absolute correlation with the label.

    Parameters
    ----------
    values : array of float, shape=(genes, bins, marks)
        Signal, as log(1 + count).
    labels : array of int, shape=(genes,)
        1 high, 0 low.
    train : array of bool, shape=(genes,)
        Genes to look at.

    Returns
    -------
    array of int, shape=(marks,)
        0-based bins; the first of equal ones. A bin without any variation counts as uncorrelated.
    """
    x = values[train] - values[train].mean(axis=0)
    y = labels[train] - labels[train].mean()
    spread = np.sqrt((x**2).sum(axis=0) * (y**2).sum())
    together = np.abs(np.einsum("gbm,g->bm", x, y))
    return np.divide(together, spread, out=np.zeros_like(spread), where=spread > 0).argmax(axis=0)
