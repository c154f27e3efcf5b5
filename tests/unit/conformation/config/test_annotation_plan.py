import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import plan_annotation

SAMPLES = pd.DataFrame(
    [("rna", "Alpha", "RNA-seq", ""), ("pro", "Alpha", "PRO-seq", ""),
     ("r1", "Alpha", "segmentation", "RED"), ("b1", "Alpha", "segmentation", "BLACK"),
     ("r2", "Alpha", "segmentation", "RED"),
     ("chip", "Beta", "ChIP-seq", "H1"), ("rna2", "Beta", "RNA-seq", "")],
    columns=["sample", "cell", "assay", "target"],
).set_index("sample", drop=False)  # fmt: skip


def plan(cell="Alpha", genes=True, source="auto", states=()):
    return plan_annotation(cell, SAMPLES, genes, {"source": source, "states": list(states)}, "c")


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
    ],
)
def test_missing_sources_are_rejected(request_, message):
    with pytest.raises(UserError, match=message):
        plan(**request_)
