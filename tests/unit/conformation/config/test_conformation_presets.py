from workflow_scripts.conformation.config.presets import (
    PRESETS,
    refitted_models,
    training_settings,
)


def test_settings_have_one_of_batch_size_and_steps_per_epoch():
    paper = training_settings("paper", "forward", {})
    assert (paper["steps_per_epoch"], paper["optimizer"], paper["momentum"]) == (30, "sgd", 0.0)
    assert paper["target_transform"] == "none"
    assert "steps_per_epoch" not in training_settings("paper", "forward", {"batch_size": 8})
    assert "batch_size" not in training_settings("default", "backward", {"steps_per_epoch": 8})
    for preset in PRESETS.values():
        assert set(preset) == {"forward", "backward"}


# FAULTS B3
def test_the_backward_network_of_the_paper_has_the_dropout_of_the_forward_network():
    assert training_settings("paper", "backward", {})["dropout"] == 0.1
    assert training_settings("default", "backward", {})["dropout"] == 0
    assert training_settings("default", "backward", {"dropout": 0.3})["dropout"] == 0.3


# FAULTS B4
def test_the_cost_decides_on_stopping_in_the_preset_of_the_paper():
    for network in ("forward", "backward"):
        assert training_settings("paper", network, {})["monitor"] == "valid_loss"
        assert training_settings("default", network, {})["monitor"] == "valid_r"


# FAULTS A8
def test_all_models_can_have_the_same_final_fit():
    def models(ridge, pairwise, forward):
        settings = {"ridge": {"refit": ridge}, "pairwise": {"training": {"refit": pairwise}}}
        return set(refitted_models(settings, forward))

    assert models(False, False, False) == set()
    assert models(True, True, False) == {"ridge", "forward_pairwise"}
    assert models(True, True, True) >= {"ridge", "forward_pairwise", "forward", "linear"}
