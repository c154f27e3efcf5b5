"""The bundles that come with the workflow are whole, small, and say how to make them anew."""

import keras
import numpy as np
import yaml

# Keras looks for their classes
import workflow_scripts.conformation.models.pairwise
import workflow_scripts.deepexpression.models.layers
import workflow_scripts.enhancement.models.layers  # noqa: F401
from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.setup.ship_bundles import PROGRAM, SHIPPED, SOURCES

MAX_BYTES = 10_000_000  # of all bundles together
# inputs that a model has no use for, or that are not known
ABSENT = {"deepexpression": {"assembly", "hichip", "resolution"}}


def sources(root):
    return yaml.safe_load((root / SOURCES).read_text())


def test_all_bundles_together_are_small(root):
    sizes = {path: path.stat().st_size for path in (root / SHIPPED).rglob("*") if path.is_file()}
    assert 0 < sum(sizes.values()) <= MAX_BYTES


def test_each_bundle_has_a_source_and_each_source_is_shipped(root):
    listed = [name for entry in sources(root).values() for name in entry["bundles"]]
    assert sorted(listed) == sorted(
        path.name for path in (root / SHIPPED).iterdir() if path.is_dir()
    )


def test_each_bundle_is_whole_and_its_card_names_license_scores_and_command(root):
    for config, entry in sources(root).items():
        assert (root / config).is_file()
        for name, source in entry["bundles"].items():
            bundle = read_bundle(root / SHIPPED / name, name)
            facts, card = bundle.facts, (bundle.folder / "card.md").read_text()
            unknown = {key for key, value in bundle.inputs.items() if value is None}
            assert unknown <= ABSENT.get(bundle.paper, set()), name
            assert facts["license"] == source["license"]
            assert source["license"] in card
            assert f"{PROGRAM} {config}" in card
            # stored in fewer digits, where that changes no score in the third digit
            assert facts["storage"].get("largest_change_of_a_score", 0) < 0.001, name
            assert len(bundle.weights) == len(set(bundle.weights)) > 1


def test_stored_networks_are_read_by_keras(root):
    """One network of each bundle, without a prediction."""
    for entry in sources(root).values():
        for name in entry["bundles"]:
            path = read_bundle(root / SHIPPED / name, name).weights[0]
            model = keras.models.load_model(path, compile=False)
            assert all(np.isfinite(values).all() for values in model.get_weights()), name
