import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.splits import blocked_parts, paper_parts
from workflow_scripts.conformation.data.windows import (
    average_maps,
    check_disjoint,
    flip_maps,
    flip_order,
    flip_profiles,
    part_firsts,
    pixel_index,
    segments,
    training_windows,
    window_firsts,
    window_maps,
    window_profiles,
)


def genome(lengths: dict, part: np.ndarray, w: int, seed: int = 0) -> ConformationData:
    """Random data of some chromosomes (bins each), 1 kb bins."""
    rng, n = np.random.default_rng(seed), sum(lengths.values())
    start = np.concatenate([1000 * np.arange(k) for k in lengths.values()])
    return ConformationData(
        profiles=rng.random((3, n)).astype("float32"),
        factors=np.array(["A", "B", "C"]),
        chrom=np.repeat(list(lengths), list(lengths.values())),
        start=start,
        end=start + 1000,
        oe=rng.random((n, w)).astype("float32"),
        part=part,
        resolution=1000,
        window=w,
    )


def place(lengths: dict) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.concatenate([np.arange(n) for n in lengths.values()])
    return np.repeat(list(lengths), list(lengths.values())), numbers


# ------------------------------------------------------------------ the published counts

ARMS = {"2L": 2302, "2R": 2115, "3L": 2455, "3R": 2791}


def published() -> ConformationData:
    chrom, number = place(ARMS)
    test = (chrom == "3R") & (number >= 1395)
    return genome(ARMS, paper_parts(chrom, number, test, trim=100), w=80)


def test_published_numbers_of_windows():
    data = published()
    windows = training_windows(data, seed=1)
    assert len(data.part) == 9663
    assert sum(len(firsts) for firsts, _ in windows.values()) == 13_814
    assert len(windows["train"][0]) == 11_052
    assert len(windows["valid"][0]) == 2_762
    assert 2 * len(part_firsts(data, "test")) == 2_112


