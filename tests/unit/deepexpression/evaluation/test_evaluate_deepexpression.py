import numpy as np
import pandas as pd
import pytest

from tests.unit.deepexpression.simulated_run import CELLS, SCHEMES, SEEDS, evaluate, write_run
from workflow_scripts.deepexpression.figures.tabulate_gene_loops import example_gene
from workflow_scripts.report.tabulate_reproduction import main as tabulate


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("run"))
    return run, evaluate(run)


@pytest.fixture(scope="module")
def published(root):
    path = str(root / "resources/published/deepexpression.tsv")
    return path, pd.read_csv(path, sep="\t", keep_default_na=False)


def value(metrics, model, metric, split="test", sample="A", seed=None):
    rows = metrics[
        (metrics.model == model) & (metrics.metric == metric) & (metrics.split == split)
        & (metrics["sample"] == sample)
    ]  # fmt: skip
    rows = rows if seed is None else rows[rows.seed == seed]
    assert len(rows), (model, metric, split)
    return rows.value.mean()


def test_smaller_errors_score_better_and_shuffled_expression_at_chance(scored):
    _, metrics = scored
    order = ["full", "seq", "hichip_only", "linear", "loop_sum"]
    scores = [value(metrics, m, "pcc", sample="B") for m in order]
    assert scores == sorted(scores, reverse=True)
    chance = [value(metrics, "full_shuffled", "pcc_pooled", sample=c) for c in CELLS]
    assert np.abs(np.mean(chance)) < 0.15
    assert value(metrics, "full", "auc") > value(metrics, "logistic", "auc") > 0.6


def test_mean_and_spread_are_those_of_the_folds(scored):
    _, metrics = scored
    scheme = SCHEMES[0]
    folds = [value(metrics, "svm", "auc", f"test_{scheme}_fold{f}") for f in range(5)]
    assert value(metrics, "svm", "auc", f"test_{scheme}") == pytest.approx(np.mean(folds), abs=1e-5)
    assert value(metrics, "svm", "auc_sd") == pytest.approx(np.std(folds, ddof=1), abs=1e-5)
    # split `test` is the first scheme
    assert value(metrics, "svm", "auc") == value(metrics, "svm", "auc", f"test_{scheme}")
    rows = metrics[
        (metrics.model == "full") & (metrics.metric == "pcc") & (metrics.split == "test")
    ]
    assert sorted(set(rows.seed)) == list(SEEDS["full"])
    assert set(rows.n) == {150}


def test_gains_are_differences_of_means(scored):
    _, metrics = scored
    for seed in SEEDS["full"]:
        ours = value(metrics, "full", "pcc", seed=seed)
        theirs = value(metrics, "ridge", "pcc")
        gain = value(metrics, "full", "pcc_gain_ridge", seed=seed)
        assert gain == pytest.approx(ours - theirs, abs=1e-5)
        percent = value(metrics, "full", "pcc_percent_without_hichip", seed=seed)
        assert percent == pytest.approx(100 * (value(metrics, "seq", "pcc") / ours - 1), abs=1e-3)
    drop = value(metrics, "seq", "auc_sd_drop_svm")
    both = [value(metrics, m, "auc_sd") for m in ("svm", "seq")]
    assert drop == pytest.approx(both[0] - both[1], abs=1e-5)


def test_across_cells_as_published_and_held_out(scored):
    run, metrics = scored
    for split in ("cross", "cross_heldout"):
        parts = [value(metrics, "lasso", "pcc", f"{split}_{SCHEMES[0]}_from_{c}") for c in "BC"]
        whole = value(metrics, "lasso", "pcc", split)
        assert whole == pytest.approx(np.mean(parts), abs=1e-5)
    rows = metrics[(metrics.model == "lasso") & (metrics.metric == "pcc")].set_index("split").n
    genes = len(run.data["A"].genes)
    # two cells trained on, five folds' models each: all genes each time, or each gene once
    assert set(rows["cross"]) == {2 * 5 * genes}
    assert set(rows["cross_heldout"]) == {2 * genes}


def test_loops_are_correlated_with_expression_over_all_genes(scored):
    run, metrics = scored
    data = run.data["B"]
    r = np.corrcoef(data.hichip.sum(1), data.expression)[0, 1]
    assert value(metrics, "data", "loop_sum_r", "all", "B") == pytest.approx(r, abs=1e-5)
    r = np.corrcoef(data.loops, data.expression)[0, 1]
    assert value(metrics, "data", "loop_number_r", "all", "B") == pytest.approx(r, abs=1e-5)
    assert value(metrics, "data", "loop_sum_r_log10_p", "all", "B") < -10


def test_a_run_of_one_cell_without_hichip(tmp_path):
    run = write_run(tmp_path, hichip=False, cells=("A",), schemes=SCHEMES[:1])
    metrics = evaluate(run)
    assert not metrics.split.str.startswith("cross").any()
    assert not metrics.metric.str.startswith("loop").any()
    assert value(metrics, "seq", "pcc_gain_ridge") > 0


def test_published_rows_are_complete_and_unique(published):
    _, table = published
    columns = "item quantity published unit source model sample split metric statistic note"
    assert list(table.columns) == columns.split()
    assert not table.duplicated("quantity").any()
    named = table[table.metric != ""]
    assert not named.duplicated(["model", "split", "metric"]).any()
    assert table.published.astype(float).notna().all()
    filled = named[["item", "unit", "source", "model", "split", "metric", "statistic"]]
    assert (filled != "").all().all()


def test_every_published_value_has_a_result(scored, published, tmp_path):
    run, _ = scored
    path = published[0]
    motifs = pd.DataFrame({
        "model": ["seq", "cismodule"], "sample": "all", "split": ["JASPAR2018_regression",
        "JASPAR2018"], "seed": 1, "metric": ["promoter_motifs_matched", "enhancer_motifs_matched"],
        "value": 0.5, "n": 10,
    })  # fmt: skip
    motifs.to_csv(tmp_path / "motifs.tsv", sep="\t", index=False)
    layers = pd.DataFrame({"network": ["seq"], "layer": ["first_convolution"], "channels": [128],
                           "parameters": [4096]})  # fmt: skip
    layers.to_csv(tmp_path / "layers.tsv", sep="\t", index=False)
    evaluate(run, layers=str(tmp_path / "layers.tsv"), scores=[str(tmp_path / "motifs.tsv")])
    tabulate([run.path("metrics.tsv")], [path], papers=["deepexpression"], simulated=[], real=[],
             presets={}, table=run.path("reproduction.tsv"),
             page=run.path("reproduction.html"))  # fmt: skip
    laid = pd.read_csv(run.path("reproduction.tsv"), sep="\t")
    missing = set(pd.read_csv(path, sep="\t").quantity) - set(laid.quantity)
    # windows that the small run does not have
    known = ("PCC with a window of ±500 kb", "PCC with a window of ±100 kb")
    assert [m for m in missing if not m.startswith("motif of") and m not in known] == []
    assert laid.set_index("quantity").obtained["promoter: length"] == 20


def test_loops_and_expression_of_the_example_gene_change_together(scored):
    run, _ = scored
    gene = example_gene(run.data)
    sums = [d.hichip[gene].sum() for d in run.data.values()]
    levels = [d.expression[gene] for d in run.data.values()]
    assert np.corrcoef(sums, levels)[0, 1] > 0.9
    one = example_gene({"A": run.data["A"]})
    assert run.data["A"].hichip[one].sum() == run.data["A"].hichip.sum(1).max()
