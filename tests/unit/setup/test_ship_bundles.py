"""Storing networks in less space, and the card of a bundle that comes with the workflow."""

import keras
import numpy as np
import pytest

from workflow_scripts.chromaloom.ml.bundles import read_bundle, write_bundle
from workflow_scripts.setup.compact_networks import compact_array, compact_network
from workflow_scripts.setup.ship_bundles import largest_change, ship_bundle

ROW = {
    "model": "seq",
    "split": "test",
    "metric": "pcc",
    "mean": 0.5,
    "sd": 0.1,
    "networks": 1,
    "n": 9,
}


@pytest.fixture
def network(tmp_path):
    """A .keras file of a network with a convolution, batch normalization and a dense layer."""
    keras.utils.set_random_seed(1)
    layers = [
        keras.layers.Input((20, 4)), keras.layers.Conv1D(32, 8), keras.layers.BatchNormalization(),
        keras.layers.Flatten(), keras.layers.Dense(16),
    ]  # fmt: skip
    keras.Sequential(layers).save(tmp_path / "network.keras")
    return tmp_path / "network.keras"


@pytest.mark.parametrize("bits", [10, 7, 5])
def test_rounding_changes_no_number_by_more_than_half_a_step(bits):
    values = np.random.default_rng(0).normal(size=(200, 50)).astype("float32")
    found = compact_array(values, bits)
    assert found.dtype == np.float16
    error = np.abs(found - values)
    assert (error <= np.maximum(2.0 ** -(bits + 1) * np.abs(values), 3e-8)).all()
    assert (compact_array(-values, bits) == -found).all()
    assert (compact_array(found.astype("float32"), bits) == found).all()


def test_vectors_and_numbers_beyond_float16_are_kept():
    for values in (
        np.full(4, 1 / 3, "float32"),
        np.full((2, 2), 1e6, "float32"),
        np.ones((2, 2), int),
    ):
        assert compact_array(values, 5) is values
    assert (compact_array(np.zeros((0, 3), "float32"), 5).shape) == (0, 3)


def test_a_compact_network_is_smaller_keras_reads_it_and_it_computes_nearly_the_same(network):
    x = np.random.default_rng(1).normal(size=(6, 20, 4)).astype("float32")
    before, size = keras.models.load_model(network)(x).numpy(), network.stat().st_size
    compact_network(network, 10)
    model = keras.models.load_model(network)
    assert {w.dtype for w in model.weights if "seed" not in w.name} == {"float32"}
    np.testing.assert_allclose(model(x).numpy(), before, atol=5e-3)
    assert np.abs(model(x).numpy() - before).max() > 0
    assert network.stat().st_size < size


def test_a_network_that_is_stored_twice_has_equal_bytes(network, tmp_path):
    again = tmp_path / "again.keras"
    again.write_bytes(network.read_bytes())
    for path in (network, again):
        compact_network(path, 5)
    assert network.read_bytes() == again.read_bytes()


def bundle_of(folder, network, mean):
    facts = {"paper": "deepexpression", "model": "seq", "inputs": {"half_width": 10},
             "metrics": [ROW | {"mean": mean}]}  # fmt: skip
    write_bundle(folder, facts, {"seed1": network}, "# Old title\n\nWhat it does.\n")
    return read_bundle(folder, "test")


def test_a_shipped_bundle_has_both_scores_its_license_and_its_command(network, tmp_path):
    full = bundle_of(tmp_path / "full", network, 0.5)
    compact_network(network, 5)
    compact = bundle_of(tmp_path / "compact", network, 0.5003)
    entry = {"title": "New title", "license": "as the data", "notes": ["A note."]}
    for name in ("one", "two"):
        ship_bundle(tmp_path / name, "c.yaml", 5, entry, full, compact)
    found = read_bundle(tmp_path / "one", "test")
    assert found.facts["storage"]["largest_change_of_a_score"] == 0.0003
    assert found.facts["license"] == "as the data"
    card = (tmp_path / "one/card.md").read_text()
    assert card.startswith("# New title\n\nWhat it does.\n")
    assert "| test | pcc | 0.5000 | 0.5003 |" in card
    assert found.facts["rebuild"] in card
    for path in (tmp_path / "one").rglob("*.*"):
        assert (
            path.read_bytes()
            == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
        )


def test_networks_that_are_small_enough_are_shipped_as_trained(network, tmp_path):
    bundle = bundle_of(tmp_path / "full", network, 0.5)
    entry = {"title": "New title", "license": "as the data", "notes": []}
    ship_bundle(tmp_path / "one", "c.yaml", None, entry, bundle, bundle)
    assert read_bundle(tmp_path / "one", "test").facts["storage"] == {"kernels": "float32"}
    assert "as they were trained" in (tmp_path / "one/card.md").read_text()
    with pytest.raises(ValueError, match="one: compact networks have the scores of the trained"):
        ship_bundle(tmp_path / "one", "c.yaml", 5, entry, bundle, bundle)


def test_scores_of_other_rows_are_not_compared():
    assert largest_change([ROW], [ROW | {"mean": 0.4}]) == 0.1
    with pytest.raises(ValueError, match="not of the same"):
        largest_change([ROW], [ROW | {"split": "valid"}])
