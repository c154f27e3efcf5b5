"""σ along the genome: of a forward network, of a backward network, and smoothed."""

import keras
import numpy as np
from scipy.ndimage import gaussian_filter1d

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import contiguous_runs
from workflow_scripts.conformation.data.windows import (
    Segment,
    fill_masked,
    find_segments,
    flip_maps,
    flip_profiles,
    window_maps,
)
from workflow_scripts.conformation.evaluation.predictions import correlation
from workflow_scripts.conformation.models.networks import SIGMA

BATCH_SIZE = 256  # windows


def network_sigma(network: keras.Model, profiles: np.ndarray) -> np.ndarray:
    """σ of every bin by a forward network: profiles (M, N) to float32 (N, filters)."""
    layer = network.get_layer(SIGMA)
    kernel, bias = layer.get_weights()
    drive = profiles.T @ kernel[0] + bias
    return np.asarray(layer.activation(drive), dtype="float32")


def inner_window_first_bins(segment: Segment, w: int) -> np.ndarray:
    """First bins of the windows whose inner window lies in a segment; a map needs no flanks."""
    return np.arange(segment.start - w, segment.stop - 2 * w + 1)


def backward_sigma(
    network: keras.Model, data: ConformationData, first_bins: np.ndarray
) -> np.ndarray:
    """σ by the backward network from windows' maps, and from flipped maps: float32 (2, W, w).

    σ of the flipped maps is flipped back.
    """
    w = data.window
    maps = fill_masked(window_maps(data.oe, first_bins, w))
    forward = network.predict(maps, batch_size=BATCH_SIZE, verbose=0)
    flipped = network.predict(flip_maps(maps, w), batch_size=BATCH_SIZE, verbose=0)
    return np.stack([forward, flip_profiles(flipped)])


def average_sigma(windows: np.ndarray, first_bins: np.ndarray, n_bins: int) -> np.ndarray:
    """Average σ of each bin over all windows that contain it: (W, w) to float64 (n_bins,).

    NaN where no window does.
    """
    w = windows.shape[1]
    bins = np.asarray(first_bins)[:, None] + w + np.arange(w)
    total = np.bincount(bins.ravel(), windows.ravel(), n_bins)
    count = np.bincount(bins.ravel(), minlength=n_bins)
    return np.divide(total, count, out=np.full(n_bins, np.nan), where=count > 0)


def average_backward_sigma(network: keras.Model, data: ConformationData) -> np.ndarray:
    """Backward σ of all bins, averaged over the windows of their segment; float64 (N,).

    NaN in bins without a split, and in segments shorter than a window.
    """
    found = [
        inner_window_first_bins(segment, data.window)
        for segment in find_segments(data)
        if segment.split != "none"
    ]
    # each segment by itself, as in `predict_test_map`
    sigma = [backward_sigma(network, data, bins).mean(0) for bins in found if len(bins)]
    return average_sigma(np.concatenate(sigma), np.concatenate(found), len(data.split))


def smooth(values: np.ndarray, data: ConformationData, width: float) -> np.ndarray:
    """Gaussian smoothing (sd `width` bins) of (N,) or (N, filters) within runs of adjacent bins."""
    smoothed = np.empty(values.shape)
    for first, stop in contiguous_runs(data.chrom, data.start // data.resolution):
        smoothed[first:stop] = gaussian_filter1d(values[first:stop], width, axis=0, mode="nearest")
    return smoothed


def choose_smoothing_width(
    sigma: np.ndarray, backward: np.ndarray, data: ConformationData, widths: list[float],
    rows: np.ndarray,
) -> tuple[float, dict[float, float]]:  # fmt: skip
    """Width whose smoothed σ correlates best with backward σ, and the correlation of each width.

    Parameters
    ----------
    sigma, backward : float arrays, shape=(N,)
        σ of the forward and the backward network.
    data
        The cell.
    widths
        Standard deviations of the Gaussian (bins).
    rows
        Bins to correlate (bool or indices).
    """
    scores = {
        width: correlation(smooth(sigma, data, width)[rows], backward[rows]) for width in widths
    }
    return max(scores, key=lambda width: np.nan_to_num(scores[width], nan=-1.0)), scores
