import keras
import numpy as np
import pandas as pd
import pytest
from conformation_data import chromosome_data
from conformation_networks import dense_network

from workflow_scripts.conformation.data.windows import pixel_index
from workflow_scripts.conformation.figures.fig4b import half_bin_image
from workflow_scripts.conformation.interpretation.gradient_windows import (
    find_window,
    sigma_with_flips,
)
from workflow_scripts.conformation.interpretation.gradients import gradients_at
from workflow_scripts.conformation.interpretation.measure_forward_gradients import (
    distance_table,
    region_table,
)

W = 6  # bins of a window in these tests


SIZE = 10_000


@pytest.fixture
def decoder():
    """Contact of i and j: 2 + 3 (σ_i + σ_j) - the mean σ between them."""
    i, j = pixel_index(W)
    weights = np.zeros((3 * W, len(i)))
    for pixel, (a, b) in enumerate(zip(i + W, j + W, strict=True)):
        weights[a : b + 1, pixel] -= 1 / (b - a + 1)
        weights[a, pixel] += 3
        weights[b, pixel] += 3
    return dense_network(weights, bias=2.0, shape=(3 * W, 1))


def test_distance_table_of_a_planted_decoder(decoder):
    sigma = np.random.default_rng(0).random((9, 3 * W, 1))
    table = distance_table(decoder, sigma, W, SIZE)
    assert len(table) == W * 3 * W
    assert set(table.windows) == {9}
    for distance, rows in table.groupby("distance"):
        gradient_at = dict(zip(rows.relative, rows["mean"], strict=True))
        between = -1 / (distance // SIZE + 1)
        edge = 6 + between if distance == 0 else 3 + between
        for position, value in gradient_at.items():
            inside = between if abs(position) < distance / 2 else 0.0
            expected = edge if abs(position) == distance / 2 else inside
            assert value == pytest.approx(expected, abs=1e-6)
    assert table.mean_square.to_numpy() == pytest.approx(table["mean"] ** 2, abs=1e-6)


def test_half_bins_represent_all_positions_symmetrically(decoder):
    table = distance_table(decoder, np.ones((2, 3 * W, 1)), W, SIZE)
    image, extent = half_bin_image(table, "mean", SIZE)
    assert np.isfinite(image).sum() == 2 * len(table)
    # by distance 1: the middle lies between bins, as that of the window
    row = image[1][np.isfinite(image[1])]
    assert row == pytest.approx(row[::-1])
    assert extent[1] - extent[0] == image.shape[1] * SIZE / 2e3


def test_flipped_windows_make_mean_gradients_symmetric():
    sigma_of_bins = np.random.default_rng(0).random((60, 1)).astype("float32")
    sigma = sigma_with_flips(sigma_of_bins, np.array([3, 20]), W)
    assert sigma.shape == (4, 3 * W, 1)
    assert np.array_equal(sigma[1], sigma_of_bins[20 : 20 + 3 * W])
    assert np.array_equal(sigma[2:], sigma[:2, ::-1])
    # a decoder of σ²: its derivative is 2σ, mirrored with σ
    inputs = keras.Input((3 * W, 1))
    squares = keras.layers.Lambda(lambda x: x**2)(inputs)
    dense = keras.layers.Dense(21, kernel_initializer="ones")
    network = keras.Model(inputs, dense(keras.layers.Flatten()(squares)))
    found = gradients_at(network, sigma, [5]).mean(0)[0, :, 0]
    assert found == pytest.approx(found[::-1], abs=1e-5)


def test_region_table_has_the_measured_field_and_the_predicted_window():
    data = chromosome_data()
    window = find_window(data, "2L:60000-240000", "where")
    predicted = np.arange(21.0)
    table = region_table(data, window, predicted).set_index(["i", "j"])
    assert table.predicted.notna().sum() == 21
    assert table.predicted[W, 2 * W - 1] == 5.0
    assert table.predicted[2 * W - 1, 2 * W - 1] == 20.0
    assert table.observed[4, 7] == data.oe[window.first + 4, 3]
    assert table.start_j[4, 7] == (window.first + 7) * SIZE
    assert (table.index.get_level_values("j") < 3 * W).all()


def test_integer_columns_of_figure_4a_stay_integers():
    from workflow_scripts.conformation.figures.fig4a import figure_table

    data = chromosome_data()
    window = find_window(data, "", "where")
    maps = region_table(data, window, np.ones(21))
    tracks = pd.DataFrame({"pair": [1], "start_i": [9_955_000], "start_j": [9_965_000],
                           "start": [9_950_000], "sigma": [0.5], "gradient": [0.1]})  # fmt: skip
    table = figure_table(maps, tracks)
    assert table.start_i.iloc[-1] == 9_955_000
    assert table.log2_predicted.dropna().unique().tolist() == [0.0]
