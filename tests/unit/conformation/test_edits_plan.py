import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.edit_plan import cell_segmentations, plan_edits
from workflow_scripts.conformation.interpretation.edits import apply_edit

FACTORS = {"A": ["CTCF", "H1", "BEAF"], "B": ["CTCF", "BLACK", "GREEN", "RED"]}
SIZES = {"B": {"2L": 5000}}
STATES = {"A": [], "B": [["BLACK", "GREEN", "RED"]]}


def planned(**edit):
    given = {"name": "e", "region": "2L:1-2", "action": "delete", "cell": "", "factor": "",
             "state": ""}  # fmt: skip
    return plan_edits([given | edit], FACTORS, STATES, SIZES, "config.yaml: conformation.edits")[0]


def test_the_schema_fills_in_what_an_edit_leaves_out(root):
    given = {"name": "e", "region": "2L:1-2", "action": "flip", "factor": ["H1", "CTCF"]}
    schema = load_schema(root / "resources/schemas")
    config = complete_config({"name": "x", "conformation": {"edits": [given]}}, schema, "c.yaml")
    plan = plan_edits(config["conformation"]["edits"], FACTORS, STATES, SIZES, "here")[0]
    assert (plan.cell, plan.steps) == ("A", (("flip", ("H1", "CTCF"), None),))
    bad = {"conformation": {"edits": [given | {"action": "swap"}]}, "name": "x"}
    with pytest.raises(UserError, match=r"edits\.0\.action: 'swap' is not allowed"):
        complete_config(bad, schema, "c.yaml")
    assert complete_config({"name": "x"}, schema, "c.yaml")["conformation"]["edits"] == []


def test_all_takes_every_factor_and_a_state_replaces_its_own_segmentation():
    assert planned(factor="all", action="flip").steps == (("flip", tuple(FACTORS["A"]), None),)
    edit = planned(cell="B", state="GREEN", action="set")
    profiles = np.full((4, 6), 0.5)
    changed = apply_edit(profiles, np.array(FACTORS["B"]), edit, (2, 4))
    assert changed[:, 2].tolist() == [0.5, 0, 1, 0]
    assert (changed[:, [0, 1, 4, 5]] == 0.5).all()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"factor": "Pol"}, "edits.0 .e..factor: 'Pol' is unknown; allowed: CTCF, H1, BEAF, all"),
        ({"factor": "H1", "cell": "C"}, "'C' is not a cell of the run; there: A, B"),
        ({}, "needs either 'factor' or 'state'"),
        ({"factor": "H1", "state": "RED"}, "needs either 'factor' or 'state'"),
        ({"factor": "H1", "action": "set"}, "action 'set' needs a value"),
        ({"factor": "H1", "action": "flip", "value": 0.5}, "action 'flip' takes no value"),
        ({"cell": "B", "state": "BLUE", "action": "set"}, "'BLUE' is unknown; allowed: BLACK"),
        ({"cell": "B", "state": "RED"}, "with 'state', allowed: action 'set'"),
        ({"factor": "H1", "region": "2L:5-"}, "'2L:5-' is not a region"),
        ({"factor": "H1", "region": "2L:9-5"}, "'2L:9-5' is not a region; allowed: .*start < end"),
        ({"cell": "B", "factor": "RED", "region": "2L:4k-6k"}, "off the genome.* 5,000 bp .2L."),
        ({"cell": "B", "factor": "RED", "region": "X:1-2"}, "no chromosome 'X'; there: 2L"),
    ],
)
def test_mistakes_are_told_before_any_job(edit, said):
    with pytest.raises(UserError, match=said) as told:
        planned(**edit)
    assert "\n" not in str(told.value)


def test_a_name_comes_once():
    edit = {"name": "e", "region": "2L:1-2", "action": "delete", "cell": "", "factor": "H1",
            "state": ""}  # fmt: skip
    with pytest.raises(UserError, match="'e' comes twice"):
        plan_edits([edit, edit], FACTORS, STATES, SIZES, "here")


def test_states_of_one_file_are_one_segmentation():
    samples = pd.DataFrame(
        [("B", "segmentation", t) for t in ("BLACK", "RED", "x1", "x2")]
        + [("B", "ChIP-seq", "H1")],
        columns=["cell", "assay", "target"],
        index=list("abcde"),
    )
    runs = pd.DataFrame(
        {"sample": list("abcde"), "file": ["c.bed", "c.bed", "n.bed", "n.bed", "h"]}
    )
    found = cell_segmentations(samples, runs, {"B": ["BLACK", "RED", "x1", "H1"]})
    assert found == {"B": [["BLACK", "RED"], ["x1"]]}
