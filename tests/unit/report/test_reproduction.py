import pandas as pd
import pytest
import yaml

from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.report.presets import SOURCES, paper_presets
from workflow_scripts.report.tabulate_reproduction import COLUMNS, main

PUBLISHED = """item,quantity,published,unit,source,model,sample,split,metric,statistic,note
f1,one,0.9,AUC,t,m,A,test,roc_auc,,
f1,mean,0.8,AUC,t,m,,test,roc_auc,mean,
f1,most,0.8,AUC,t,m,,test,roc_auc,max,
f1,absent,0.8,AUC,t,m,Z,test,roc_auc,,
f1,unknown,0.8,AUC,t,,,,,,why
f1,pooled,0.8,AUC,t,m,all,test,mae,,why
"""
LISTED = """f1,both,0.8,AUC,t,m,A;B,test,roc_auc,mean,
f1,one of two,0.8,AUC,t,m,A;Z,test,roc_auc,mean,
"""


def tabulate(tmp_path, simulated=(), presets=(), listed=""):
    """Tables of a run with cells A and B, and its page."""
    rows = [dict(model="m", sample=c, split="test", seed=s, metric="roc_auc", value=v, n=5)
            for c, s, v in (("A", 1, 0.6), ("A", 2, 0.8), ("B", 1, 0.9))]  # fmt: skip
    rows.append(dict(rows[0], split="train", value=1.0))
    rows.append(dict(rows[0], sample="all", metric="mae", value=0.1))
    write_metrics(tmp_path / "m.tsv", rows)
    text = (PUBLISHED + listed).replace(",", "\t").replace(";", ",")
    (tmp_path / "p.tsv").write_text(text)
    main([str(tmp_path / "m.tsv")], [str(tmp_path / "p.tsv")], papers=["deepchrome"],
         simulated=list(simulated), real=[c for c in "AB" if c not in simulated],
         presets={"deepchrome": list(presets)}, table=str(tmp_path / "r.tsv"),
         page=str(tmp_path / "r.html"))  # fmt: skip
    return pd.read_csv(tmp_path / "r.tsv", sep="\t"), (tmp_path / "r.html").read_text()


def test_values_are_means_over_seeds_then_the_statistic_over_samples(tmp_path):
    found = tabulate(tmp_path)[0].set_index("quantity")
    assert found.obtained[["one", "mean", "most"]].tolist() == pytest.approx([0.7, 0.8, 0.9])
    assert found.n[["one", "mean"]].tolist() == [2, 2]
    assert found.sd["one"] == pytest.approx(0.1414, abs=1e-4)


def test_a_value_over_listed_samples_needs_them_all(tmp_path):
    # FAULTS A2
    found = tabulate(tmp_path, listed=LISTED)[0].set_index("quantity")
    assert found.obtained["both"] == pytest.approx(0.8)
    assert "one of two" not in found.index


def test_only_quantities_of_the_run_have_a_row_and_the_page_counts_the_others(tmp_path):
    found, page = tabulate(tmp_path)
    assert list(found) == COLUMNS
    assert found.quantity.tolist() == ["one", "mean", "most", "pooled"]
    assert found.obtained.notna().all()
    assert found.note.tolist()[-1] == "mean over seeds; why"
    assert "not part of this run: 2" in page


@pytest.mark.parametrize(("simulated", "data"), [("", "real"), ("AB", "simulated")])
def test_rows_say_whether_their_data_are_simulated(tmp_path, simulated, data):
    found, page = tabulate(tmp_path, simulated)
    assert set(found.data) == {data}
    assert ("Real data" in page, "Simulated data" in page) == (data == "real", data != "real")


def test_simulated_cells_never_enter_a_value_of_real_ones_and_come_after_them(tmp_path):
    found, page = tabulate(tmp_path, "B")
    assert found.data.is_monotonic_increasing
    by_data = {data: rows.set_index("quantity") for data, rows in found.groupby("data")}
    assert by_data["real"].obtained.to_dict() == pytest.approx(
        {"one": 0.7, "mean": 0.7, "most": 0.7}
    )
    assert by_data["simulated"].obtained[["mean", "most"]].tolist() == pytest.approx([0.9, 0.9])
    # a value over both kinds is no result of real data
    assert by_data["simulated"].obtained["pooled"] == pytest.approx(0.1)
    assert page.index("Real data") < page.index("Simulated data")


def test_rows_name_the_preset_of_their_model(tmp_path):
    found, page = tabulate(tmp_path, presets=[("m roc", "paper"), ("x", "default")])
    assert found.set_index("quantity").preset.fillna("").to_dict() == {
        "one": "paper", "mean": "paper", "most": "paper", "pooled": "",
    }  # fmt: skip
    assert "preset paper" in page


def test_presets_are_those_of_the_config_and_say_where_it_replaces_values():
    settings = {"preset": "paper", "training": {}, "baselines": {"grid": "small"},
                "tuning": {"training": {"epochs": 3}}}  # fmt: skip
    found = dict(paper_presets("deepchrome", settings))
    assert found["deepchrome"] == "paper"
    assert found["deepchrome_"] == "paper, modified"
    assert "grid small" in found.values()


@pytest.mark.parametrize("paper", SOURCES)
def test_every_key_of_a_preset_is_one_of_the_config(paper, root):
    schema = yaml.safe_load((root / f"resources/schemas/papers/{paper}.schema.yaml").read_text())
    for source in SOURCES[paper]:
        for key in (source.key, *source.replaced):
            section = schema
            for name in key.split("."):
                assert name in section["properties"], f"{paper}.{key}"
                section = section["properties"][name]


def test_a_run_without_papers_gives_a_header_alone(tmp_path):
    main([], [], papers=[], simulated=[], real=[], presets={}, table=str(tmp_path / "r.tsv"),
         page=str(tmp_path / "r.html"))  # fmt: skip
    assert len(pd.read_csv(tmp_path / "r.tsv", sep="\t")) == 0
    assert "no quantity" in (tmp_path / "r.html").read_text()
