import jsonschema
import pytest

from workflow_scripts.chromaloom.workflow.config import load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.presets import PRESETS, baseline_grid, preset_settings

NOTHING = {"network": {}, "training": {}, "finetune": {}}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_what_the_schema_allows(root, name):
    schema = load_schema(root / "resources" / "schemas")["properties"]["deepexpression"]
    assert name in schema["properties"]["preset"]["enum"]
    for section, values in preset_settings(name, **NOTHING).items():
        jsonschema.validate(values, schema["properties"][section])
        assert set(values) == set(schema["properties"][section]["properties"])


def test_config_values_override_the_preset():
    chosen = preset_settings(
        "paper", network={"growth_rate": 5}, training={"epochs": 3}, finetune={"batch_size": 7}
    )
    assert chosen["network"]["growth_rate"] == 5
    assert chosen["training"]["batch_size"] == 4
    # stage 2 inherits the settings of stage 1 that it does not override
    assert (chosen["finetune"]["epochs"], chosen["finetune"]["batch_size"]) == (3, 7)
    assert PRESETS["paper"]["network"]["growth_rate"] == 12


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"train_on": "train_valid", "patience": 0}, "training.keep_epoch: .*'best'"),
        ({"train_on": "train_valid", "keep_epoch": "last"}, r"training.patience: .*\(5\)"),
        (
            {"train_on": "train_valid", "keep_epoch": "last", "patience": 0},
            "training.learning_rates: .*one rate",
        ),
    ],
)
def test_settings_that_need_validation_genes_are_rejected_without_them(training, message):
    with pytest.raises(UserError, match=rf"^deepexpression\.{message}"):
        preset_settings("paper", **NOTHING | {"training": training})


def test_both_stages_have_the_same_ensemble_size():
    with pytest.raises(UserError, match=r"finetune\.ensemble_size: .*\(3\); expected: 1, as"):
        preset_settings("paper", **NOTHING | {"finetune": {"ensemble_size": 3}})


def test_grids():
    settings = {"grid": "paper", "lasso_max_iter": 2000, "forest_features": "sqrt"}
    paper = baseline_grid(settings)
    assert len(paper["lasso"]) == len(paper["svm"]) == 250
    assert paper["lasso"][0] == pytest.approx(1e-5)
    assert paper["lasso"][-1] == pytest.approx(1e5)
    assert (len(paper["trees"]), len(paper["depth"]), paper["inner_folds"]) == (11, 5, 10)
    other = baseline_grid({**settings, "inner_folds": 4, "lasso_max_iter": 300})
    assert (other["inner_folds"], other["lasso_max_iter"]) == (4, 300)
