import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import (
    AnnotationPlan,
    check_activity_unit,
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


@pytest.mark.parametrize(
    ("kind", "file", "units"),
    [("fastq", "a.fq", ["counts", "tpm"]), ("gene_counts", "fpkm.tsv", ["counts"]),
     ("expression_matrix", "x/all.RPKM.tsv.gz", ["rpkm"]),
     ("expression_matrix", "counts.tsv", ["counts"]), ("expression_matrix", "m.tsv", ["unstated"])],
)  # fmt: skip
def test_the_unit_of_rna_seq_and_of_the_threshold_must_agree_before_any_job(kind, file, units):
    # FAULTS C11
    runs = pd.DataFrame([("x", "rna", kind, file)], columns=["run", "sample", "kind", "file"])
    cells = {"Alpha": AnnotationPlan("RNA-seq", [], {}), "Beta": AnnotationPlan("none", [], {})}
    for unit in ("counts", "tpm", "fpkm", "rpkm", "unstated"):
        settings = {"threshold": 1, "threshold_unit": unit}
        if unit in units:
            check_activity_unit(cells, SAMPLES, runs, settings, "c")
            continue
        with pytest.raises(UserError, match=rf"c.threshold: 1 is in {unit}.*'Alpha'.*{units[0]}"):
            check_activity_unit(cells, SAMPLES, runs, settings, "c")
