import numpy as np

from tests.unit.conformation.test_windows import genome
from workflow_scripts.conformation.baselines.fit_mean import main as fit_mean
from workflow_scripts.conformation.data.windows import part_firsts, window_maps
from workflow_scripts.conformation.evaluation.predictions import (
    MapPrediction,
    correlation,
    log_observed,
    log_predicted,
    window_correlations,
)


def test_correlations_agree_with_numpy_and_leave_masked_pixels_out():
    rng = np.random.default_rng(0)
    x, y = rng.random((3, 40)), rng.random((3, 40))
    y[1, ::3] = np.nan
    found = window_correlations(x, y)
    for row in range(3):
        known = np.isfinite(y[row])
        np.testing.assert_allclose(found[row], np.corrcoef(x[row, known], y[row, known])[0, 1])


def test_a_constant_prediction_scores_zero_and_a_constant_map_nothing():
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
    data = genome({"a": 60}, np.repeat(["train", "test"], [20, 40]), w=4)
    data.oe[30, 2] = np.nan
    firsts = part_firsts(data, "test")
    truth = MapPrediction.of(data, firsts, window_maps(data.oe, firsts, 4))
    np.testing.assert_allclose(truth.window_r, 1)
    np.testing.assert_allclose(truth.log_window_r, 1)
    assert (truth.bins == np.arange(20, 60)).all()
    assert np.isnan(truth.band[10, 2])
    truth.save(tmp_path / "x.npz")
    again = MapPrediction.load(tmp_path / "x.npz")
    for name, values in vars(truth).items():
        np.testing.assert_array_equal(getattr(again, name), values)


def test_two_ways_are_averaged():
    data = genome({"a": 60}, np.full(60, "test"), w=4)
    firsts = part_firsts(data, "test")
    maps = window_maps(data.oe, firsts, 4)
    noise = np.random.default_rng(1).random(maps.shape)
    both = MapPrediction.of(data, firsts, np.stack([maps, noise]))
    one = MapPrediction.of(data, firsts, noise)
    np.testing.assert_allclose(both.window_r, (1 + one.window_r) / 2)
    single = MapPrediction.of(data, firsts, (maps + noise) / 2)
    np.testing.assert_allclose(both.band, single.band, rtol=1e-5)


def test_the_distance_only_baseline_scores_zero(tmp_path):
    data = genome({"a": 60}, np.full(60, "test"), w=4)
    data.save(tmp_path / "data.npz")
    fit_mean(str(tmp_path / "data.npz"), out=str(tmp_path / "mean.npz"))
    found = MapPrediction.load(tmp_path / "mean.npz")
    assert (found.window_r == 0).all()
    assert set(found.band[np.isfinite(found.band)]) == {1.0}
