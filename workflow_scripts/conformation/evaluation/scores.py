"""Scores of predicted maps and of σ, as metrics.tsv tells them: (metric, value, number) each."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.evaluation.predictions import (
    LEAST,
    MapPrediction,
    correlation,
    log_observed,
    log_predicted,
)

log = logging.getLogger("chromaloom")

# Models that start from another model's σ and therefore reach fewer pixels
DERIVED = ("forward_from_backward", "forward_from_smoothed")
MODE_BINS = 20  # bins of σ from 0 to 1, of whose histogram the mode is told
Score = tuple[str, float, int]


def shared_pixels(
    observed: np.ndarray, predictions: dict[tuple[str, int], MapPrediction]
) -> np.ndarray:
    """Pixels that are measured and that every model predicts: the same for all, or none is fair.

    Parameters
    ----------
    observed : float array, shape=(K, w)
        Measured O/E of the test part's bins.
    predictions
        By model and seed. Those of `DERIVED` do not narrow the choice.

    Returns
    -------
    bool array, shape=(K, w)

    Raises
    ------
    UserError
        There is none, or predictions are of other bins.
    """
    shared = np.isfinite(observed)
    for (model, seed), prediction in predictions.items():
        if prediction.band.shape != observed.shape:
            raise UserError(
                f"predictions of {model}, seed {seed}: shape {prediction.band.shape}; allowed: that"
                f" of the test part, {observed.shape}"
            )
        if model not in DERIVED:
            shared &= np.isfinite(prediction.band)
    if not shared.any():
        raise UserError("predictions: no measured pixel of the test part is in all of them")
    return shared


def map_scores(
    predicted: np.ndarray,
    observed: np.ndarray,
    shared: np.ndarray,
    *,
    resolution: int,
    min_distance: int,
    distances: list[int],
) -> list[Score]:
    """Correlations of one averaged map.

    Parameters
    ----------
    predicted, observed : float arrays, shape=(K, w)
        O/E; NaN where unknown.
    shared : bool array, shape=(K, w)
        Pixels to score; those that `predicted` lacks are left out as well.
    resolution : int
        Bin size, bp.
    min_distance : int
        Least distance of `log_map_r`, bp.
    distances : list of int
        Distances (bp) to score one by one, as `log_map_r_<kb>kb`.

    Returns
    -------
    list
        map_r (O/E, all distances), log_map_r (log O/E, from `min_distance` on), and those by
        distance; what cannot be correlated is left out.
    """
    distance = np.arange(observed.shape[1]) * resolution
    logs = np.where(shared, log_predicted(predicted), np.nan)
    truth = log_observed(observed)
    far = distance >= min_distance
    rows = [("map_r", np.where(shared, predicted, np.nan), observed),
            ("log_map_r", logs[:, far], truth[:, far])]  # fmt: skip
    rows += [
        (f"log_map_r_{bp / 1000:g}kb", logs[:, distance == bp], truth[:, distance == bp])
        for bp in distances
    ]
    return known([(name, *correlated(x, y)) for name, x, y in rows])


def distance_scores(
    predicted: np.ndarray, observed: np.ndarray, shared: np.ndarray, resolution: int
) -> pd.DataFrame:
    """Correlation over the pixels of each distance: columns distance (bp), n, r, log_r."""
    rows = []
    logs, truth = log_predicted(predicted), log_observed(observed)
    for d in range(observed.shape[1]):
        inside = shared[:, d]
        r, n = correlated(predicted[inside, d], observed[inside, d])
        log_r, _ = correlated(logs[inside, d], truth[inside, d])
        rows.append((d * resolution, n, r, log_r))
    return pd.DataFrame(rows, columns=["distance", "n", "r", "log_r"])


def window_scores(prediction: MapPrediction) -> list[Score]:
    """Mean over the test windows of the correlation within each."""
    values = [("window_r", prediction.window_r), ("log_window_r", prediction.log_window_r)]
    return known([(name, mean_known(v), int(np.isfinite(v).sum())) for name, v in values])


def sigma_scores(sigma: np.ndarray, active: np.ndarray) -> list[Score]:
    """How well σ tells active from inactive bins.

    Parameters
    ----------
    sigma : float array, shape=(N,)
        NaN where not known.
    active : float array, shape=(N,)
        1 active, 0 inactive, NaN where not known.

    Returns
    -------
    list
        sigma_active_auc (ROC AUC), and the mode of σ in inactive and in active bins (the middle of
        the highest of 20 bins); what a lack of one class forbids is left out.
    """
    from sklearn.metrics import roc_auc_score  # a second that figures need not spend

    inside = np.isfinite(sigma) & np.isfinite(active)
    sigma, active = sigma[inside], active[inside] > 0
    rows: list[Score] = []
    if active.any() and not active.all():
        rows.append(("sigma_active_auc", float(roc_auc_score(active, sigma)), len(sigma)))
    for name, chosen in (("inactive", ~active), ("active", active)):
        if chosen.any():
            rows.append((f"sigma_mode_{name}", sigma_mode(sigma[chosen]), int(chosen.sum())))
    return rows


def sigma_mode(sigma: np.ndarray) -> float:
    """Most frequent σ: the middle of the highest of `MODE_BINS` equal bins of [0, 1]."""
    counts, edges = np.histogram(sigma, bins=MODE_BINS, range=(0, 1))
    return float(edges[counts.argmax()] + 0.5 / MODE_BINS)


def correlated(x: np.ndarray, y: np.ndarray) -> tuple[float, int]:
    """Correlation (`predictions.correlation`) and the number of values known in both."""
    return correlation(x, y), int((np.isfinite(x) & np.isfinite(y)).sum())


def mean_known(values: np.ndarray) -> float:
    """Mean of the finite values; NaN of none."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else np.nan


def known(scores: list[Score]) -> list[Score]:
    """Scores that have a value; the others are told in the log."""
    for name, _, number in (score for score in scores if not np.isfinite(score[1])):
        log.info("  %s: nothing to correlate (%d values)", name, number)
    return [score for score in scores if np.isfinite(score[1])]


def tell_pixels(cell: str, observed: np.ndarray, shared: np.ndarray) -> None:
    """Log how many pixels are scored, and what is left out of which logarithm."""
    zero = int((shared & (observed == 0)).sum())
    log.info(
        "%s: %d of %d measured test pixels are predicted by all models and scored; of these %d have"
        " no contact and no logarithm; predictions below %g count as %g in logarithms",
        cell, shared.sum(), np.isfinite(observed).sum(), zero, LEAST, LEAST,
    )  # fmt: skip
