import jsonschema
import pytest

from workflow_scripts.chromaloom.workflow.config import load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.network_plan import plan_cross, plan_networks
from workflow_scripts.deepexpression.config.plan import CellPlan
from workflow_scripts.deepexpression.config.presets import PRESETS, preset_settings

NOTHING = {"network": {}, "training": {}, "finetune": {}}
WITH, WITHOUT = CellPlan(assembly="a", hichip=True), CellPlan(assembly="a", hichip=False)


def settings(**changes) -> dict:
    return {
        "hichip": {"reach": 1_000_000}, "windows": [100_000, 500_000, 1_000_000], "seeds": [1, 2],
        "shuffled_controls": 1, **changes,
    }  # fmt: skip


def test_windows_below_the_reach_are_models_of_their_own():
    plan = plan_networks(settings(), 5000, "here")
    assert plan.stage_two == ["full", "hichip_only", "full_100kb", "full_500kb"]


@pytest.mark.parametrize("half", [102_000, 2_000_000, 2_500])
def test_windows_off_the_bins_or_beyond_the_reach_are_refused(half):
    with pytest.raises(UserError, match=rf"here\.windows: {half} is not allowed; allowed: mult"):
        plan_networks(settings(windows=[half]), 5000, "here")


def test_a_cell_without_hichip_has_the_sequence_model_alone():
    plan = plan_networks(settings(), 5000, "here")
    assert plan.of_cell(WITHOUT) == {"seq": [1, 2], "seq_shuffled": [1]}
    assert set(plan.of_cell(WITH)) == {*plan.predicted, "seq_shuffled", "full_shuffled"}
    assert set(plan_networks(settings(shuffled_controls=0), 5000, "here").of_cell(WITHOUT)) == {
        "seq"
    }


def test_a_cell_may_go_without_controls():
    plan = plan_networks(settings(), 5000, "here")
    assert set(plan.of_cell(WITH, shuffled=False)) == set(plan.predicted)


def test_cells_are_crossed_where_two_have_the_model():
    tasks = ["regression"]
    assert plan_cross({"a": WITH, "b": WITHOUT}, tasks) == [("regression", "seq", ["a", "b"])]
    assert plan_cross({"a": WITH}, tasks) == []
    models = [model for _, model, _ in plan_cross({"a": WITH, "b": WITH}, tasks)]
    assert models == ["seq", "full", "hichip_only"]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_what_the_schema_allows(root, name):
    schema = load_schema(root / "resources" / "schemas")["properties"]["deepexpression"]
    assert name in schema["properties"]["preset"]["enum"]
    for section, values in preset_settings(name, **NOTHING).items():
        jsonschema.validate(values, schema["properties"][section])
        assert set(values) == set(schema["properties"][section]["properties"])


def test_the_configs_values_replace_the_presets():
    chosen = preset_settings(
        "paper", network={"growth": 5}, training={"epochs": 3}, finetune={"batch_size": 7}
    )
    assert chosen["network"]["growth"] == 5
    assert chosen["training"]["batch_size"] == 4
    # the second stage takes over from the first what is not its own
    assert (chosen["finetune"]["epochs"], chosen["finetune"]["batch_size"]) == (3, 7)
    assert PRESETS["paper"]["network"]["growth"] == 12


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"train_on": "all", "patience": 0}, "training.keep: 'best' is not allowed"),
        ({"train_on": "all", "keep": "last"}, "training.patience: 5 is not allowed"),
        ({"train_on": "all", "keep": "last", "patience": 0}, "training.rates: .*one rate"),
    ],
)
def test_what_needs_validation_genes_is_refused_without_them(training, message):
    with pytest.raises(UserError, match=rf"^deepexpression\.{message}"):
        preset_settings("paper", **NOTHING | {"training": training})


def test_as_many_full_networks_as_promoter_networks():
    with pytest.raises(UserError, match=r"finetune\.members: 3 is not allowed; expected: 1,"):
        preset_settings("paper", **NOTHING | {"finetune": {"members": 3}})
