import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.figures.drawn_region import drawn_bins
from workflow_scripts.conformation.figures.map_drawing import (
    band_matrix,
    colour_limit,
    draw_map,
    table_band,
    triangle_band,
)


def random_band(n=12, w=4):
    band = np.random.default_rng(0).normal(size=(n, w))
    i, d = np.indices(band.shape)
    band[i + d >= n] = np.nan
    return band


def test_a_bands_matrix_is_symmetric_and_empty_beyond_it():
    band = random_band()
    matrix = band_matrix(band)
    assert np.array_equal(matrix, matrix.T, equal_nan=True)
    for i in range(12):
        for j in range(i, 12):
            expected = band[i, j - i] if j - i < 4 else np.nan
            assert matrix[i, j] == expected or (np.isnan(matrix[i, j]) and np.isnan(expected))
    assert np.isnan(band_matrix(band, 2)[0, 2])


def test_a_windows_triangle_becomes_its_band():
    w = 5
    full = np.arange(w * w, dtype=float).reshape(w, w)
    band = triangle_band(full[np.triu_indices(w)], w)
    assert all(band[i, j - i] == full[i, j] for i in range(w) for j in range(i, w))


def test_a_table_gives_back_the_band_it_was_made_of():
    band = random_band()
    i, d = np.nonzero(np.isfinite(band))
    table = pd.DataFrame({"i": i, "j": i + d, "value": band[i, d]}).sample(frac=1, random_state=0)
    assert np.array_equal(table_band(table, "value", 12, 4), band, equal_nan=True)


@pytest.mark.parametrize("below", [False, True])
def test_a_pixel_lies_over_the_middle_of_its_bins_as_high_as_they_are_apart(below):
    band = np.full((10, 4), np.nan)
    band[3, 2] = 7.0
    _, axes = plt.subplots()
    drawn = draw_map(axes, band, start=1_000_000, resolution=10_000, limit=1, below=below)
    (path,) = drawn.get_paths()
    middle = path.vertices[:4].mean(0)
    # bins 3 and 5: middles at 1.035 and 1.055 Mb, 20 kb apart
    assert middle == pytest.approx([1.045, -20 if below else 20])
    assert drawn.get_array().tolist() == [7.0]
    assert axes.get_xlim() == pytest.approx((1.0, 1.1))
    plt.close("all")


def test_the_limit_of_colours_holds_most_and_no_single_outlier():
    band = np.append(np.linspace(-1, 1, 200), [50, np.nan])
    assert colour_limit(band) == pytest.approx(1.0)
    assert colour_limit(np.array([np.nan])) == 1.0


def bins():
    start = np.arange(30) * 10
    part = np.array(["train"] * 10 + ["test"] * 20)
    return pd.DataFrame({"chrom": "c", "start": start, "end": start + 10, "part": part})


def test_the_drawn_region_is_the_test_part_without_its_flanks():
    assert drawn_bins(bins(), "", longest=1000, flank=3).tolist() == list(range(13, 27))
    assert drawn_bins(bins(), "", longest=50, flank=3).tolist() == list(range(13, 18))
    assert drawn_bins(bins(), "c:85-125", longest=10, flank=3).tolist() == [9, 10, 11]


def test_a_region_without_a_test_bin_is_refused():
    with pytest.raises(UserError, match="no bin of the test part"):
        drawn_bins(bins(), "c:0-50", longest=1000, flank=3)
    with pytest.raises(UserError, match=r"figures\.region"):
        drawn_bins(bins(), "z:0-50", longest=1000, flank=3)
    gap = bins().drop(index=15)
    with pytest.raises(UserError, match="gap"):
        drawn_bins(gap, "c:100-250", longest=1000, flank=3)
