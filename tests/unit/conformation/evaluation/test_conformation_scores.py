import numpy as np
import pytest
from conformation_run import W, make_data, predict
from scipy.stats import pearsonr
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.evaluation.scores import (
    distance_scores,
    map_scores,
    shared_pixels,
    sigma_mode,
    sigma_scores,
    window_scores,
)

SETTINGS = dict(resolution=10, min_distance=20, distances=[30])


def random_maps(seed=0):
    rng = np.random.default_rng(seed)
    # above the lower limit of predicted O/E
    observed = rng.gamma(2, 0.5, (300, W)) + 0.1
    return observed * np.exp(rng.normal(0, 0.5, observed.shape)), observed


def scored(predicted, observed, shared=None, **changes):
    shared = np.isfinite(observed) if shared is None else shared
    rows = map_scores(predicted, observed, shared, **SETTINGS | changes)
    return {name: (value, n) for name, value, n in rows}


def test_correlations_equal_those_of_scipy():
    predicted, observed = random_maps()
    found = scored(predicted, observed)
    logs = np.log(predicted), np.log(observed)
    assert found["map_r"][0] == pytest.approx(pearsonr(predicted.ravel(), observed.ravel())[0])
    far = pearsonr(logs[0][:, 2:].ravel(), logs[1][:, 2:].ravel())[0]
    assert found["log_map_r"] == (pytest.approx(far), 300 * (W - 2))
    third = pearsonr(logs[0][:, 3], logs[1][:, 3])[0]
    assert found["log_map_r_0.03kb"] == (pytest.approx(third), 300)


def test_a_perfect_map_scores_1_and_a_constant_one_0():
    _, observed = random_maps()
    assert all(value == pytest.approx(1) for value, _ in scored(observed, observed).values())
    constant = scored(np.ones_like(observed), observed)
    assert {value for value, _ in constant.values()} == {0.0}


def test_masked_and_unshared_pixels_are_excluded():
    predicted, observed = random_maps()
    shared = np.isfinite(observed)
    shared[50:90] = False
    found = scored(predicted, observed, shared)
    changed, masked = predicted.copy(), observed.copy()
    changed[50:90] = 1e6
    masked[50:70] = np.nan
    assert scored(changed, masked, shared) == found
    assert found["map_r"][1] == 260 * W


def test_pixels_without_contacts_are_excluded_from_log_scores_only():
    predicted, observed = random_maps()
    observed[:10] = 0
    found = scored(predicted, observed)
    assert found["log_map_r"][1] == 290 * (W - 2)
    assert found["map_r"][1] == 300 * W


def test_all_models_are_scored_on_shared_pixels():
    data = make_data()
    predictions = {(name, 1): predict(data, np.ones(data.oe.shape)) for name in ("a", "b")}
    observed = data.oe[data.split == "test"]
    whole = shared_pixels(observed, predictions)
    assert not (whole & np.isnan(observed)).any()
    predictions["b", 1].band[20:25] = np.nan
    less = shared_pixels(observed, predictions)
    assert whole[20:25].any()
    assert not less[20:25].any()
    assert (less == whole)[np.r_[:20, 25 : len(whole)]].all()


def test_derived_models_do_not_restrict_the_shared_pixels():
    data = make_data()
    predictions = {("forward", 1): predict(data, np.ones(data.oe.shape)),
                   ("forward_from_backward", 1): predict(data, np.ones(data.oe.shape))}  # fmt: skip
    observed = data.oe[data.split == "test"]
    whole = shared_pixels(observed, predictions)
    predictions["forward_from_backward", 1].band[:] = np.nan
    assert (shared_pixels(observed, predictions) == whole).all()


def test_models_without_a_shared_pixel_are_rejected():
    data = make_data()
    found = predict(data, np.ones(data.oe.shape))
    found.band[:] = np.nan
    with pytest.raises(UserError, match="no measured pixel"):
        shared_pixels(data.oe[data.split == "test"], {("a", 1): found})
    with pytest.raises(UserError, match="shape"):
        shared_pixels(data.oe[:3], {("a", 1): found})


def test_scores_by_distance_equal_those_of_one_distance():
    predicted, observed = random_maps()
    table = distance_scores(predicted, observed, np.isfinite(observed), 10)
    expected = scored(predicted, observed)["log_map_r_0.03kb"][0]
    assert table.set_index("distance").log_r[30] == pytest.approx(expected)
    assert table.distance.tolist() == [10 * d for d in range(W)]


def test_window_scores_are_means_over_windows():
    data = make_data()
    found = predict(data, np.random.default_rng(0).random(data.oe.shape))
    scores = {name: (value, n) for name, value, n in window_scores(found)}
    assert scores["window_r"] == (pytest.approx(np.nanmean(found.window_r)), len(found.first_bins))


def test_auc_of_sigma_equals_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    active = rng.integers(0, 2, 200).astype(float)
    sigma = np.clip(0.3 * active + rng.normal(0.4, 0.2, 200), 0, 1)
    unknown = sigma.copy()
    unknown[:20], active[20:40] = np.nan, np.nan
    found = {name: (value, n) for name, value, n in sigma_scores(unknown, active)}
    assert found["sigma_active_auc"] == (
        pytest.approx(roc_auc_score(active[40:] > 0, sigma[40:])), 160
    )  # fmt: skip
    assert found["sigma_mode_active"][1] + found["sigma_mode_inactive"][1] == 160


def test_a_single_class_has_no_auc():
    names = [name for name, _, _ in sigma_scores(np.full(5, 0.3), np.ones(5))]
    assert names == ["sigma_mode_active"]


def test_the_mode_is_the_most_frequent_value():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0.2, 0.02, 500), rng.uniform(0, 1, 300)])
    assert abs(sigma_mode(values) - 0.2) <= 0.05
    assert sigma_mode(np.ones(4)) == pytest.approx(0.975)
