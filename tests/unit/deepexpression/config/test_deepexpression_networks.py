import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.plan import (
    CellPlan,
    check_folds,
    choose_names,
    enhancer_peaks,
    motif_sets,
    plan_cross,
    plan_networks,
)

WITH, WITHOUT = CellPlan(assembly="a", hichip=True), CellPlan(assembly="a", hichip=False)


def settings(**changes) -> dict:
    return {
        "hichip": {"half_width": 1_000_000}, "hichip_windows": [100_000, 500_000, 1_000_000],
        "seeds": [1, 2], "shuffled_controls": 1, **changes,
    }  # fmt: skip


def test_smaller_windows_are_separate_models():
    plan = plan_networks(settings(), 5000, "here")
    assert plan.stage_two == ["full", "hichip_only", "full_100kb", "full_500kb"]


@pytest.mark.parametrize("half", [102_000, 2_000_000, 2_500])
def test_windows_off_the_bins_or_too_wide_are_rejected(half):
    with pytest.raises(
        UserError, match=rf"here\.hichip_windows: {half} is not allowed; expected: mult"
    ):
        plan_networks(settings(hichip_windows=[half]), 5000, "here")


def test_a_cell_without_hichip_has_only_the_sequence_model():
    plan = plan_networks(settings(), 5000, "here")
    assert plan.of_cell(WITHOUT) == {"seq": [1, 2], "seq_shuffled": [1]}
    assert set(plan.of_cell(WITH)) == {*plan.predicted, "seq_shuffled", "full_shuffled"}
    assert set(plan_networks(settings(shuffled_controls=0), 5000, "here").of_cell(WITHOUT)) == {
        "seq"
    }


def test_controls_can_be_left_out():
    plan = plan_networks(settings(), 5000, "here")
    assert set(plan.of_cell(WITH, shuffled=False)) == set(plan.predicted)


def test_models_of_two_cells_are_transferred():
    tasks = ["regression"]
    assert plan_cross({"a": WITH, "b": WITHOUT}, tasks) == [("regression", "seq", ["a", "b"])]
    assert plan_cross({"a": WITH}, tasks) == []
    models = [model for _, model, _ in plan_cross({"a": WITH, "b": WITH}, tasks)]
    assert models == ["seq", "full", "hichip_only"]


def test_motif_sets_and_enhancer_peaks():
    models = {"A": {"seq": [1, 2], "seq_shuffled": [1]}}
    sets = motif_sets(["A"], ["regression"], ["untrained", "shuffled"], models, 1)
    assert [kind for *_, kind in sets] == ["trained", "untrained", "shuffled"]
    assert len(motif_sets(["A"], ["regression"], ["shuffled"], models, 2)) == 1
    samples = pd.DataFrame(
        {"cell": ["A", "A", "B"], "target": ["H3K4me1", "H3K27ac", "H3K4me1"]},
        index=["one", "two", "three"],
    )
    targets = ["H3K27ac", "H3K4me1"]
    assert enhancer_peaks(samples, ["one", "two", "three"], "A", targets) == ["two"]
    assert enhancer_peaks(samples, ["one", "three"], "A", targets) == ["one"]
    assert enhancer_peaks(samples, ["one", "three"], "C", targets) == []
    assert choose_names([], ["A", "B"], "x") == ["A", "B"]
    with pytest.raises(UserError, match="x: 'C' is not available; expected: A, B"):
        choose_names(["C"], ["A", "B"], "x")
    with pytest.raises(UserError, match="folds: random3 has no fold 3; expected: 0 to 2"):
        check_folds([0, 3], "random3", "folds")
