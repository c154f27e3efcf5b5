import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import cell_segmentations, plan_edits

FACTORS = {"A": ["CTCF", "H1", "BEAF"], "B": ["CTCF", "BLACK", "GREEN", "RED"]}


SIZES = {"B": {"2L": 5000}}


STATES = {"A": [], "B": [["BLACK", "GREEN", "RED"]]}


def planned(**edit):
    given = {"name": "e", "region": "2L:1-2", "action": "delete", "cell": "", "factor": "",
             "state": ""}  # fmt: skip
    return plan_edits([given | edit], FACTORS, STATES, SIZES, "config.yaml: conformation.edits")[0]


def test_the_schema_completes_an_edit(root):
    given = {"name": "e", "region": "2L:1-2", "action": "flip", "factor": ["H1", "CTCF"]}
    schema = load_schema(root / "resources/schemas")
    config = complete_config({"name": "x", "conformation": {"edits": [given]}}, schema, "c.yaml")
    plan = plan_edits(config["conformation"]["edits"], FACTORS, STATES, SIZES, "here")[0]
    assert (plan.cell, plan.steps) == ("A", (("flip", ("H1", "CTCF"), None),))
    bad = {"conformation": {"edits": [given | {"action": "swap"}]}, "name": "x"}
    with pytest.raises(UserError, match=r"edits\.0\.action: 'swap' is not allowed"):
        complete_config(bad, schema, "c.yaml")
    assert complete_config({"name": "x"}, schema, "c.yaml")["conformation"]["edits"] == []


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"factor": "Pol"}, "edits.0 .e..factor: 'Pol' is unknown; available: CTCF, H1, BEAF, all"),
        ({"factor": "H1", "cell": "C"}, "'C' is not a cell of the run; available: A, B"),
        ({}, "neither or both of 'factor' and 'state'"),
        ({"factor": "H1", "state": "RED"}, "neither or both of 'factor' and 'state'"),
        ({"factor": "H1", "action": "set"}, "value: missing with action 'set'"),
        ({"factor": "H1", "action": "flip", "value": 0.5}, "value: 0.5 with action 'flip'"),
        ({"cell": "B", "state": "BLUE", "action": "set"}, "'BLUE' is unknown; available: BLACK"),
        ({"cell": "B", "state": "RED"}, "'state' needs action 'set' without a value"),
        ({"factor": "H1", "region": "2L:5-"}, "'2L:5-' is not a region"),
        ({"factor": "H1", "region": "2L:9-5"}, "'2L:9-5' is not a region; expected: .*start < end"),
        (
            {"cell": "B", "factor": "RED", "region": "2L:4k-6k"},
            "outside the genome.* 5,000 bp .2L.",
        ),
        ({"cell": "B", "factor": "RED", "region": "X:1-2"}, "no chromosome 'X'; available: 2L"),
    ],
)
def test_invalid_edits_are_rejected_in_one_line(edit, message):
    with pytest.raises(UserError, match=message) as error:
        planned(**edit)
    assert "\n" not in str(error.value)


def test_names_are_unique():
    edit = {"name": "e", "region": "2L:1-2", "action": "delete", "cell": "", "factor": "H1",
            "state": ""}  # fmt: skip
    with pytest.raises(UserError, match="'e' is used twice"):
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


def test_all_means_every_factor_and_a_state_replaces_its_segmentation():
    assert planned(factor="all", action="flip").steps == (("flip", tuple(FACTORS["A"]), None),)
    steps = planned(cell="B", state="GREEN", action="set").steps
    assert steps == (("delete", ("BLACK", "RED"), None), ("set", ("GREEN",), 1.0))
