import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.conformation.figures.map_drawing import (
    color_limit,
    draw_map,
    table_band,
)


def random_band(n=12, w=4):
    band = np.random.default_rng(0).normal(size=(n, w))
    i, d = np.indices(band.shape)
    band[i + d >= n] = np.nan
    return band


def test_the_table_of_a_band_gives_the_band():
    band = random_band()
    i, d = np.nonzero(np.isfinite(band))
    table = pd.DataFrame({"i": i, "j": i + d, "value": band[i, d]}).sample(frac=1, random_state=0)
    assert np.array_equal(table_band(table, "value", 12, 4), band, equal_nan=True)


@pytest.mark.parametrize("below", [False, True])
def test_a_pixel_is_at_the_middle_and_distance_of_its_bins(below):
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


def test_the_color_limit_ignores_outliers():
    band = np.append(np.linspace(-1, 1, 200), [50, np.nan])
    assert color_limit(band) == pytest.approx(1.0)
    assert color_limit(np.array([np.nan])) == 1.0
