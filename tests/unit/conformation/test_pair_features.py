from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from workflow_scripts.conformation.baselines.fit_ridge import (
    main,
    pair_moments,
    predict_ridge,
    solve_ridge,
)
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.pair_features import (
    pair_features,
    pair_segments,
    pairs_within,
    predict_pairs,
)
from workflow_scripts.conformation.data.windows import Segment, part_firsts
from workflow_scripts.conformation.evaluation.predictions import MapPrediction, correlation

W, M = 5, 3


def cell(n=240, seed=0, noise=0.3):
    """A cell of two chromosomes whose log O/E follows the first factor's product and difference."""
    rng = np.random.default_rng(seed)
    profiles = rng.random((M, n)).astype("float32")
    chrom = np.repeat(["a", "b"], [n // 3, n - n // 3])
    start = np.concatenate([np.arange(n // 3), np.arange(n - n // 3)]) * 1000
    part = np.full(n, "train", dtype="U5")
    part[n // 3 : n // 2], part[n // 2 : n - n // 4] = "valid", "test"
    oe = np.full((n, W), np.nan)
    for i in range(n):
        for d in range(min(W, n - i)):
            if chrom[i] == chrom[i + d]:
                a, b = profiles[:, i], profiles[:, i + d]
                oe[i, d] = np.exp(3 * a[0] * b[0] - 2 * abs(a[1] - b[1]) + noise * rng.normal())
    oe[rng.random((n, W)) < 0.1] = np.nan
    return ConformationData(
        profiles, np.array(["x", "y", "z"]), chrom, start, start + 1000, oe, part, 1000, W
    )


def naive_features(profiles, i, d):
    a, b = profiles[:, i], profiles[:, i + d]
    return [*(a * b), *abs(a - b), *(a + b), *profiles[:, i : i + d + 1].mean(1)]


@pytest.mark.parametrize("distance", [0, 1, 4])
def test_features_are_those_of_a_loop_over_pairs(distance):
    profiles = np.random.default_rng(1).random((M, 20))
    bins = np.array([0, 7, 19 - distance])
    expected = [naive_features(profiles, i, distance) for i in bins]
    assert pair_features(profiles, bins, distance) == pytest.approx(np.array(expected))


def test_a_pair_counts_only_where_one_segment_holds_both_bins():
    inside = pairs_within([Segment("a", "train", 2, 6), Segment("a", "train", 6, 8)], 10, W)
    segment_of = {2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 1}
    for i in range(10):
        for d in range(W):
            both = i in segment_of and segment_of.get(i + d) == segment_of[i]
            assert inside[i, d] == both


def test_without_a_validation_part_the_end_of_the_longest_segment_validates():
    data = cell()
    parts = pair_segments(replace(data, part=np.where(data.part == "test", "test", "train")))
    (valid,) = parts["valid"]
    assert (valid.start, valid.stop) == (80 - 16, 80)
    assert Segment("a", "train", 0, 64) in parts["train"]
    train, checked = (pairs_within(parts[p], 240, W) for p in ("train", "valid"))
    assert not (train & checked).any()


def test_ridge_is_that_of_sklearn_on_centred_standardised_features():
    data = cell()
    target = np.log(data.oe)
    pairs = pairs_within(pair_segments(data)["train"], *target.shape)
    known = pairs & np.isfinite(target)
    i, d = np.nonzero(known)
    x = np.array([naive_features(data.profiles, *pair) for pair in zip(i, d, strict=True)])
    y = target[i, d]
    centre = {k: (x[d == k].mean(0), y[d == k].mean()) for k in range(W)}
    x = x - np.array([centre[k][0] for k in d])
    y = y - np.array([centre[k][1] for k in d])
    # products and sums of one bin with itself repeat each other: only the fit is unique
    spread = np.sqrt((x**2).mean(0))
    theirs = Ridge(alpha=0.01 * len(y), fit_intercept=False).fit(x / spread, y)
    moments = pair_moments(data.profiles, target, pairs)
    assert solve_ridge(moments, 0.01) == pytest.approx(theirs.coef_ / spread, rel=1e-4, abs=1e-6)
    band = predict_ridge(data.profiles, moments, solve_ridge(moments, 0.01), pairs)
    shift = np.array([centre[k][1] for k in d])
    assert band[i, d] == pytest.approx(theirs.predict(x / spread) + shift, rel=1e-4, abs=1e-5)


def test_a_factor_that_never_varies_gets_no_coefficient():
    data = cell()
    data.profiles[2] = 0
    moments = pair_moments(data.profiles, np.log(data.oe), np.ones(data.oe.shape, bool))
    beta = solve_ridge(moments, 0.1)
    assert (beta[2::M] == 0).all()
    assert np.isfinite(beta).all()


@pytest.mark.parametrize(("shuffled", "low", "high"), [(False, 0.9, 1), (True, -0.2, 0.2)])
def test_ridge_finds_a_planted_rule_and_nothing_in_shuffled_bins(tmp_path, shuffled, low, high):
    data = cell(n=900)
    data.save(tmp_path / "data.npz")
    main(
        str(tmp_path / "data.npz"),
        penalties=[0.001, 0.1],
        min_distance=1000,
        seed=1,
        shuffled=shuffled,
        prediction=str(tmp_path / "p.npz"),
        record=str(tmp_path / "p.json"),
    )
    found = MapPrediction.load(tmp_path / "p.npz")
    r = correlation(np.log(found.band[:, 1:]), np.log(data.oe[found.bins, 1:]))
    assert low < r < high


def test_the_predicted_pixels_are_those_of_the_test_windows():
    data = cell()
    found = predict_pairs(data, np.arange(240 * W, dtype=float).reshape(240, W) + 1)
    held = np.zeros((240, W), bool)
    for first in part_firsts(data, "test"):
        for i in range(W):
            held[first + W + i, : W - i] = True
    assert (np.isfinite(found.band) == held[found.bins]).all()
    rows, columns = np.nonzero(held[found.bins])
    assert found.band[rows, columns] == pytest.approx(found.bins[rows] * W + columns + 1)