def test_published_trim_lies_at_the_split_else_at_the_end():
    data = published()
    used = {s.chrom: [] for s in segments(data)}
    for s in segments(data):
        if s.part != "none":
            used[s.chrom].append(
                (s.part, data.start[s.start] // 1000, data.end[s.stop - 1] // 1000)
            )
    assert used["2L"] == [("train", 0, 2302 - 101)]
    assert used["3R"] == [("train", 0, 1395 - 101), ("test", 1395 + 101, 2791)]


def test_paper_s_split_leaks_into_validation_but_not_into_test():
    windows = training_windows(published(), seed=3)
    both = set(windows["train"][0]) & set(windows["valid"][0])
    assert both  # the same place, read the other way
    pairs = [set(zip(*windows[part], strict=True)) for part in ("train", "valid")]
    assert not pairs[0] & pairs[1]
    check_disjoint(published())


# ------------------------------------------------------------------ blocked split


def blocked(lengths, test, valid=None, **settings) -> np.ndarray:
    chrom, number = place(lengths)
    valid = np.zeros(len(chrom), bool) if valid is None else valid
    settings = {"valid_fraction": 0.25, "gap": 0, "least": 12, "where": "c"} | settings
    return blocked_parts(chrom, number, test, valid, **settings)


def test_blocked_windows_share_no_bin():
    lengths = {"a": 120, "b": 60}
    test = np.arange(180) >= 130
    data = genome(lengths, blocked(lengths, test), w=4)
    counts = check_disjoint(data)
    covered = {
        part: {b for f in part_firsts(data, part) for b in range(f, f + 12)} for part in counts
    }
    assert all(counts.values())
    assert not covered["train"] & covered["test"]
    assert not covered["train"] & covered["valid"]
    assert not covered["valid"] & covered["test"]
    # bins of the two chromosomes are never in one window
    assert not any(f < 120 < f + 12 for part in counts for f in part_firsts(data, part))


def test_a_gap_is_cut_from_training_alone():
    lengths = {"a": 120}
    test = np.arange(120) >= 100
    near, far = (blocked(lengths, test, gap=gap) for gap in (0, 5))
    assert (near == "test").sum() == (far == "test").sum() == 20
    assert (near == "valid").sum() == (far == "valid").sum() == 25
    assert (near == "train").sum() == (far == "train").sum() + 5


def test_no_room_for_validation_is_told():
    lengths = {"a": 60}
    with pytest.raises(UserError, match=r"c\.valid_fraction: 0\.25 is 10 bins"):
        blocked(lengths, np.arange(60) >= 40)


def test_overlap_of_test_and_validation_is_told():
    held = np.arange(60) >= 40
    with pytest.raises(UserError, match="overlap"):
        blocked({"a": 60}, held, held)


def test_check_disjoint_sees_a_shared_bin(monkeypatch):
    data = genome({"a": 100}, np.repeat(["train", "test"], 50), w=4)
    found = "workflow_scripts.conformation.data.windows.part_firsts"
    monkeypatch.setattr(found, lambda data, part: np.array([45 if part == "train" else 56]))
    with pytest.raises(UserError, match=r"bin a:56000-57000 is in receptive windows of train and"):
        check_disjoint(data)


# ------------------------------------------------------------------ windows and maps


def test_windows_of_a_segment():
    assert list(window_firsts(10, 24, 4)) == [10, 11, 12]
    assert not len(window_firsts(10, 21, 4))


def test_a_region_s_end_is_a_segment_s_end():
    data = genome({"a": 50}, np.full(50, "train"), w=4)
    data.start[30:] += 5000
    data.end[30:] += 5000
    assert [(s.start, s.stop) for s in segments(data)] == [(0, 30), (30, 50)]


def test_window_maps_against_the_band():
    data = genome({"a": 40}, np.full(40, "train"), w=5)
    firsts = np.array([0, 3, 11])
    maps, (i, j) = window_maps(data.oe, firsts, 5), pixel_index(5)
    for row, first in enumerate(firsts):
        for pixel, (a, b) in enumerate(zip(i, j, strict=True)):
            assert maps[row, pixel] == data.oe[first + 5 + a, b - a]
    profiles = window_profiles(data.profiles, firsts, 5)
    assert (profiles[1] == data.profiles[:, 3:18].T).all()


def test_flips_are_involutions_and_agree_with_the_turned_matrix():
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
    # a map made of its profile stays the map of the flipped profile
    w, rng = 5, np.random.default_rng(2)
    profile = rng.random((4, 3 * w))
    i, j = pixel_index(w)

    def made(values):
        inner = values[:, w : 2 * w]
        return inner[:, i] * inner[:, j]

    np.testing.assert_allclose(made(flip_profiles(profile)), flip_maps(made(profile), w))


def test_average_of_maps_against_a_naive_loop():
    w, n, rng = 4, 30, np.random.default_rng(3)
    firsts = np.array([0, 1, 2, 7, 7, 18])
    maps = rng.random((6, 10))
    maps[2, 3] = np.nan
    values = {}
    for first, row in zip(firsts, maps, strict=True):
        for a, b, value in zip(*pixel_index(w), row, strict=True):
            if np.isfinite(value):
                values.setdefault((first + w + a, b - a), []).append(value)
    expected = np.full((n, w), np.nan)
    for key, found in values.items():
        expected[key] = np.mean(found)
    np.testing.assert_allclose(average_maps(maps, firsts, w, n), expected)


def test_average_of_true_windows_is_the_band():
    data = genome({"a": 60}, np.full(60, "test"), w=4)
    firsts = part_firsts(data, "test")
    band = average_maps(window_maps(data.oe, firsts, 4), firsts, 4, 60)
    known = np.isfinite(band)
    np.testing.assert_allclose(band[known], data.oe[known], rtol=1e-6)
    assert known.sum() == 10 + 4 * (len(firsts) - 1)


def test_shuffled_bins_keep_the_profiles_values_and_the_map():
    data = genome({"a": 60}, np.full(60, "test"), w=4)
    shuffled = shuffle_bins(data, 1)
    assert (np.sort(shuffled.profiles) == np.sort(data.profiles)).all()
    assert (shuffled.profiles != data.profiles).any()
    assert shuffled.oe is data.oe
    assert (shuffle_bins(data, 1).profiles == shuffled.profiles).all()
