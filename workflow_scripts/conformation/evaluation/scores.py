"""Scores of predicted maps and of σ, each as (metric, value, n) of metrics.tsv."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.evaluation.predictions import (
    MIN_PREDICTED_OE,
    MapPrediction,
    correlation,
    log_observed,
    log_predicted,
)

log = logging.getLogger("chromaloom")

# Models that predict from σ of another model, and therefore fewer pixels
DERIVED_MODELS = ("forward_from_backward", "forward_from_smoothed")
MODE_BINS = 20  # histogram bins of σ from 0 to 1, for its mode
Score = tuple[str, float, int]


def shared_pixels(
    observed: np.ndarray, predictions: dict[tuple[str, int], MapPrediction]
) -> np.ndarray:
    """Measured pixels that all models predict, so that all are scored on the same pixels.

    Parameters
    ----------
    observed : float array, shape=(K, w)
        Measured O/E of the test bins.
    predictions
        Predictions by model and seed. `DERIVED_MODELS` do not restrict the pixels.

    Returns
    -------
    bool array, shape=(K, w)

    Raises
    ------
    UserError
        There is no such pixel, or a prediction has other bins.
    """
    shared = np.isfinite(observed)
    for (model, seed), prediction in predictions.items():
        if prediction.band.shape != observed.shape:
            raise UserError(
                f"predictions of {model}, seed {seed}: shape {prediction.band.shape};"
                f" expected: that of the test split, {observed.shape}"
            )
        if model not in DERIVED_MODELS:
            shared &= np.isfinite(prediction.band)
    if not shared.any():
        raise UserError(
            "predictions: no measured pixel of the test split is predicted by all models;"
            " expected: at least one"
        )
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
        Pixels to score; those where `predicted` is NaN are excluded, too.
    resolution : int
        Bin size, bp.
    min_distance : int
        Minimum distance of `log_map_r`, bp.
    distances : list of int
        Distances (bp) with a score of their own, `log_map_r_<kb>kb`.

    Returns
    -------
    list
        map_r (O/E, all distances), log_map_r (log O/E, from `min_distance` on), and the scores of
        `distances`; undefined correlations are excluded.
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
    return drop_undefined([(name, *correlation_and_count(x, y)) for name, x, y in rows])


def distance_scores(
    predicted: np.ndarray, observed: np.ndarray, shared: np.ndarray, resolution: int
) -> pd.DataFrame:
    """Correlations over the pixels of each distance: columns distance (bp), n, r, log_r."""
    rows = []
    logs, truth = log_predicted(predicted), log_observed(observed)
    for d in range(observed.shape[1]):
        inside = shared[:, d]
        r, n = correlation_and_count(predicted[inside, d], observed[inside, d])
        log_r, _ = correlation_and_count(logs[inside, d], truth[inside, d])
        rows.append((d * resolution, n, r, log_r))
    return pd.DataFrame(rows, columns=["distance", "n", "r", "log_r"])


def window_scores(prediction: MapPrediction) -> list[Score]:
    """Mean over the test windows of the correlation within each window."""
    values = [("window_r", prediction.window_r), ("log_window_r", prediction.log_window_r)]
    return drop_undefined([(name, finite_mean(v), int(np.isfinite(v).sum())) for name, v in values])


def sigma_scores(sigma: np.ndarray, active: np.ndarray) -> list[Score]:
    """How well σ separates active from inactive bins.

    Parameters
    ----------
    sigma : float array, shape=(N,)
        NaN where unknown.
    active : float array, shape=(N,)
        1 active, 0 inactive, NaN where unknown.

    Returns
    -------
    list
        sigma_active_auc (ROC AUC), and sigma_mode_inactive and sigma_mode_active (`sigma_mode`);
        scores of a class without bins are excluded.
    """
    from sklearn.metrics import roc_auc_score  # slow to import, and not needed by figures

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
    """Mode of σ: the center of the highest of `MODE_BINS` equal histogram bins of [0, 1]."""
    counts, edges = np.histogram(sigma, bins=MODE_BINS, range=(0, 1))
    return float(edges[counts.argmax()] + 0.5 / MODE_BINS)


def correlation_and_count(x: np.ndarray, y: np.ndarray) -> tuple[float, int]:
    """`predictions.correlation`, and the number of values that are finite in both arrays."""
    return correlation(x, y), int((np.isfinite(x) & np.isfinite(y)).sum())


def finite_mean(values: np.ndarray) -> float:
    """Mean of the finite values; NaN if there are none."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else np.nan


def drop_undefined(scores: list[Score]) -> list[Score]:
    """Scores with a finite value; the others are logged."""
    for name, _, number in (score for score in scores if not np.isfinite(score[1])):
        log.info("  %s: undefined (%d values)", name, number)
    return [score for score in scores if np.isfinite(score[1])]


def log_scored_pixels(cell: str, observed: np.ndarray, shared: np.ndarray) -> None:
    """Log how many pixels are scored, and how zeros enter the logarithms."""
    zero = int((shared & (observed == 0)).sum())
    log.info(
        "%s: %d of %d measured test pixels are predicted by all models and scored; %d of them have"
        " no contact and are excluded from log scores; predicted O/E is clipped at %g there",
        cell, shared.sum(), np.isfinite(observed).sum(), zero, MIN_PREDICTED_OE,
    )  # fmt: skip
