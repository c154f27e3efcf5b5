from workflow_scripts.conformation.config.presets import PRESETS, training_settings


def test_settings_have_one_of_batch_size_and_steps_per_epoch():
    paper = training_settings("paper", "forward", {})
    assert (paper["steps_per_epoch"], paper["optimizer"], paper["momentum"]) == (30, "sgd", 0.0)
    assert paper["target_transform"] == "none"
    assert "steps_per_epoch" not in training_settings("paper", "forward", {"batch_size": 8})
    assert "batch_size" not in training_settings("default", "backward", {"steps_per_epoch": 8})
    for preset in PRESETS.values():
        assert set(preset) == {"forward", "backward"}
