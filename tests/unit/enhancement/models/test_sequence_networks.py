"""Sequence models: published numbers of parameters, and comparison with a NumPy reference."""

import keras
import numpy as np
import pytest
import sequence_reference as reference
from sequence_reference import BINS, LENGTH, SMALL, shake

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.presets import SEQUENCE_NETWORK
from workflow_scripts.enhancement.data.sequence_data import upper_pixels
from workflow_scripts.enhancement.models.losses import PixelError
from workflow_scripts.enhancement.models.sequence_layers import GraphConvolution, resize_weights
from workflow_scripts.enhancement.models.sequence_model import build_sequence_model, count_halvings

POOLS = 6
RNG = np.random.default_rng(3)
CODES = RNG.integers(0, 5, (2, LENGTH)).astype("uint8")


def trained(variables):
    return sum(int(np.prod(v.shape)) for v in variables)


def test_a_megabase_has_the_papers_parameters():
    network = build_sequence_model(SEQUENCE_NETWORK, "akita", length=1_000_000, bins=200)
    assert network.output_shape == (None, 200, 200)
    assert trained(network.trainable_variables) == 792_225
    statistics = [v for v in network.non_trainable_variables if "seed" not in v.path]
    assert 792_225 + trained(statistics) == 797_921
    names = [layer.name for layer in network.layers]
    trunk = network.layers[: names.index("positions") + 1]
    assert sum(trained(layer.trainable_variables) for layer in trunk) == 694_016
    head = network.layers[names.index("positions") + 1 : names.index("contacts")]
    assert sum(trained(layer.trainable_variables) for layer in head) == 98_160
    assert network.get_layer("positions").output.shape == (None, 244, 64)


def test_pixels_trained_on_are_the_papers():
    pixels = upper_pixels(200, 10, 2)
    assert len(pixels) == 15_931
    row, column = pixels // 200, pixels % 200
    assert row.min() == 10 and column.max() == 189 and (column - row).min() == 2


@pytest.mark.parametrize(
    ("length", "bins", "number"),
    [(1_000_000, 200, 12), (LENGTH, BINS, POOLS), (400, 200, 1), (80_000, 40, 10)],
)
def test_halvings_leave_at_least_the_bins(length, bins, number):
    assert count_halvings(length, bins) == number
    assert length >> number >= bins > length >> (number + 1)


def test_bins_of_one_base_are_refused():
    with pytest.raises(UserError, match="bins of at least 2 bp"):
        count_halvings(300, 200)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("head", ["akita", "graph"])
def test_maps_equal_the_reference(head, causal):
    settings = {**SMALL, "causal": causal}
    network = build_sequence_model(settings, head, length=LENGTH, bins=BINS, tile=60, seed=1)
    shake(network)
    wanted = reference.whole_model(network, CODES, settings, head, POOLS)
    found = network.predict_on_batch(CODES)
    np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max())
    np.testing.assert_allclose(found, found.swapaxes(1, 2), atol=1e-5 * np.abs(wanted).max())


def test_tiles_do_not_change_the_result():
    networks = [
        build_sequence_model(SMALL, "akita", length=LENGTH, bins=BINS, tile=tile, seed=1)
        for tile in (0, 60)
    ]
    maps = [network.predict_on_batch(CODES) for network in networks]
    np.testing.assert_allclose(*maps, atol=1e-5)


def test_resizing_is_bilinear_with_half_pixel_centers():
    for n, bins in ((13, 10), (10, 13), (244, 200)):
        assert np.allclose(resize_weights(n, bins).sum(1), 1)
    image = RNG.normal(size=(13, 13))
    weights = resize_weights(13, 10)
    np.testing.assert_allclose(weights @ image @ weights.T, reference.resize(image, 10), atol=1e-6)


def test_causal_positions_do_not_depend_on_later_ones():
    x = RNG.normal(size=(1, 8, 7)).astype("float32")
    later = x.copy()
    later[:, 5:] += 1
    table = RNG.normal(size=(8, 3)).astype("float32")
    for causal in (True, False):
        layer = GraphConvolution(2, 7, causal=causal)
        moved = np.abs(np.array(layer([x, table])) - np.array(layer([later, table])))
        assert moved[:, 5:].min(-1).max() > 1e-3
        assert (moved[:, :5].max() < 1e-6) == causal


@pytest.mark.parametrize("head", ["akita", "graph"])
def test_a_saved_model_is_the_same(head, tmp_path):
    network = build_sequence_model(SMALL, head, length=LENGTH, bins=BINS, seed=1)
    shake(network)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_array_equal(network.predict_on_batch(CODES), again.predict_on_batch(CODES))


def test_seeds_set_the_weights_of_sequence_models():
    one, two, other = (
        build_sequence_model(SMALL, "graph", length=LENGTH, bins=BINS, seed=seed).get_weights()
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_pixel_error_is_that_of_the_pixels_trained_on():
    pixels = upper_pixels(BINS, 2, 2)
    maps = RNG.normal(size=(3, BINS, BINS)).astype("float32")
    truth = RNG.normal(size=(3, len(pixels))).astype("float32")
    inner = maps[:, 2:-2, 2:-2]
    row, column = np.triu_indices(BINS - 4, 2)
    wanted = np.mean((inner[:, row, column] - truth) ** 2)
    assert float(PixelError(BINS, 2, 2)(truth, maps)) == pytest.approx(wanted, rel=1e-5)


def test_embeddings_replace_the_dna():
    network = build_sequence_model(SMALL, "akita", length=35, dimension=5, bins=BINS)
    x = RNG.normal(size=(2, 35, 5)).astype("float32")
    assert network.predict_on_batch(x).shape == (2, BINS, BINS)
    with pytest.raises(UserError, match="at least 10"):
        build_sequence_model(SMALL, "akita", length=9, dimension=5, bins=BINS)
