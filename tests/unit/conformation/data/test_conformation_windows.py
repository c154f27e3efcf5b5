import numpy as np
import pytest
from conformation_data import random_data

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import shuffle_bins
from workflow_scripts.conformation.data.windows import (
    average_maps,
    check_disjoint,
    fill_masked,
    find_segments,
    flip_maps,
    flip_order,
    flip_profiles,
    pixel_index,
    split_first_bins,
    window_first_bins,
    window_maps,
    window_profiles,
)


def test_a_bin_shared_by_two_splits_is_rejected(monkeypatch):
    data = random_data({"a": 100}, np.repeat(["train", "test"], 50), w=4)
    found = "workflow_scripts.conformation.data.windows.split_first_bins"
    monkeypatch.setattr(found, lambda data, split: np.array([45 if split == "train" else 56]))
    with pytest.raises(UserError, match=r"bin a:56000-57000 is in receptive fields of train and"):
        check_disjoint(data)


def test_windows_of_a_segment():
    assert list(window_first_bins(10, 24, 4)) == [10, 11, 12]
    assert not len(window_first_bins(10, 21, 4))


def test_a_region_s_end_is_a_segment_s_end():
    data = random_data({"a": 50}, np.full(50, "train"), w=4)
    data.start[30:] += 5000
    data.end[30:] += 5000
    assert [(s.start, s.stop) for s in find_segments(data)] == [(0, 30), (30, 50)]


def test_window_maps_equal_the_band():
    data = random_data({"a": 40}, np.full(40, "train"), w=5)
    first_bins = np.array([0, 3, 11])
    maps, (i, j) = window_maps(data.oe, first_bins, 5), pixel_index(5)
    for row, first in enumerate(first_bins):
        for pixel, (a, b) in enumerate(zip(i, j, strict=True)):
            assert maps[row, pixel] == data.oe[first + 5 + a, b - a]
    profiles = window_profiles(data.profiles, first_bins, 5)
    assert (profiles[1] == data.profiles[:, 3:18].T).all()


def test_flips_are_involutions_and_equal_the_rotated_matrix():
    w, rng = 6, np.random.default_rng(1)
    maps, profiles = rng.random((2, 21)), rng.random((2, 18, 3))
    assert (flip_maps(flip_maps(maps, w), w) == maps).all()
    assert (flip_profiles(flip_profiles(profiles)) == profiles).all()
    i, j = pixel_index(w)
    square = np.zeros((w, w))
    square[i, j] = square[j, i] = maps[0]
    assert (square[::-1, ::-1][i, j] == flip_maps(maps, w)[0]).all()
    assert sorted(flip_order(w)) == list(range(21))


def test_flips_of_profiles_and_maps_go_together():
    # the map of a flipped profile is the flipped map
    w, rng = 5, np.random.default_rng(2)
    profile = rng.random((4, 3 * w))
    i, j = pixel_index(w)

    def made(values):
        inner = values[:, w : 2 * w]
        return inner[:, i] * inner[:, j]

    np.testing.assert_allclose(made(flip_profiles(profile)), flip_maps(made(profile), w))


def test_averaged_maps_equal_a_naive_loop():
    w, n, rng = 4, 30, np.random.default_rng(3)
    first_bins = np.array([0, 1, 2, 7, 7, 18])
    maps = rng.random((6, 10))
    maps[2, 3] = np.nan
    values = {}
    for first, row in zip(first_bins, maps, strict=True):
        for a, b, value in zip(*pixel_index(w), row, strict=True):
            if np.isfinite(value):
                values.setdefault((first + w + a, b - a), []).append(value)
    expected = np.full((n, w), np.nan)
    for key, found in values.items():
        expected[key] = np.mean(found)
    np.testing.assert_allclose(average_maps(maps, first_bins, w, n), expected)


def test_average_of_true_windows_is_the_band():
    data = random_data({"a": 60}, np.full(60, "test"), w=4)
    first_bins = split_first_bins(data, "test")
    band = average_maps(window_maps(data.oe, first_bins, 4), first_bins, 4, 60)
    known = np.isfinite(band)
    np.testing.assert_allclose(band[known], data.oe[known], rtol=1e-6)
    assert known.sum() == 10 + 4 * (len(first_bins) - 1)


def test_shuffled_bins_keep_the_profiles_values_and_the_map():
    data = random_data({"a": 60}, np.full(60, "test"), w=4)
    shuffled = shuffle_bins(data, 1)
    assert (np.sort(shuffled.profiles) == np.sort(data.profiles)).all()
    assert (shuffled.profiles != data.profiles).any()
    assert shuffled.oe is data.oe
    assert (shuffle_bins(data, 1).profiles == shuffled.profiles).all()


def test_masked_pixels_are_filled_with_the_expected_value():
    filled = fill_masked(np.array([[np.nan, 0.0, 3.0]], "float32"))
    assert (filled == [[1, 0, 3]]).all()
    assert filled.dtype == "float32"
