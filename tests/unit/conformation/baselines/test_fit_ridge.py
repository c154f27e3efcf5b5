import json

import numpy as np
import pytest
from conformation_data import M, W, naive_pair_features, planted_pairs
from sklearn.linear_model import Ridge

from workflow_scripts.conformation.baselines.fit_ridge import (
    RidgeFit,
    main,
    pair_moments,
    solve_ridge,
)
from workflow_scripts.conformation.data.pairs import (
    pairs_within,
    split_segments,
)
from workflow_scripts.conformation.evaluation.predictions import MapPrediction, correlation


def test_ridge_equals_sklearn_on_centered_standardized_features():
    data = planted_pairs()
    target = np.log(data.oe)
    pairs = pairs_within(split_segments(data)["train"], *target.shape)
    known = pairs & np.isfinite(target)
    i, d = np.nonzero(known)
    x = np.array([naive_pair_features(data.profiles, *pair) for pair in zip(i, d, strict=True)])
    y = target[i, d]
    center = {k: (x[d == k].mean(0), y[d == k].mean()) for k in range(W)}
    x = x - np.array([center[k][0] for k in d])
    y = y - np.array([center[k][1] for k in d])
    # at distance 0 products and sums are collinear: only the fit is unique
    spread = np.sqrt((x**2).mean(0))
    sklearn_ridge = Ridge(alpha=0.01 * len(y), fit_intercept=False).fit(x / spread, y)
    moments = pair_moments(data.profiles, target, pairs)
    assert solve_ridge(moments, 0.01) == pytest.approx(
        sklearn_ridge.coef_ / spread, rel=1e-4, abs=1e-6
    )
    band = RidgeFit.solve(moments, 0.01).predict(data.profiles, pairs)
    shift = np.array([center[k][1] for k in d])
    assert band[i, d] == pytest.approx(
        sklearn_ridge.predict(x / spread) + shift, rel=1e-4, abs=1e-5
    )


def test_a_constant_factor_has_coefficient_0():
    data = planted_pairs()
    data.profiles[2] = 0
    moments = pair_moments(data.profiles, np.log(data.oe), np.ones(data.oe.shape, bool))
    beta = solve_ridge(moments, 0.1)
    assert (beta[2::M] == 0).all()
    assert np.isfinite(beta).all()


@pytest.mark.parametrize(("shuffled", "low", "high"), [(False, 0.9, 1), (True, -0.2, 0.2)])
def test_ridge_finds_a_planted_rule_and_nothing_in_shuffled_bins(tmp_path, shuffled, low, high):
    data = planted_pairs(n=900)
    data.save(tmp_path / "data.npz")
    main(
        str(tmp_path / "data.npz"),
        alphas=[0.001, 0.1],
        min_distance=1000,
        refit=True,
        seed=1,
        shuffled=shuffled,
        weights=str(tmp_path / "w.npz"),
        prediction=str(tmp_path / "p.npz"),
        record=str(tmp_path / "p.json"),
    )
    found = MapPrediction.load(tmp_path / "p.npz")
    r = correlation(np.log(found.band[:, 1:]), np.log(data.oe[found.bins, 1:]))
    assert low < r < high


# FAULTS A8
def test_the_final_fit_of_ridge_is_on_training_and_validation_only_with_refit(tmp_path):
    data = planted_pairs(n=300)
    data.save(tmp_path / "data.npz")
    target, pairs = np.log(data.oe), {}
    for split, found in split_segments(data).items():
        pairs[split] = pairs_within(found, *target.shape) & np.isfinite(target)
    for refit in (True, False):
        main(
            str(tmp_path / "data.npz"), alphas=[0.1], min_distance=1000, refit=refit, seed=1,
            shuffled=False, weights=str(tmp_path / "w.npz"), prediction=str(tmp_path / "p.npz"),
            record=str(tmp_path / "p.json"),
        )  # fmt: skip
        record = json.loads((tmp_path / "p.json").read_text())
        assert record["refit"] is refit
        expected = pairs["train"].sum() + (pairs["valid"].sum() if refit else 0)
        assert record["pairs"] == expected
