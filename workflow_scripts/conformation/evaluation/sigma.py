"""σ of a trained forward network along the genome, and what the backward network makes of it."""

import keras
import numpy as np
from scipy.ndimage import gaussian_filter1d

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import runs
from workflow_scripts.conformation.data.windows import (
    Segment,
    flip_maps,
    flip_profiles,
    window_maps,
)
from workflow_scripts.conformation.evaluation.predictions import correlation
from workflow_scripts.conformation.models.networks import SIGMA
from workflow_scripts.conformation.training.fitting import BATCH, fill_masked


def network_sigma(network: keras.Model, profiles: np.ndarray) -> np.ndarray:
    """σ of every bin: profiles (M, N) to float32 (N, filters); a bin's σ needs that bin alone."""
    layer = network.get_layer(SIGMA)
    kernel, bias = layer.get_weights()
    drive = profiles.T @ kernel[0] + bias
    return np.asarray(layer.activation(drive), dtype="float32")


def inner_firsts(segment: Segment, w: int) -> np.ndarray:
    """First bins of the windows whose inner window lies in a segment: a map needs no flanks."""
    return np.arange(segment.start - w, segment.stop - 2 * w + 1)


def backward_sigma(network: keras.Model, data: ConformationData, firsts: np.ndarray) -> np.ndarray:
    """σ that the backward network sees in windows' maps, both ways read: float32 (2, W, w).

    The second is from the flipped map and flipped back.
    """
    w = data.window
    maps = fill_masked(window_maps(data.oe, firsts, w))
    there = network.predict(maps, batch_size=BATCH, verbose=0)
    back = network.predict(flip_maps(maps, w), batch_size=BATCH, verbose=0)
    return np.stack([there, flip_profiles(back)])


def average_sigma(windows: np.ndarray, firsts: np.ndarray, n_bins: int) -> np.ndarray:
    """Average of each bin's σ over all windows that hold it: (W, w) to float64 (n_bins,).

    NaN where no window does.
    """
    w = windows.shape[1]
    bins = np.asarray(firsts)[:, None] + w + np.arange(w)
    total = np.bincount(bins.ravel(), windows.ravel(), n_bins)
    count = np.bincount(bins.ravel(), minlength=n_bins)
    return np.divide(total, count, out=np.full(n_bins, np.nan), where=count > 0)


def smooth(values: np.ndarray, data: ConformationData, width: float) -> np.ndarray:
    """Gaussian smoothing (sd `width` bins) of (N,) or (N, filters) within runs of bins."""
    found = np.empty(values.shape)
    for first, stop in runs(data.chrom, data.start // data.resolution):
        found[first:stop] = gaussian_filter1d(values[first:stop], width, axis=0, mode="nearest")
    return found


def choose_width(
    sigma: np.ndarray, backward: np.ndarray, data: ConformationData, widths: list[float],
    rows: np.ndarray,
) -> tuple[float, dict[float, float]]:  # fmt: skip
    """Width whose smoothed σ correlates best with backward σ in some bins, and r of each width.

    `sigma` and `backward` are (N,), `rows` the bins (bool or indices).
    """
    found = {
        width: correlation(smooth(sigma, data, width)[rows], backward[rows]) for width in widths
    }
    return max(found, key=lambda width: np.nan_to_num(found[width], nan=-1.0)), found
