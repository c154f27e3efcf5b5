import numpy as np
import pytest
from conformation_data import chromosome_data

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.windows import pixel_index
from workflow_scripts.conformation.interpretation.gradient_windows import (
    centered_pairs,
    choose_pairs,
    choose_positions,
    find_window,
    pixel_number,
    subsample_windows,
)

W = 6  # bins of a window in these tests


SIZE = 10_000


def test_pixels_are_numbered_row_by_row():
    for w in (1, 5, 8):
        i, j = pixel_index(w)
        assert pixel_number(i, j, w).tolist() == list(range(len(i)))


@pytest.mark.parametrize("w", [5, 6])
def test_centered_pairs_have_every_distance_around_the_center(w):
    i, j = centered_pairs(w)
    assert (j - i).tolist() == list(range(w))
    assert i.min() == 0
    assert j.max() == w - 1
    assert np.abs((i + j) / 2 - (w - 1) / 2).max() <= 0.5


def test_the_window_is_in_the_middle_of_its_region():
    data = chromosome_data(n=60, offset=100_000)
    window = find_window(data, "2L:150k-400k", "where")
    # 25 whole bins from the 6th on, of which 18 are needed
    assert (window.first, len(window.starts)) == (8, 18)
    assert window.starts[0] == 180_000
    assert find_window(data, "", "where").first == (60 - 18 + 1) // 2
    elsewhere = find_window(chromosome_data(split="train"), "2L:0-180000", "where")
    assert elsewhere.first == 0


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("X:0-200000", "no chromosome 'X'; available: 2L"),
        ("2L:0-9000000", "outside the genome"),
        ("2L:0-300000", "is not within the data; expected: within 2L:100000-700000"),
        ("2L:200000-300000", "has 10 whole bins of 10000 bp; expected: at least 18 without a gap"),
    ],
)
def test_regions_outside_the_data_are_rejected(region, message):
    with pytest.raises(UserError, match=message):
        find_window(chromosome_data(n=60, offset=100_000), region, "conformation.gradients.region")


def test_positions_outside_the_window_are_rejected():
    with pytest.raises(UserError, match="has no window"):
        find_window(chromosome_data(n=17), "", "where")
    window = find_window(chromosome_data(), "2L:0-180000", "where")
    assert choose_positions(window, [60_000, 119_999], "k") == [0, 5]
    assert choose_pairs(window, [[119_000, 60_000]], "pairs") == [(0, 5)]
    with pytest.raises(
        UserError, match="120000 bp is outside the window; expected: 60000 to 120000 on 2L"
    ):
        choose_positions(window, [120_000], "k")
    for i, j in choose_pairs(window, [], "pairs"):
        assert 0 <= i <= j < W


def test_windows_are_subsampled_evenly():
    first_bins = np.arange(50, 91)
    assert subsample_windows(first_bins, 0) is first_bins
    assert subsample_windows(first_bins, 100) is first_bins
    assert subsample_windows(first_bins, 5).tolist() == [50, 60, 70, 80, 90]
