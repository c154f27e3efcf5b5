"""Presets of all models, and how the config changes them."""

import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.presets import (
    DEFAULT,
    IMAGE_BASELINES,
    SEQUENCE_PRESETS,
    hybrid_settings,
    image_crop,
    image_models,
    image_settings,
    sequence_settings,
    sequence_variants,
)


def section(**changes):
    names = ("network", "discriminator", "training", "baselines", "vae", "dae")
    return {"preset": "default", **{name: {} for name in names}, **changes}


def test_config_replaces_the_settings_of_an_image_model():
    changed = section(
        network={"filters": 3, "residual": False},
        training={"epochs": 99, "learning_rate": 7.0, "loss_weights": {"vae": 5.0}},
        baselines={"hicsr": {"training": {"learning_rate": 8.0}}},
    )
    image, hicsr, hicplus = (image_settings(changed, m) for m in ("image", "hicsr", "hicplus"))
    assert image["network"] == DEFAULT["image"]["network"] | {"filters": 3, "residual": False}
    weights = DEFAULT["image"]["training"]["loss_weights"]
    assert image["training"]["loss_weights"] == weights | {"vae": 5.0}
    assert {s["training"]["epochs"] for s in (image, hicsr, hicplus)} == {99}
    assert [s["training"]["learning_rate"] for s in (image, hicsr)] == [7.0, 8.0]
    assert hicplus == {
        **DEFAULT["hicplus"],
        "training": DEFAULT["hicplus"]["training"] | {"epochs": 99},
    }
    assert hicsr["network"] == DEFAULT["hicsr"]["network"] | {"filters": 3}
    assert image_settings(section(), "image") == DEFAULT["image"]
    assert image_settings(section(vae={"epochs": 2}), "vae")["epochs"] == 2


def test_a_setting_or_loss_term_that_a_model_lacks_is_refused():
    with pytest.raises(UserError, match=r"discriminator.filters is not a setting of hicplus"):
        image_settings(
            section(baselines={"hicplus": {"discriminator": {"filters": [4]}}}), "hicplus"
        )
    with pytest.raises(
        UserError, match=r"loss_weights.vae is not a loss term of hicplus; expected"
    ):
        image_settings(
            section(baselines={"hicplus": {"training": {"loss_weights": {"vae": 1.0}}}}), "hicplus"
        )
    # shared settings are not applied to models that lack them
    assert image_settings(section(discriminator={"filters": [4]}), "hicplus") == DEFAULT["hicplus"]


def test_image_presets_have_the_published_values():
    paper = image_settings(section(preset="paper"), "image")["training"]
    released = image_settings(section(preset="released_code"), "image")["training"]
    weights = {"adversarial": 0.0025, "pixel": 1, "vae": 0.01, "insulation": 1}
    assert paper["loss_weights"] == weights
    assert released["loss_weights"] == weights | {"vae": 0.001}
    assert (paper["learning_rate"], paper["discriminator_learning_rate"]) == (5e-5, 1e-6)
    assert paper["batch_size"] == 1
    assert image_crop(section()) == image_crop(section(preset="paper")) == 6


def test_vehicle_is_trained_as_its_public_code_trains_it():
    # FAULTS A4: `vehicle` was the image model's preset with squared pixel errors
    for preset in ("paper", "released_code"):
        training = image_settings(section(preset=preset), "vehicle")["training"]
        assert (training["pixel_loss"], training["vae_loss"]) == ("l1", "l2")
        assert training["learning_rate"] == training["discriminator_learning_rate"] == 1e-5
        assert training["loss_weights"]["vae"] == 1e-3
        assert training["loss_weights"]["adversarial"] == 2.5e-3


def test_methods_without_a_vae_have_no_setting_of_its_loss():
    with pytest.raises(UserError, match=r"training.vae_loss is not a setting of hicsr"):
        image_settings(section(baselines={"hicsr": {"training": {"vae_loss": "l1"}}}), "hicsr")


