"""Bundles of image models and hybrids: all that is needed to use and to refuse them."""

import numpy as np
import pytest
from bundle_example import INNER, write_bundle_of, write_run
from small_maps import BALANCE, BINS, SIZE, SIZES

from workflow_scripts.chromaloom.genomics.contacts import open_map
from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.enhancement.apply.depth import contacts_per_bin
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.image_data import scale_shifts
from workflow_scripts.enhancement.evaluation import predict_image
from workflow_scripts.enhancement.evaluation.inference import load_network, predict_hybrid
from workflow_scripts.enhancement.models.hybrid import hybrid_parts


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), also_downsample=True)


@pytest.fixture(scope="module")
def bundles(run):
    return {m: read_bundle(write_bundle_of(run, m), "w") for m in ("image", "hybrid")}


def test_a_bundle_says_how_its_input_was_made(run, bundles):
    inputs = bundles["image"].inputs
    assert inputs["low_resolution"] == {
        "kinds": ["pool", "downsample"], "factor": 2, "fraction": 0.25,
        "bins": {"pool": 2 * SIZE, "downsample": SIZE},
    }  # fmt: skip
    assert (inputs["resolution"], inputs["window_bins"], inputs["inner_bins"]) == (
        SIZE,
        BINS,
        INNER,
    )
    assert inputs["balance"] == BALANCE
    assert inputs["assembly"] == "sim"
    # windows of chr2 before the test region are for training, too
    assert inputs["chromosomes"] == {name: SIZES[name] for name in ("chr1", "chr2")}
    with EnhancementData(run["dataset"]) as data:
        # numbers are read back from YAML as they were
        assert inputs["scale_shift"] == scale_shifts(data)
    assert "dna" not in inputs
    assert bundles["hybrid"].inputs["dna"]["length"] == SIZE * BINS


def test_the_depth_is_that_of_the_input_of_each_kind(run, bundles):
    found = bundles["image"].inputs["contacts_per_bin"]
    for kind, path, size in (("pool", run["map"], 2 * SIZE), ("downsample", run["low"][0], SIZE)):
        clr = open_map(path, size)
        total, bins = 0, 0
        for chrom in clr.chromnames:
            matrix = clr.matrix(balance=False).fetch(chrom)
            known = np.isfinite(clr.matrix(balance=True).fetch(chrom)).any(0)
            i, j = np.triu_indices(len(matrix))
            near = (j - i < BINS * SIZE // size) & known[i] & known[j]
            total, bins = total + matrix[i, j][near].sum(), bins + known.sum()
        assert found[kind] == pytest.approx(total / bins)
    # a quarter of the contacts at half the bin size
    assert found["downsample"] == pytest.approx(found["pool"] / 8, rel=0.15)


def test_scores_stand_beside_those_of_the_bilinear_input(bundles):
    rows = {(r["model"], r["split"]): r["mean"] for r in bundles["image"].facts["metrics"]}
    assert rows == {
        ("image", "test"): 0.85, ("image", "test_downsample"): 0.7, ("downsampled", "test"): 0.75,
    }  # fmt: skip
    card = (bundles["image"].folder / "card.md").read_text()
    assert "| image | 0.85 |" in card
    assert "| downsampled | 0.75 |" in card


def test_windows_of_the_run_are_predicted_byte_for_byte_as_by_the_run_s_networks(run, bundles):
    with EnhancementData(run["dataset"]) as data:
        rows = np.arange(len(data))
        for own, packed in zip(run["networks"]["image"], bundles["image"].weights, strict=True):
            one, two = (predict_image.generate(load_network(p), data, rows) for p in (own, packed))
            assert one.tobytes() == two.tobytes()
            assert np.ptp(one) > 0.1
        for own, packed in zip(run["networks"]["hybrid"], bundles["hybrid"].weights, strict=True):
            one, two = (
                predict_hybrid(hybrid_parts(load_network(p)), data, rows) for p in (own, packed)
            )
            assert one.tobytes() == two.tobytes()


def test_a_map_without_an_unmasked_bin_has_no_depth(run):
    class Empty:
        chromnames = ()

    assert np.isnan(contacts_per_bin(Empty(), 3))
