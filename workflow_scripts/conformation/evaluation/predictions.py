"""Predicted maps of the test split, in the format of all models, and their correlations."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import (
    average_maps,
    split_first_bins,
    window_maps,
)

# Lower limit of predicted O/E in logarithms; observed O/E of 0 is excluded instead
MIN_PREDICTED_OE = 0.01
# Minimum number of pixels of a correlation
MIN_PIXELS = 3


@dataclass(frozen=True)
class MapPrediction:
    """Predicted map of the test split of one cell; K bins, W windows of w bins.

    Attributes
    ----------
    bins : int64 array, shape=(K,)
        Indices of the test bins among the data's N bins.
    band : float32 array, shape=(K, w)
        Predicted O/E of pixel (bin, bin + d), averaged over all windows that contain it; NaN where
        none does.
    first_bins : int64 array, shape=(W,)
        First bin of the receptive field of each test window.
    window_r, log_window_r : float64 arrays, shape=(W,)
        Pearson correlation of predicted and observed O/E, or of their logarithms, within each
        window; 0 for a constant prediction, NaN where the observed map is constant or unknown.
    """

    bins: np.ndarray
    band: np.ndarray
    first_bins: np.ndarray
    window_r: np.ndarray
    log_window_r: np.ndarray

    @classmethod
    def from_windows(
        cls, data: ConformationData, first_bins: np.ndarray, predicted: np.ndarray
    ) -> "MapPrediction":
        """Score and average the maps of windows.

        Parameters
        ----------
        data
            The cell, with the observed map.
        first_bins : int array, shape=(W,)
            First bins of the test windows.
        predicted : float array, shape=(W, P) or (2, W, P)
            Predicted O/E. With two maps per window the second is predicted from the flipped
            profiles and flipped back; both are averaged, and so are their correlations.
        """
        maps = predicted[None] if predicted.ndim == 2 else predicted
        observed = window_maps(data.oe, first_bins, data.window)
        bins = np.flatnonzero(data.split == "test")
        band = average_maps(maps.mean(0), first_bins, data.window, len(data.split))
        return cls(
            bins=bins,
            band=band[bins].astype("float32"),
            first_bins=np.asarray(first_bins, dtype="int64"),
            window_r=np.mean([row_correlations(p, observed) for p in maps], axis=0),
            log_window_r=np.mean(
                [row_correlations(log_predicted(p), log_observed(observed)) for p in maps],
                axis=0,
            ),
        )

    @classmethod
    def from_band(cls, data: ConformationData, band: np.ndarray) -> "MapPrediction":
        """Score a band of predicted O/E (N, w), restricted to the pixels of the test windows.

        For models of pairs: each pixel has one value, whichever window contains it.
        """
        first_bins = split_first_bins(data, "test")
        found = cls.from_windows(data, first_bins, window_maps(band, first_bins, data.window))
        # a mean of equal values can differ from them in the last bit
        exact = np.where(np.isfinite(found.band), band[found.bins], np.nan)
        return replace(found, band=exact.astype("float32"))

    def save(self, path: str | Path) -> None:
        """Write a compressed .npz file; equal arrays give equal bytes."""
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: str | Path) -> "MapPrediction":
        """Read a file written by `save`."""
        with np.load(path) as arrays:
            return cls(**{f.name: arrays[f.name] for f in fields(cls)})


def log_observed(oe: np.ndarray) -> np.ndarray:
    """Natural logarithm of observed O/E; NaN where it is masked or 0."""
    with np.errstate(divide="ignore"):
        logs = np.log(oe)
    return np.where(np.isfinite(logs), logs, np.nan)


def log_predicted(oe: np.ndarray) -> np.ndarray:
    """Natural logarithm of predicted O/E, clipped at `MIN_PREDICTED_OE`; NaN stays NaN."""
    return np.log(np.maximum(oe, MIN_PREDICTED_OE))


def correlation(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Pearson correlation over the values that are finite in both arrays, of any equal shapes.

    0 for a constant prediction, such as the mean by distance; NaN with fewer than three values, or
    if the observed values are constant.
    """
    rows = [np.ravel(predicted)[None], np.ravel(observed)[None]]
    return float(row_correlations(*rows)[0])


def row_correlations(predicted: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Row-wise `correlation` of (W, P) arrays, float64 (W,)."""
    known = np.isfinite(predicted) & np.isfinite(observed)
    count = known.sum(1)
    x, y = (_centered(values, known, count) for values in (predicted, observed))
    norms = [np.sqrt((v**2).sum(1)) for v in (x, y)]
    # after rounding, the norm of a constant row is not exactly 0
    limits = [1e-6 * np.abs(np.where(known, v, 0)).max(1, initial=0) * np.sqrt(np.maximum(count, 1))
            for v in (predicted, observed)]  # fmt: skip
    constant = [norm <= limit for norm, limit in zip(norms, limits, strict=True)]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (x * y).sum(1) / (norms[0] * norms[1])
    r = np.where(constant[0], 0.0, r)
    return np.where(constant[1] | (count < MIN_PIXELS), np.nan, r)


def _centered(values: np.ndarray, known: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Rows minus their mean over the known values; 0 elsewhere."""
    values = np.where(known, values, 0).astype("float64")
    mean = values.sum(1) / np.maximum(count, 1)
    return np.where(known, values - mean[:, None], 0)
