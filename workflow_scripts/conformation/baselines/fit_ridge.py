"""Baseline: ridge regression of log O/E on features of pairs of bins."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import scipy.linalg

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import write_record
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.pairs import (
    FEATURES_PER_FACTOR,
    pair_features,
    pairs_within,
    split_segments,
)
from workflow_scripts.conformation.evaluation.predictions import (
    MapPrediction,
    correlation,
    log_observed,
)

log = logging.getLogger("chromaloom")


@dataclass(frozen=True)
class Moments:
    """Sums over pairs for a ridge regression; F features, distances 0 to w - 1.

    Attributes
    ----------
    count : int64 array, shape=(w,)
        Number of pairs of each distance.
    features, target : float64 arrays, shapes=(w, F) and (w,)
        Means of each distance; 0 where it has no pair.
    gram, cross : float64 arrays, shapes=(F, F) and (F,)
        Products of the features, and of features with the target, each minus the mean of its
        distance.
    """

    count: np.ndarray
    features: np.ndarray
    target: np.ndarray
    gram: np.ndarray
    cross: np.ndarray


def pair_moments(profiles: np.ndarray, target: np.ndarray, pairs: np.ndarray) -> Moments:
    """Compute the sums distance by distance, with the features of one distance in memory.

    Parameters
    ----------
    profiles : float array, shape=(M, N)
        Value of each factor in each bin.
    target : float array, shape=(N, w)
        Log O/E of pairs; NaN where unknown, which excludes the pair.
    pairs : bool array, shape=(N, w)
        Pairs to fit.
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


def solve_ridge(moments: Moments, alpha: float) -> np.ndarray:
    """Coefficients (F,) of the unscaled features, regularized as those of standardized features.

    Minimizes the mean squared error plus `alpha` times the sum of the squared coefficients of
    features with unit variance within a distance. The intercept of each distance is not
    regularized. Constant features have coefficient 0.
    """
    n = moments.count.sum()
    spread = np.sqrt(np.diag(moments.gram) / n)
    varies = spread > 1e-9
    spread = np.where(varies, spread, 1)
    scaled = moments.gram / n / np.outer(spread, spread) + alpha * np.eye(len(spread))
    beta = scipy.linalg.solve(scaled, moments.cross / n / spread, assume_a="pos")
    return np.where(varies, beta / spread, 0)


@dataclass(frozen=True)
class RidgeFit:
    """A fitted model; F features, distances 0 to w - 1.

    Attributes
    ----------
    count, features, target
        As in `Moments`.
    beta : float64 array, shape=(F,)
        Coefficients of the features.
    """

    count: np.ndarray
    features: np.ndarray
    target: np.ndarray
    beta: np.ndarray

    @classmethod
    def solve(cls, moments: Moments, alpha: float) -> "RidgeFit":
        """Fit by `solve_ridge`."""
        beta = solve_ridge(moments, alpha)
        return cls(moments.count, moments.features, moments.target, beta)

    def predict(self, profiles: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Predicted log O/E, float64 (N, w); NaN outside `pairs` and at distances without a fit."""
        band = np.full(pairs.shape, np.nan)
        for distance in np.flatnonzero(self.count):
            bins = np.flatnonzero(pairs[:, distance])
            x = pair_features(profiles, bins, distance) - self.features[distance]
            # by einsum, whose sum of a row does not depend on the other rows
            change = np.einsum("pf,f->p", x, self.beta)
            band[bins, distance] = self.target[distance] + change
        return band

    def save(self, path: str | Path) -> None:
        """Write a compressed .npz file; equal arrays give equal bytes."""
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: str | Path) -> "RidgeFit":
        """Read a file written by `save`."""
        with np.load(path) as arrays:
            return cls(**{f.name: arrays[f.name] for f in fields(cls)})


def main(
    dataset: str,
    *,
    alphas: Sequence[float],
    min_distance: int,
    refit: bool,
    seed: int,
    shuffled: bool,
    weights: str,
    prediction: str,
    record: str,
) -> None:
    """Write the fit and the predicted map of the test split (.npz), and the fit's record (JSON).

    All pairs have the same weight. The `alpha` with the highest correlation of log O/E over the
    validation pairs of at least `min_distance` bp is chosen; with `refit` the final fit is on
    training and validation pairs. With `shuffled`, the bins of the profiles are permuted by `seed`.
    """
    data = ConformationData.load(dataset)
    profiles = (shuffle_bins(data, seed) if shuffled else data).profiles
    target, width = log_observed(data.oe), data.window
    segments = split_segments(data)
    train, valid, test = (
        pairs_within(segments[split], len(target), width) for split in ("train", "valid", "test")
    )
    min_bins = -(-min_distance // data.resolution)
    moments = pair_moments(profiles, target, train)
    if not moments.count.sum():
        raise UserError(
            f"{dataset}: no unmasked pixel in the training split;"
            " expected: a map with contacts there"
        )
    scores = {}
    for alpha in alphas:
        band = RidgeFit.solve(moments, alpha).predict(profiles, valid)
        scores[alpha] = correlation(band[:, min_bins:], target[:, min_bins:])
        log.info("alpha %g: validation r %.4f", alpha, scores[alpha])
    best = max(alphas, key=lambda alpha: np.nan_to_num(scores[alpha], nan=-1.0))
    if refit:
        moments = pair_moments(profiles, target, train | valid)
    fit = RidgeFit.solve(moments, best)
    fit.save(weights)
    MapPrediction.from_band(data, np.exp(fit.predict(profiles, test))).save(prediction)
    write_record(
        record,
        ("numpy", "scipy"),
        alpha=best,
        validation_r={f"{alpha:g}": round(r, 6) for alpha, r in scores.items()},
        pairs=int(moments.count.sum()),
        refit=refit,
        seed=seed,
    )


if __name__ == "__main__":
    run_script(main, snakemake)