def test_sequence_presets_differ_where_the_released_code_does():
    paper, released = SEQUENCE_PRESETS["paper"], SEQUENCE_PRESETS["released_code"]
    assert paper["training"]["clipnorm"] == 10 and released["training"]["clipnorm"] == 0
    assert not paper["network"]["causal"] and released["network"]["causal"]
    changed = {"preset": "paper", "network": {"filters": 8}, "training": {"epochs": 3}}
    found = sequence_settings(changed)
    assert found["network"]["filters"] == 8 and found["training"]["epochs"] == 3
    assert SEQUENCE_PRESETS["paper"]["network"]["filters"] == 96


def test_controls_have_the_first_head_and_few_seeds():
    changed = {"head": ["graph", "akita"], "control_seeds": 1, "random_split": True}
    found = sequence_variants(changed, [5, 6], "")
    assert list(found) == ["sequence_graph", "sequence_akita", "sequence_graph_shuffled",
                           "sequence_graph_random"]  # fmt: skip
    assert found["sequence_akita"]["seeds"] == [5, 6]
    assert found["sequence_graph_shuffled"]["seeds"] == [5]
    assert found["sequence_graph_random"]["column"] == "split_random"
    assert "sequence_embeddings" in sequence_variants(changed, [5], "some.h5")


def test_sequence_models_and_the_image_model_can_be_left_out():
    # FAULTS F4: `head: []` was refused
    bare = {"head": [], "control_seeds": 1, "random_split": True}
    assert sequence_variants(bare, [1], "") == {}
    few = {**bare, "head": ["akita"], "control_seeds": 0}
    assert list(sequence_variants(few, [1], "")) == ["sequence_akita"]
    # embeddings have a head of their own
    assert sequence_variants(bare, [1], "some.h5") == {
        "sequence_embeddings": {"head": "akita", "seeds": [1], "column": "split",
                                "shuffled": False, "embedded": True},
    }  # fmt: skip
    assert image_models({"own_model": True, "methods": []}) == ["image"]
    assert image_models({"own_model": False, "methods": ["hicplus"]}) == ["hicplus"]


def test_a_hybrid_of_models_that_are_not_trained_is_refused():
    hybrid = {"variants": ["joint"], "sequence": "graph", "image": "hicsr", "preset": "paper",
              "training": {"learning_rate": 0.1}}  # fmt: skip
    methods = {"own_model": True, "methods": ["hicsr"]}
    config = {"sequence": {"head": ["graph"]}, "image": methods, "hybrid": hybrid}
    assert hybrid_settings(config, "config")["learning_rate"] == 0.1
    assert hybrid_settings(config, "config")["epochs"] == 30
    for name, changed in (("sequence", {"head": []}), ("image", methods | {"methods": []})):
        with pytest.raises(UserError, match=f"hybrid.{name}: .* is not trained.* to \\[\\]$"):
            hybrid_settings({**config, name: changed}, "config")
    without = config | {
        "image": methods | {"own_model": False},
        "hybrid": {**hybrid, "image": "image"},
    }
    with pytest.raises(UserError, match=r"fix: set image\.own_model to true"):
        hybrid_settings(without, "config")


def test_published_rows_say_how_the_published_networks_differ(root):
    table = pd.read_csv(root / "resources/published/enhancement.tsv", sep="\t",
                        keep_default_na=False)  # fmt: skip
    two = table[table.item == "Table II"].set_index("model").note
    # FAULTS A4: no row said that these networks were trained on human cells, ours on the run's
    assert two[list(IMAGE_BASELINES)].str.contains("trained on human cells").sum() == 20
    assert two.deephic.str.contains("VGG16").all()
    assert two.vehicle.str.contains("public training").all()
    assert two.hybrid.str.contains("copies target values").all()
    assert two[["hicplus", "deephic", "hicsr"]].str.contains("40 to 28").all()


def test_numbers_that_the_paper_does_not_print_are_derived(root):
    # FAULTS A5: 15,931 values, latent 200, insulation 160 and 144 logits stood as printed
    table = pd.read_csv(root / "resources/published/enhancement.tsv", sep="\t",
                        keep_default_na=False)  # fmt: skip
    silent = table.note.str.contains("the paper prints none")
    assert (table.source[silent] == "derived").all()
    assert not silent[table.source != "derived"].any()
    derived = set(table.published[silent].astype(float))
    assert {15931, 200, 160, 144} <= derived
