import keras
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import flip_maps, pixel_index
from workflow_scripts.conformation.figures.fig4b import half_bin_image
from workflow_scripts.conformation.interpretation.backward_gradients import (
    activity_table,
    centre_activity,
)
from workflow_scripts.conformation.interpretation.gradient_views import (
    both_ways_sigma,
    centred_pairs,
    choose_pairs,
    choose_positions,
    find_view,
    pixel_number,
    spread,
)
from workflow_scripts.conformation.interpretation.gradients import gradients_at
from workflow_scripts.conformation.interpretation.measure_gradients import (
    distance_table,
    region_table,
)

W = 6  # bins of a window in these tests
SIZE = 10_000


def network_of(weights, bias=0.0, shape=None, activation=None):
    """One dense layer with given weights (inputs, outputs): its derivatives are the weights."""
    inputs = keras.Input(shape or (weights.shape[0],))
    flat = keras.layers.Flatten()(inputs)
    dense = keras.layers.Dense(weights.shape[1], activation=activation)
    network = keras.Model(inputs, dense(flat))
    dense.set_weights([weights, np.full(weights.shape[1], bias)])
    return network


def data_of(n=60, w=W, part="test", seed=0, offset=0):
    rng = np.random.default_rng(seed)
    start = offset + np.arange(n) * SIZE
    return ConformationData(
        profiles=rng.random((4, n)).astype("float32"),
        factors=np.array(["CTCF", "H1", "H3K36me3", "BEAF"]),
        chrom=np.full(n, "2L"),
        start=start,
        end=start + SIZE,
        oe=rng.gamma(5, 0.2, (n, w)).astype("float32"),
        part=np.full(n, part),
        resolution=SIZE,
        window=w,
    )


def test_pixels_are_numbered_row_by_row():
    for w in (1, 5, 8):
        i, j = pixel_index(w)
        assert pixel_number(i, j, w).tolist() == list(range(len(i)))


@pytest.mark.parametrize("w", [5, 6])
def test_centred_pairs_have_every_distance_and_the_centre_between_them(w):
    i, j = centred_pairs(w)
    assert (j - i).tolist() == list(range(w))
    assert i.min() == 0
    assert j.max() == w - 1
    assert np.abs((i + j) / 2 - (w - 1) / 2).max() <= 0.5


@pytest.fixture
def decoder():
    """Contact of i and j: 2 + 3 (σ_i + σ_j) - the mean σ between them."""
    i, j = pixel_index(W)
    weights = np.zeros((3 * W, len(i)))
    for pixel, (a, b) in enumerate(zip(i + W, j + W, strict=True)):
        weights[a : b + 1, pixel] -= 1 / (b - a + 1)
        weights[a, pixel] += 3
        weights[b, pixel] += 3
    return network_of(weights, bias=2.0, shape=(3 * W, 1))


def test_distance_table_of_a_planted_decoder(decoder):
    sigma = np.random.default_rng(0).random((9, 3 * W, 1))
    table = distance_table(decoder, sigma, W, SIZE)
    assert len(table) == W * 3 * W
    assert set(table.windows) == {9}
    for distance, rows in table.groupby("distance"):
        gradient_at = dict(zip(rows.relative, rows["mean"], strict=True))
        between = -1 / (distance // SIZE + 1)
        edge = 6 + between if distance == 0 else 3 + between
        for place, value in gradient_at.items():
            inside = between if abs(place) < distance / 2 else 0.0
            expected = edge if abs(place) == distance / 2 else inside
            assert value == pytest.approx(expected, abs=1e-6)
    assert table.mean_square.to_numpy() == pytest.approx(table["mean"] ** 2, abs=1e-6)


def test_half_bins_hold_every_place_and_a_symmetric_decoder_looks_symmetric(decoder):
    table = distance_table(decoder, np.ones((2, 3 * W, 1)), W, SIZE)
    image, extent = half_bin_image(table, "mean", SIZE)
    assert np.isfinite(image).sum() == 2 * len(table)
    # by distance 1: the middle lies between bins, as that of the window
    row = image[1][np.isfinite(image[1])]
    assert row == pytest.approx(row[::-1])
    assert extent[1] - extent[0] == image.shape[1] * SIZE / 2e3


def test_reading_windows_from_both_sides_makes_mean_gradients_symmetric():
    of_bins = np.random.default_rng(0).random((60, 1)).astype("float32")
    sigma = both_ways_sigma(of_bins, np.array([3, 20]), W)
    assert sigma.shape == (4, 3 * W, 1)
    assert np.array_equal(sigma[1], of_bins[20 : 20 + 3 * W])
    assert np.array_equal(sigma[2:], sigma[:2, ::-1])
    # a decoder of σ²: its derivative is 2σ, mirrored with σ
    inputs = keras.Input((3 * W, 1))
    squares = keras.layers.Lambda(lambda x: x**2)(inputs)
    dense = keras.layers.Dense(21, kernel_initializer="ones")
    network = keras.Model(inputs, dense(keras.layers.Flatten()(squares)))
    found = gradients_at(network, sigma, [5]).mean(0)[0, :, 0]
    assert found == pytest.approx(found[::-1], abs=1e-5)


def test_view_is_the_window_in_the_middle_of_its_region():
    data = data_of(n=60, offset=100_000)
    view = find_view(data, "2L:150k-400k", "where")
    # 25 whole bins from the 6th on, of which 18 are needed
    assert (view.first, len(view.starts)) == (8, 18)
    assert view.starts[0] == 180_000
    assert find_view(data, "", "where").first == (60 - 18 + 1) // 2
    elsewhere = find_view(data_of(part="train"), "2L:0-180000", "where")
    assert elsewhere.first == 0


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("X:0-200000", "no chromosome 'X'; there: 2L"),
        ("2L:0-9000000", "off the genome"),
        ("2L:0-300000", "leaves the data; allowed: within 2L:100000-700000"),
        ("2L:200000-300000", "has 10 whole bins of 10000 bp; allowed: 18 or more without a gap"),
    ],
)
def test_regions_off_the_data_are_refused(region, said):
    with pytest.raises(UserError, match=said):
        find_view(data_of(n=60, offset=100_000), region, "conformation.gradients.region")


