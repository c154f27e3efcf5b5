from dataclasses import replace

import numpy as np
import pytest

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.pairs import (
    pair_features,
    pairs_within,
    split_segments,
)
from workflow_scripts.conformation.data.windows import Segment

W, M = 5, 3


def cell(n=240, seed=0, noise=0.3):
    """A cell of two chromosomes whose log O/E follows the first factor's product and difference."""
    rng = np.random.default_rng(seed)
    profiles = rng.random((M, n)).astype("float32")
    chrom = np.repeat(["a", "b"], [n // 3, n - n // 3])
    start = np.concatenate([np.arange(n // 3), np.arange(n - n // 3)]) * 1000
    split = np.full(n, "train", dtype="U5")
    split[n // 3 : n // 2], split[n // 2 : n - n // 4] = "valid", "test"
    oe = np.full((n, W), np.nan)
    for i in range(n):
        for d in range(min(W, n - i)):
            if chrom[i] == chrom[i + d]:
                a, b = profiles[:, i], profiles[:, i + d]
                oe[i, d] = np.exp(3 * a[0] * b[0] - 2 * abs(a[1] - b[1]) + noise * rng.normal())
    oe[rng.random((n, W)) < 0.1] = np.nan
    return ConformationData(
        profiles, np.array(["x", "y", "z"]), chrom, start, start + 1000, oe, split, 1000, W
    )


def naive_features(profiles, i, d):
    a, b = profiles[:, i], profiles[:, i + d]
    return [*(a * b), *abs(a - b), *(a + b), *profiles[:, i : i + d + 1].mean(1)]


@pytest.mark.parametrize("distance", [0, 1, 4])
def test_features_equal_those_of_a_loop_over_pairs(distance):
    profiles = np.random.default_rng(1).random((M, 20))
    bins = np.array([0, 7, 19 - distance])
    expected = [naive_features(profiles, i, distance) for i in bins]
    assert pair_features(profiles, bins, distance) == pytest.approx(np.array(expected))


def test_both_bins_of_a_pair_lie_in_one_segment():
    inside = pairs_within([Segment("a", "train", 2, 6), Segment("a", "train", 6, 8)], 10, W)
    segment_of = {2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 1}
    for i in range(10):
        for d in range(W):
            both = i in segment_of and segment_of.get(i + d) == segment_of[i]
            assert inside[i, d] == both


def test_without_validation_bins_the_end_of_the_longest_segment_is_for_validation():
    data = cell()
    segments = split_segments(replace(data, split=np.where(data.split == "test", "test", "train")))
    (valid,) = segments["valid"]
    assert (valid.start, valid.stop) == (80 - 16, 80)
    assert Segment("a", "train", 0, 64) in segments["train"]
    train, checked = (pairs_within(segments[s], 240, W) for s in ("train", "valid"))
    assert not (train & checked).any()
