"""Ridge regression of log O/E on features of pairs of bins: what the networks have to beat."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import write_record
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.pair_features import (
    FEATURES_PER_FACTOR,
    pair_features,
    pair_segments,
    pairs_within,
    predict_pairs,
)
from workflow_scripts.conformation.evaluation.predictions import correlation, log_observed

log = logging.getLogger("chromaloom")


@dataclass(frozen=True)
class Moments:
    """Sums over pairs that a ridge regression needs; F features, distances 0 to w - 1.

    Attributes
    ----------
    count : int64 array, shape=(w,)
        Pairs of each distance.
    features, target : float64 arrays, shapes=(w, F) and (w,)
        Means of each distance; 0 where it has no pair.
    gram, cross : float64 arrays, shapes=(F, F) and (F,)
        Products of the features, and of features with target, each minus its distance's mean.
    """

    count: np.ndarray
    features: np.ndarray
    target: np.ndarray
    gram: np.ndarray
    cross: np.ndarray


def pair_moments(profiles: np.ndarray, target: np.ndarray, pairs: np.ndarray) -> Moments:
    """Gather the sums distance by distance: memory for one distance's features is enough.

    Parameters
    ----------
    profiles : float array, shape=(M, N)
        Value of each factor in each bin.
    target : float array, shape=(N, w)
        Log O/E of pairs; NaN where unknown, which leaves the pair out.
    pairs : bool array, shape=(N, w)
        Pairs to learn from.
    """
    width, n_features = target.shape[1], FEATURES_PER_FACTOR * len(profiles)
    count, means = np.zeros(width, int), np.zeros((width, n_features))
    level, gram, cross = np.zeros(width), np.zeros((n_features,) * 2), np.zeros(n_features)
    for distance in range(width):
        bins = np.flatnonzero(pairs[:, distance] & np.isfinite(target[:, distance]))
        if not bins.size:
            continue
        x, y = pair_features(profiles, bins, distance), target[bins, distance]
        count[distance], means[distance], level[distance] = len(bins), x.mean(0), y.mean()
        x, y = x - means[distance], y - level[distance]
        gram += x.T @ x
        cross += x.T @ y
    return Moments(count, means, level, gram, cross)


def solve_ridge(moments: Moments, penalty: float) -> np.ndarray:
    """Coefficients (F,) of the features as they are, penalised as standardised ones.

    Minimises the mean squared error of a pair plus `penalty` times the sum of the squared
    coefficients of features of unit variance within a distance; the distances' own constants are
    not penalised. A feature that never varies has coefficient 0.
    """
    n = moments.count.sum()
    spread = np.sqrt(np.diag(moments.gram) / n)
    varies = spread > 1e-9
    spread = np.where(varies, spread, 1)
    scaled = moments.gram / n / np.outer(spread, spread) + penalty * np.eye(len(spread))
    beta = scipy.linalg.solve(scaled, moments.cross / n / spread, assume_a="pos")
    return np.where(varies, beta / spread, 0)


def predict_ridge(
    profiles: np.ndarray, moments: Moments, beta: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """Predicted log O/E, float64 (N, w); NaN outside `pairs` and at distances never learnt."""
    band = np.full(pairs.shape, np.nan)
    for distance in np.flatnonzero(moments.count):
        bins = np.flatnonzero(pairs[:, distance])
        x = pair_features(profiles, bins, distance) - moments.features[distance]
        band[bins, distance] = moments.target[distance] + x @ beta
    return band


def main(
    dataset: str,
    *,
    penalties: Sequence[float],
    min_distance: int,
    seed: int,
    shuffled: bool,
    prediction: str,
    record: str,
) -> None:
    """Write the predicted test map (.npz) and the record of the fit (JSON).

    Every pair counts the same. The penalty is the one whose log O/E correlates best on the
    validation pairs (of `min_distance` bp or more); the fit then takes training and validation
    pairs together. With `shuffled`, the profiles' bins are permuted first, by `seed`.
    """
    data = ConformationData.load(dataset)
    profiles = (shuffle_bins(data, seed) if shuffled else data).profiles
    target, width = log_observed(data.oe), data.window
    parts = pair_segments(data)
    train, valid, test = (
        pairs_within(parts[p], len(target), width) for p in ("train", "valid", "test")
    )
    least = -(-min_distance // data.resolution)
    moments = pair_moments(profiles, target, train)
    if not moments.count.sum():
        raise UserError(f"{dataset}: no measured pair of bins in the training part; allowed: some")
    scores = {}
    for penalty in penalties:
        band = predict_ridge(profiles, moments, solve_ridge(moments, penalty), valid)
        scores[penalty] = correlation(band[:, least:], target[:, least:])
        log.info("penalty %g: validation r %.4f", penalty, scores[penalty])
    best = max(penalties, key=lambda p: np.nan_to_num(scores[p], nan=-1.0))
    moments = pair_moments(profiles, target, train | valid)
    band = predict_ridge(profiles, moments, solve_ridge(moments, best), test)
    predict_pairs(data, np.exp(band)).save(prediction)
    write_record(
        record,
        ("numpy", "scipy"),
        penalty=best,
        validation_r={f"{p:g}": round(r, 6) for p, r in scores.items()},
        pairs=int(moments.count.sum()),
        seed=seed,
    )


if __name__ == "__main__":
    run_script(main, snakemake)