def test_no_test_window_and_places_off_the_window_are_refused():
    with pytest.raises(UserError, match="holds no window"):
        find_view(data_of(n=17), "", "where")
    view = find_view(data_of(), "2L:0-180000", "where")
    assert choose_positions(view, [60_000, 119_999], "k") == [0, 5]
    assert choose_pairs(view, [[119_000, 60_000]], "pairs") == [(0, 5)]
    with pytest.raises(UserError, match="120000 bp is outside the window; allowed: 2L, 60000 to"):
        choose_positions(view, [120_000], "k")
    for i, j in choose_pairs(view, [], "pairs"):
        assert 0 <= i <= j < W


def test_windows_are_spread_evenly():
    firsts = np.arange(50, 91)
    assert spread(firsts, 0) is firsts
    assert spread(firsts, 100) is firsts
    assert spread(firsts, 5).tolist() == [50, 60, 70, 80, 90]


def test_region_table_has_the_field_measured_and_the_window_predicted():
    data = data_of()
    view = find_view(data, "2L:60000-240000", "where")
    predicted = np.arange(21.0)
    table = region_table(data, view, predicted).set_index(["i", "j"])
    assert table.predicted.notna().sum() == 21
    assert table.predicted[W, 2 * W - 1] == 5.0
    assert table.predicted[2 * W - 1, 2 * W - 1] == 20.0
    assert table.observed[4, 7] == data.oe[view.first + 4, 3]
    assert table.start_j[4, 7] == (view.first + 7) * SIZE
    assert (table.index.get_level_values("j") < 3 * W).all()


def test_activity_of_the_middle_follows_the_flip():
    active = np.array([0, 1, np.nan] * 10)
    firsts = np.array([0, 5])
    for w in (5, 6):
        found = centre_activity(active, firsts, w)
        expected = active[[w + w // 2, 5 + w + w // 2, 2 * w - 1 - w // 2, 5 + 2 * w - 1 - w // 2]]
        assert np.array_equal(found, expected, equal_nan=True)


def test_means_by_activity_of_a_planted_backward_network():
    rng = np.random.default_rng(5)
    weights = rng.normal(size=(21, W)).astype("float32")
    network = network_of(weights, activation="sigmoid")
    maps = rng.normal(size=(8, 21)).astype("float32")
    active = np.array([0, 0, 1, 1, 1, np.nan, np.nan, 0])
    table = activity_table(network, maps, active, W, SIZE)
    y = 1 / (1 + np.exp(-(maps @ weights)))[:, W // 2]
    slopes = (y * (1 - y))[:, None] * weights[:, W // 2]
    for name, chosen in (("inactive", active == 0), ("active", active == 1), ("all", active < 9)):
        chosen = chosen if name != "all" else np.ones(8, bool)
        rows = table[table.group == name]
        assert set(rows.windows) == {chosen.sum()}
        assert rows["mean"].to_numpy() == pytest.approx(slopes[chosen].mean(0), abs=1e-6)
        square = (slopes[chosen] ** 2).mean(0)
        assert rows.mean_square.to_numpy() == pytest.approx(square, abs=1e-6)
    none = activity_table(network, maps, np.full(8, np.nan), W, SIZE)
    assert none[none.group == "active"]["mean"].isna().all()
    assert none[none.group == "all"]["mean"].notna().all()


def test_flipped_maps_give_a_symmetric_network_mirrored_derivatives():
    # σ of the middle of an odd window, the sum of its row: what it reads is its own mirror image
    w = 5
    i, j = pixel_index(w)
    weights = ((i == 2) | (j == 2)).astype("float32")[:, None] * np.ones((1, w), "float32")
    network = network_of(0.1 * weights, activation="sigmoid")
    maps = np.random.default_rng(6).random((3, len(i))).astype("float32")
    ahead, back = (gradients_at(network, m, [2])[:, 0] for m in (maps, flip_maps(maps, w)))
    assert back == pytest.approx(flip_maps(ahead, w), abs=1e-6)


def test_tables_of_a_region_keep_whole_numbers():
    from workflow_scripts.conformation.figures.fig4a import figure_table

    data = data_of()
    view = find_view(data, "", "where")
    maps = region_table(data, view, np.ones(21))
    tracks = pd.DataFrame({"pair": [1], "start_i": [9_955_000], "start_j": [9_965_000],
                           "start": [9_950_000], "sigma": [0.5], "gradient": [0.1]})  # fmt: skip
    table = figure_table(maps, tracks)
    assert table.start_i.iloc[-1] == 9_955_000
    assert table.log2_predicted.dropna().unique().tolist() == [0.0]
