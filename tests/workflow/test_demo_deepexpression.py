"""The demo's second run: DeepExpression, in a simulated world with more signal in promoters."""

import pandas as pd
import pytest

pytestmark = pytest.mark.demo


@pytest.fixture(scope="module")
def expression(demo_results):
    """The results folder."""
    return demo_results("demo-deepexpression", "resources/configs/demo-deepexpression.yaml")


def test_loops_are_called_where_they_were_planted(expression):
    found = pd.read_csv(expression / "loops" / "demo_truth.tsv", sep="\t")
    # neighbors of a loop are neither, and beyond 150 kb there are no loops of enhancers
    near = found[(found.negatives == "apart") & (found.nearest == 0) & (found.farthest == 150_000)]
    auc = near.pivot_table(index="sample", columns="score", values="auc")
    assert len(auc) == 4
    assert (auc.probability >= 0.95).all(), auc
    assert auc.probability.mean() > auc["count"].mean(), auc


@pytest.fixture(scope="module")
def pcc(expression):
    """Correlation on held-out genes by model and cell, mean over folds."""
    metrics = pd.read_csv(expression / "deepexpression" / "metrics.tsv", sep="\t")
    chosen = metrics[(metrics.metric == "pcc") & (metrics.split == "test_random3")]
    return chosen.pivot_table(index="model", columns="sample", values="value", aggfunc="mean")


def test_loops_and_promoters_both_predict_expression(pcc):
    assert list(pcc.columns) == ["Alpha", "Beta"]
    assert (pcc.loc["full"] > pcc.loc["seq"]).all(), pcc
    assert (pcc.loc["seq"] > 0.2).all(), pcc
    for model in ("full_shuffled", "seq_shuffled"):
        assert abs(pcc.loc[model, "Alpha"]) < 0.15, pcc
    for part in ("promoter", "hichip"):
        assert (pcc.loc[f"full_without_{part}"] < pcc.loc["full"]).all(), pcc


def test_planted_motifs_are_recovered(expression):
    found = pd.read_csv(expression / "deepexpression/motifs/demo_truth.tsv", sep="\t")
    found = found[(found.release == "JASPAR2018") & (found.motif != "all")]
    # by any network of any cell
    share = found.groupby(["where", "kind", "motif"]).recovered.max().groupby(["where", "kind"])
    share = share.mean()
    assert share["promoter", "trained"] >= 0.7, found
    assert share["enhancer", "found"] >= 2 / 3, found
    assert share["promoter", "untrained"] <= 0.3, found


def test_every_figure_is_in_the_report(expression):
    text = (expression / "report.html").read_text()
    for name in ("fig1", "fig2a", "fig2b", "fig2c", "fig4", "fig5", "fig6", "fig7", "fig8", "fig9",
                 "table1"):  # fmt: skip
        assert f"deepexpression/figures/{name}.svg" in text, name
