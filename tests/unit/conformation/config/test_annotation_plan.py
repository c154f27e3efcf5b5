import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import (
    AnnotationPlan,
    check_grouping,
    plan_annotation,
)

SAMPLES = pd.DataFrame(
    [("rna", "Alpha", "RNA-seq", ""), ("pro", "Alpha", "PRO-seq", ""),
     ("r1", "Alpha", "segmentation", "RED"), ("b1", "Alpha", "segmentation", "BLACK"),
     ("r2", "Alpha", "segmentation", "RED"),
     ("chip", "Beta", "ChIP-seq", "H1"), ("rna2", "Beta", "RNA-seq", "")],
    columns=["sample", "cell", "assay", "target"],
).set_index("sample", drop=False)  # fmt: skip


def plan(cell="Alpha", genes=True, source="auto", states=(), active=("RED", "YELLOW")):
    settings = {"source": source, "states": list(states), "active_states": list(active)}
    return plan_annotation(cell, SAMPLES, genes, settings, "c")


def test_rna_seq_is_preferred_to_pro_seq_unless_configured():
    assert (plan().source, plan().tracks) == ("RNA-seq", [])
    assert plan(source="PRO-seq").tracks == ["pro"]
    assert plan(genes=False).source == "PRO-seq"
    assert plan("Beta", genes=False).source == "none"
    assert plan().states == {"RED": ["r1", "r2"], "BLACK": ["b1"]}
    assert plan(states=["RED"]).state_names == ["RED", "RED"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"genes": False, "source": "RNA-seq"}, "no gtf"),
        ({"cell": "Beta", "source": "PRO-seq"}, "no such sample; expected: auto, RNA-seq, none"),
        ({"states": ["GREEN"]}, "'GREEN'; available: RED, BLACK"),
        ({"cell": "Beta", "source": "states"}, "no such sample; expected: auto, RNA-seq, none"),
        ({"source": "states", "active": ["GREEN"]}, "GREEN are none of the states of cell 'Alpha'"),
        ({"source": "states", "active": ["RED", "BLACK"]}, "RED, BLACK are all of the states"),
    ],
)
def test_missing_sources_are_rejected(request_, message):
    with pytest.raises(UserError, match=message):
        plan(**request_)


# FAULTS B1
def test_the_activity_may_be_that_of_chromatin_states():
    assert plan(source="states").source == "states"
    assert plan("Beta", genes=False).source == "none"  # `auto` never takes states


def test_groups_by_an_unknown_activity_are_rejected():
    unknown = {"A": AnnotationPlan("none", [], {})}
    check_grouping(unknown, "sigma", "c")
    # Figure 5b is of the first cell
    check_grouping({"B": AnnotationPlan("PRO-seq", ["p"], {})} | unknown, "activity", "c")
    with pytest.raises(UserError, match=r"c\.gradients\.group_by: 'activity', but .* cell 'A'"):
        check_grouping(unknown, "activity", "c")
