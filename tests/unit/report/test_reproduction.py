import pandas as pd
import pytest

from workflow_scripts.chromaloom.metrics import write_metrics
from workflow_scripts.report.tabulate_reproduction import main

PUBLISHED = """item,quantity,published,unit,source,model,sample,split,metric,statistic,note
f1,one,0.9,AUC,t,m,A,test,roc_auc,,
f1,mean,0.8,AUC,t,m,,test,roc_auc,mean,
f1,most,0.8,AUC,t,m,,test,roc_auc,max,
f1,absent,0.8,AUC,t,m,Z,test,roc_auc,,
f1,unknown,0.8,AUC,t,,,,,,why
"""


def table(tmp_path, simulated):
    rows = [dict(model="m", sample=c, split="test", seed=s, metric="roc_auc", value=v, n=5)
            for c, s, v in (("A", 1, 0.6), ("A", 2, 0.8), ("B", 1, 0.9))]  # fmt: skip
    rows.append(dict(rows[0], split="train", value=1.0))
    write_metrics(tmp_path / "m.tsv", rows)
    (tmp_path / "p.tsv").write_text(PUBLISHED.replace(",", "\t"))
    main([str(tmp_path / "m.tsv")], [str(tmp_path / "p.tsv")], papers=["deepchrome"],
         simulated=simulated, out=str(tmp_path / "r.tsv"))  # fmt: skip
    return pd.read_csv(tmp_path / "r.tsv", sep="\t").set_index("quantity")


def test_values_are_means_over_seeds_then_the_statistic_over_samples(tmp_path):
    found = table(tmp_path, False)
    assert found.obtained[["one", "mean", "most"]].tolist() == pytest.approx([0.7, 0.8, 0.9])
    assert found.n[["one", "mean"]].tolist() == [2, 2]
    assert found.sd["one"] == pytest.approx(0.1414, abs=1e-4)


def test_every_published_row_is_told_even_without_a_result(tmp_path):
    found = table(tmp_path, False)
    assert len(found) == 5
    assert found.obtained[["absent", "unknown"]].isna().all()
    assert found.note["absent"] == "not part of this run"
    assert found.note["unknown"] == "no model of this run gives it; why"


def test_a_simulated_world_is_called_one(tmp_path):
    assert "simulated" in table(tmp_path, True).note["one"]
    assert "simulated" not in table(tmp_path, False).note["one"]


def test_a_run_without_papers_gives_a_header_alone(tmp_path):
    main([], [], papers=[], simulated=False, out=str(tmp_path / "r.tsv"))
    assert len(pd.read_csv(tmp_path / "r.tsv", sep="\t")) == 0
