"""Predicted maps of the test part, as every model of this paper writes them, and their scores."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import average_maps, window_maps

# A prediction below this O/E counts as this in logarithms; O/E of 0 that was observed has none
LEAST = 0.01
# Fewest pixels that a correlation is taken over
FEWEST = 3


@dataclass(frozen=True)
class MapPrediction:
    """Predicted map of the test part of a cell; K bins, W windows of w bins.

    Attributes
    ----------
    bins : int64 array, shape=(K,)
        The test part's bins, as indices into the data's N bins.
    band : float32 array, shape=(K, w)
        Predicted O/E of pixel (bin, bin + d), averaged over all windows that hold it; NaN where
        none does.
    firsts : int64 array, shape=(W,)
        First bin of each test window's receptive field.
    window_r, log_window_r : float64 arrays, shape=(W,)
        Pearson correlation of a window's predicted and observed O/E, or of their logarithms; 0
        for a constant prediction, NaN where the observed map cannot be correlated.
    """

    bins: np.ndarray
    band: np.ndarray
    firsts: np.ndarray
    window_r: np.ndarray
    log_window_r: np.ndarray

    @classmethod
    def of(
        cls, data: ConformationData, firsts: np.ndarray, predicted: np.ndarray
    ) -> "MapPrediction":
        """Score and average the maps of windows.

        Parameters
        ----------
        data
            The cell, with the observed map.
        firsts : int array, shape=(W,)
            The test windows.
        predicted : float array, shape=(W, P) or (2, W, P)
            Predicted O/E; with two maps per window the second is from the flipped profiles and
            flipped back, the map averages both and a window's correlation is the mean of the two.
        """
        ways = predicted[None] if predicted.ndim == 2 else predicted
        observed = window_maps(data.oe, firsts, data.window)
        bins = np.flatnonzero(data.part == "test")
        band = average_maps(ways.mean(0), firsts, data.window, len(data.part))
        return cls(
            bins=bins,
            band=band[bins].astype("float32"),
            firsts=np.asarray(firsts, dtype="int64"),
            window_r=np.mean([window_correlations(p, observed) for p in ways], axis=0),
            log_window_r=np.mean(
                [window_correlations(log_predicted(p), log_observed(observed)) for p in ways],
                axis=0,
            ),
        )

    def save(self, path: str | Path) -> None:
        """Write as compressed .npz, the same bytes for the same arrays."""
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: str | Path) -> "MapPrediction":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(**{f.name: arrays[f.name] for f in fields(cls)})


def log_observed(oe: np.ndarray) -> np.ndarray:
    """Natural logarithm of observed O/E; NaN where it is masked or 0."""
    with np.errstate(divide="ignore"):
        logs = np.log(oe)
    return np.where(np.isfinite(logs), logs, np.nan)


def log_predicted(oe: np.ndarray) -> np.ndarray:
    """Natural logarithm of predicted O/E, of which `LEAST` is the least; NaN stays NaN."""
    return np.log(np.maximum(oe, LEAST))


def correlation(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Pearson correlation over the values known in both, of any equal shapes.

    0 for a constant prediction (the distance-only model knows nothing about a map of O/E); NaN
    with fewer than three values, or where the observed ones are constant.
    """
    rows = [np.ravel(predicted)[None], np.ravel(observed)[None]]
    return float(window_correlations(*rows)[0])


def window_correlations(predicted: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Row-wise `correlation` of (W, P) arrays, float64 (W,)."""
    known = np.isfinite(predicted) & np.isfinite(observed)
    count = known.sum(1)
    x, y = (_centred(values, known, count) for values in (predicted, observed))
    sizes = [np.sqrt((v**2).sum(1)) for v in (x, y)]
    # rounding leaves a constant row a size that is not quite 0
    tiny = [1e-6 * np.abs(np.where(known, v, 0)).max(1, initial=0) * np.sqrt(np.maximum(count, 1))
            for v in (predicted, observed)]  # fmt: skip
    constant = [size <= least for size, least in zip(sizes, tiny, strict=True)]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (x * y).sum(1) / (sizes[0] * sizes[1])
    r = np.where(constant[0], 0.0, r)
    return np.where(constant[1] | (count < FEWEST), np.nan, r)


def _centred(values: np.ndarray, known: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Rows minus their mean over the known values, 0 elsewhere."""
    values = np.where(known, values, 0).astype("float64")
    mean = values.sum(1) / np.maximum(count, 1)
    return np.where(known, values - mean[:, None], 0)
