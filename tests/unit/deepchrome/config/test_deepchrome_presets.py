from workflow_scripts.deepchrome.config.presets import (
    GRIDS,
    PREDICTION_NAMES,
    PRESETS,
    grid_settings,
    training_settings,
)


def test_the_config_replaces_values_of_a_preset():
    paper = training_settings("paper", {})
    assert (paper["batch_size"], paper["learning_rate"], paper["epochs"]) == (1, 1e-3, 100)
    changed = training_settings("default", {"epochs": 3})
    assert changed == {**PRESETS["default"], "epochs": 3}
    assert PRESETS["default"]["epochs"] == 100


def test_the_paper_s_grid_has_the_published_ranges_and_small_is_a_subset():
    paper, small = GRIDS["paper"], GRIDS["small"]
    assert (min(paper["svm_c"]), max(paper["svm_c"])) == (0.01, 1000)
    assert paper["svm_gamma"] == [0.01, 0.1, 1, 2]
    assert paper["trees"] == [10 * n for n in range(1, 21)]  # FAULTS B6: 6 of the 20 sizes
    assert paper["svm_max_genes"] == 0
    for key in ("svm_c", "svm_gamma", "trees", "boosting_learning_rates"):
        assert set(small[key]) < set(paper[key])
    assert grid_settings({"grid": "paper", "svm_max_genes": 70}, "default")["svm_max_genes"] == 70
    assert grid_settings({"grid": "small"}, "default") == {**small, "features": "log"}
    assert set(PREDICTION_NAMES) == {"logistic", "svm", "random_forest", "gradient_boosting"}


def test_preset_paper_has_the_paper_s_inputs_of_svm_and_forest_unless_the_config_says_otherwise():
    # FAULTS B6
    assert grid_settings({"grid": "small"}, "paper")["features"] == "paper"
    assert grid_settings({"grid": "paper"}, "default")["features"] == "log"
    assert grid_settings({"grid": "paper", "features": "log"}, "paper")["features"] == "log"
    assert grid_settings({"grid": "small", "features": "paper"}, "default")["features"] == "paper"
