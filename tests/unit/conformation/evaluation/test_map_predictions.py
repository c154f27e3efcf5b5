import numpy as np
import pytest
from conformation_data import W, planted_pairs, random_data

from workflow_scripts.conformation.data.windows import split_first_bins, window_maps
from workflow_scripts.conformation.evaluation.predictions import (
    MapPrediction,
    correlation,
    log_observed,
    log_predicted,
    row_correlations,
)


def test_correlations_equal_those_of_numpy_without_masked_pixels():
    rng = np.random.default_rng(0)
    x, y = rng.random((3, 40)), rng.random((3, 40))
    y[1, ::3] = np.nan
    found = row_correlations(x, y)
    for row in range(3):
        known = np.isfinite(y[row])
        np.testing.assert_allclose(found[row], np.corrcoef(x[row, known], y[row, known])[0, 1])


def test_a_constant_prediction_scores_0_and_a_constant_map_nan():
    rng = np.random.default_rng(0)
    y = rng.random(30)
    assert correlation(np.full(30, 0.1), y) == 0
    assert correlation(np.full(30, 1 / 3, "float32"), y) == 0
    assert np.isnan(correlation(y, np.ones(30)))
    assert np.isnan(correlation(y[:2], y[:2]))
    assert correlation(1e-9 * y, y) > 0.999  # small is not constant


def test_logarithms_of_zero():
    assert np.isnan(log_observed(np.array([0.0, np.nan]))).all()
    assert np.isfinite(log_predicted(np.array([0.0, 1.0]))).all()


def test_the_true_map_scores_one_and_survives_saving(tmp_path):
    data = random_data({"a": 60}, np.repeat(["train", "test"], [20, 40]), w=4)
    data.oe[30, 2] = np.nan
    first_bins = split_first_bins(data, "test")
    truth = MapPrediction.from_windows(data, first_bins, window_maps(data.oe, first_bins, 4))
    np.testing.assert_allclose(truth.window_r, 1)
    np.testing.assert_allclose(truth.log_window_r, 1)
    assert (truth.bins == np.arange(20, 60)).all()
    assert np.isnan(truth.band[10, 2])
    truth.save(tmp_path / "x.npz")
    again = MapPrediction.load(tmp_path / "x.npz")
    for name, values in vars(truth).items():
        np.testing.assert_array_equal(getattr(again, name), values)


def test_predictions_of_windows_and_flips_are_averaged():
    data = random_data({"a": 60}, np.full(60, "test"), w=4)
    first_bins = split_first_bins(data, "test")
    maps = window_maps(data.oe, first_bins, 4)
    noise = np.random.default_rng(1).random(maps.shape)
    both = MapPrediction.from_windows(data, first_bins, np.stack([maps, noise]))
    one = MapPrediction.from_windows(data, first_bins, noise)
    np.testing.assert_allclose(both.window_r, (1 + one.window_r) / 2)
    single = MapPrediction.from_windows(data, first_bins, (maps + noise) / 2)
    np.testing.assert_allclose(both.band, single.band, rtol=1e-5)


def test_the_predicted_pixels_are_those_of_the_test_windows():
    data = planted_pairs()
    found = MapPrediction.from_band(data, np.arange(240 * W, dtype=float).reshape(240, W) + 1)
    held = np.zeros((240, W), bool)
    for first in split_first_bins(data, "test"):
        for i in range(W):
            held[first + W + i, : W - i] = True
    assert (np.isfinite(found.band) == held[found.bins]).all()
    rows, columns = np.nonzero(held[found.bins])
    assert found.band[rows, columns] == pytest.approx(found.bins[rows] * W + columns + 1)
