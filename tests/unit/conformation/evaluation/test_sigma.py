import numpy as np
from conformation_data import random_data

from workflow_scripts.conformation.data.windows import find_segments, split_first_bins
from workflow_scripts.conformation.evaluation.sigma import (
    average_sigma,
    inner_window_first_bins,
    smooth,
)

W = 6


def test_averaged_sigma_equals_a_naive_loop():
    rng, first_bins = np.random.default_rng(0), np.array([0, 2, 2, 9])
    windows = rng.random((4, W))
    values = {}
    for first, row in zip(first_bins, windows, strict=True):
        for k, value in enumerate(row):
            values.setdefault(first + W + k, []).append(value)
    expected = [np.mean(values[b]) if b in values else np.nan for b in range(40)]
    np.testing.assert_allclose(average_sigma(windows, first_bins, 40), expected)


def test_smoothing_stays_within_a_chromosome():
    data = random_data({"a": 20, "b": 20}, np.full(40, "train"), W)
    values = np.repeat([0.0, 1.0], 20)
    assert (smooth(values, data, 3) == values).all()


def test_first_bins_of_inner_windows_reach_both_ends():
    first_bins = inner_window_first_bins(
        find_segments(random_data({"a": 30}, np.full(30, "test"), W))[0], W
    )
    assert (first_bins[0] + W, first_bins[-1] + 2 * W) == (0, 30)
    assert (
        len(split_first_bins(random_data({"a": 30}, np.full(30, "test"), W), "test"))
        == 30 - 3 * W + 1
    )
