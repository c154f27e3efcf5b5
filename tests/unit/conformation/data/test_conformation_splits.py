import numpy as np
import pandas as pd
import pytest
from conformation_data import random_data

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import (
    blocked_split,
    figure_bins,
    paper_split,
    parse_region,
)
from workflow_scripts.conformation.data.windows import (
    check_disjoint,
    split_first_bins,
    training_windows,
)


def coordinates(lengths: dict) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.concatenate([np.arange(n) for n in lengths.values()])
    return np.repeat(list(lengths), list(lengths.values())), numbers


ARMS = {"2L": 2302, "2R": 2115, "3L": 2455, "3R": 2791}


def published_split() -> ConformationData:
    chrom, number = coordinates(ARMS)
    test = (chrom == "3R") & (number >= 1395)
    return random_data(ARMS, paper_split(chrom, number, test, trim=100, window=80), w=80)


def test_split_paper_has_the_published_numbers_of_windows():
    data = published_split()
    windows = training_windows(data, seed=1)
    assert len(data.split) == 9663
    assert sum(len(first_bins) for first_bins, _ in windows.values()) == 13_814
    assert len(windows["train"][0]) == 11_052
    assert len(windows["valid"][0]) == 2_762
    assert 2 * len(split_first_bins(data, "test")) == 2_112


def inner_windows(data: ConformationData, chrom: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends (bp; bins of 10 kb) of the inner windows of one chromosome and split."""
    first_bins = split_first_bins(data, split)
    number = first_bins[data.chrom[first_bins] == chrom] + data.window - ARM_STARTS[chrom]
    return number * 10_000, (number + data.window) * 10_000


ARM_STARTS = dict(zip(ARMS, np.cumsum([0, *ARMS.values()]), strict=False))


# FAULTS B2
def test_split_paper_has_the_published_starts_of_inner_windows():
    data = published_split()
    for arm in ARMS:
        starts, _ = inner_windows(data, arm, "train")
        assert starts.min() == 1_000_000
    assert inner_windows(data, "3R", "test")[0].min() == 14_950_000


# FAULTS B2
def test_split_paper_predicts_every_bin_of_figure_2a():
    starts, ends = inner_windows(published_split(), "3R", "test")
    covered = {bp for s, e in zip(starts, ends, strict=True) for bp in range(s, e, 10_000)}
    assert set(range(15_000_000, 20_000_000, 10_000)) <= covered


# FAULTS B2
@pytest.mark.parametrize(("trim", "first"), [(0, 0), (7, 3), (4, 0), (2, 0)])
def test_split_paper_trims_at_both_ends_of_a_segment(trim, first):
    """w = 4: trim - w bins at the start (none of a shorter trim), trim + 1 in all."""
    chrom, number = coordinates({"a": 60, "b": 50})
    test = (chrom == "b") & (number >= 20)
    split = paper_split(chrom, number, test, trim=trim, window=4)
    for chosen in (chrom == "a", (chrom == "b") & ~test, test):
        used = np.flatnonzero(split[chosen] != "none")
        assert used[0] == first
        assert chosen.sum() - len(used) == trim + 1
        assert (np.diff(used) == 1).all()


def test_split_paper_leaks_into_validation_but_not_into_test():
    windows = training_windows(published_split(), seed=3)
    both = set(windows["train"][0]) & set(windows["valid"][0])
    assert both  # the same window, flipped
    pairs = [set(zip(*windows[split], strict=True)) for split in ("train", "valid")]
    assert not pairs[0] & pairs[1]
    check_disjoint(published_split())


def blocked(lengths, test, valid=None, **settings) -> np.ndarray:
    chrom, number = coordinates(lengths)
    valid = np.zeros(len(chrom), bool) if valid is None else valid
    settings = {"valid_fraction": 0.25, "gap": 0, "min_bins": 12, "where": "c"} | settings
    return blocked_split(chrom, number, test, valid, **settings)


def test_windows_of_blocked_splits_share_no_bin():
    lengths = {"a": 120, "b": 60}
    test = np.arange(180) >= 130
    data = random_data(lengths, blocked(lengths, test), w=4)
    counts = check_disjoint(data)
    covered = {
        split: {b for f in split_first_bins(data, split) for b in range(f, f + 12)}
        for split in counts
    }
    assert all(counts.values())
    assert not covered["train"] & covered["test"]
    assert not covered["train"] & covered["valid"]
    assert not covered["valid"] & covered["test"]
    # bins of the two chromosomes are never in one window
    assert not any(f < 120 < f + 12 for split in counts for f in split_first_bins(data, split))


def test_the_gap_is_taken_from_training():
    lengths = {"a": 120}
    test = np.arange(120) >= 100
    near, far = (blocked(lengths, test, gap=gap) for gap in (0, 5))
    assert (near == "test").sum() == (far == "test").sum() == 20
    assert (near == "valid").sum() == (far == "valid").sum() == 25
    assert (near == "train").sum() == (far == "train").sum() + 5


def test_a_validation_block_that_does_not_fit_is_rejected():
    lengths = {"a": 60}
    with pytest.raises(UserError, match=r"c\.valid_fraction: 0\.25 is 10 bins"):
        blocked(lengths, np.arange(60) >= 40)


def test_overlap_of_test_and_validation_is_rejected():
    test = np.arange(60) >= 40
    with pytest.raises(UserError, match="overlap"):
        blocked({"a": 60}, test, test)


SIZES = {"chr1": 99_500, "chr2": 60_000, "chr3": 5_000}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chr1", ("chr1", 0, 99_500)),
        ("chr1:1,000-2,500", ("chr1", 1000, 2500)),
        ("chr1:1.5k-0.06M", ("chr1", 1500, 60_000)),
        ("chr1:2kb-3Kb", ("chr1", 2000, 3000)),
    ],
)
def test_regions_are_parsed_in_the_formats_of_genome_browsers(text, found):
    assert parse_region(text, SIZES, "x") == found


@pytest.mark.parametrize("text", ["chr1:1.2.3-5", "chr1:1-2,,.,5.1."])
def test_regions_without_numbers_are_rejected(text):
    with pytest.raises(UserError, match=r"x: 'chr1:1.*not a number"):
        parse_region(text, SIZES, "x")


def bins():
    start = np.arange(30) * 10
    split = np.array(["train"] * 10 + ["test"] * 20)
    return pd.DataFrame({"chrom": "c", "start": start, "end": start + 10, "split": split})


def test_the_default_figure_region_is_the_test_segment_without_flanks():
    assert figure_bins(bins(), "", max_region_length=1000, flank=3).tolist() == list(range(13, 27))
    assert figure_bins(bins(), "", max_region_length=50, flank=3).tolist() == list(range(13, 18))
    assert figure_bins(bins(), "c:85-125", max_region_length=10, flank=3).tolist() == [9, 10, 11]


def test_a_figure_region_without_test_bins_is_rejected():
    with pytest.raises(UserError, match="has no test bin"):
        figure_bins(bins(), "c:0-50", max_region_length=1000, flank=3)
    with pytest.raises(UserError, match=r"figures\.region"):
        figure_bins(bins(), "z:0-50", max_region_length=1000, flank=3)
    gap = bins().drop(index=15)
    with pytest.raises(UserError, match="gap"):
        figure_bins(gap, "c:100-250", max_region_length=1000, flank=3)
