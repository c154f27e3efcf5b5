from dataclasses import replace

import numpy as np
import pytest
from conformation_data import M, W, naive_pair_features, planted_pairs

from workflow_scripts.conformation.data.pairs import (
    pair_features,
    pairs_within,
    split_segments,
)
from workflow_scripts.conformation.data.windows import Segment


@pytest.mark.parametrize("distance", [0, 1, 4])
def test_features_equal_those_of_a_loop_over_pairs(distance):
    profiles = np.random.default_rng(1).random((M, 20))
    bins = np.array([0, 7, 19 - distance])
    expected = [naive_pair_features(profiles, i, distance) for i in bins]
    assert pair_features(profiles, bins, distance) == pytest.approx(np.array(expected))


def test_both_bins_of_a_pair_lie_in_one_segment():
    inside = pairs_within([Segment("a", "train", 2, 6), Segment("a", "train", 6, 8)], 10, W)
    segment_of = {2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 1}
    for i in range(10):
        for d in range(W):
            both = i in segment_of and segment_of.get(i + d) == segment_of[i]
            assert inside[i, d] == both


def test_without_validation_bins_the_end_of_the_longest_segment_is_for_validation():
    data = planted_pairs()
    segments = split_segments(replace(data, split=np.where(data.split == "test", "test", "train")))
    (valid,) = segments["valid"]
    assert (valid.start, valid.stop) == (80 - 16, 80)
    assert Segment("a", "train", 0, 64) in segments["train"]
    train, checked = (pairs_within(segments[s], 240, W) for s in ("train", "valid"))
    assert not (train & checked).any()
