import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.ml.splits import contiguous_thirds
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.config.label_order_plan import other_order, plan_label_orders
from workflow_scripts.deepchrome.config.plan import CellPlan
from workflow_scripts.deepchrome.evaluation.compare_label_orders import main as compare_label_orders
from workflow_scripts.deepchrome.evaluation.label_orders import (
    compare_orders,
    correlation,
    read_matrix,
)
from workflow_scripts.deepchrome.evaluation.score_label_orders import main as score_label_orders
from workflow_scripts.deepchrome.figures.labelorder import main as plot_labelorder

PUBLISHED = "resources/published/deepchrome.tsv"


def cell(seed, centre, genes=900):
    """Expression with three decimals around a centre, and thirds."""
    rng = np.random.default_rng(seed)
    values = pd.Series((centre * np.exp(rng.normal(0, 1.5, genes))).round(3))
    return values, np.repeat(["train", "valid", "test"], genes // 3)


@pytest.mark.parametrize("centre", [0.7, 3.0, 8.0, 40.0])
def test_text_labels_are_those_of_comparing_python_s_texts(centre):
    values, part = cell(1, centre)
    found, median = compare_orders(values, part), values.median()
    wrong = [(v > median) != (str(float(v)) > str(float(median))) for v in values]
    assert found["mislabelled"] == np.mean(wrong)
    assert found["mislabelled_test"] == np.mean(wrong[600:])
    parts = [found[f"mislabelled_{name}"] for name in ("train", "valid", "test")]
    assert np.mean(parts) == pytest.approx(found["mislabelled"])
    assert 0.5 <= found["best_auc"] <= 1


def test_numbers_of_one_digit_before_the_point_are_in_order_as_text():
    values = pd.Series(np.random.default_rng(0).integers(1000, 9999, 300) / 1000)
    found = compare_orders(values, np.repeat(["train", "valid", "test"], 100))
    assert found["mislabelled"] == 0
    assert found["best_auc"] == pytest.approx(1)
    assert found["high_numeric"] == found["high_text"]


@pytest.mark.parametrize("seed", range(3))
def test_no_gene_goes_wrong_where_the_median_is_between_1_and_2(seed):
    values, part = cell(seed, 1.5)
    assert 1 < values.median() < 2
    assert values.max() > 20
    found = compare_orders(values, part)
    assert found["mislabelled"] == 0
    assert found["best_auc"] == pytest.approx(1)


def test_tens_are_low_as_text_above_a_median_of_five():
    # as texts 10.0 … 45.0 stand below 5.0: two of the three high genes become low
    values = pd.Series([1.0, 2.0, 3.0, 5.0, 10.0, 45.0, 61.0])
    found = compare_orders(values, np.full(7, "test"))
    assert found["mislabelled"] == pytest.approx(2 / 7)
    assert found["high_text"] == pytest.approx(1 / 7)
    assert found["best_auc"] == pytest.approx(1)  # the one left is the highest


def test_labels_of_one_class_have_no_auc():
    values = pd.Series([1.0, 2.0, 5.0, 10.0, 45.0])
    assert np.isnan(compare_orders(values, np.full(5, "test"))["best_auc"])


def test_correlation_agrees_with_scipy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    y = x + rng.normal(size=40)
    found = correlation(x, np.append(y[:-1], np.nan), draws=500, seed=1)
    assert found["n"] == 39
    assert found["r"] == pytest.approx(stats.pearsonr(x[:-1], y[:-1]).statistic)
    assert found["rho"] == pytest.approx(stats.spearmanr(x[:-1], y[:-1]).statistic)
    assert found["low"] < found["r"] < found["high"]
    exact = stats.pearsonr(x[:-1], y[:-1]).confidence_interval()
    assert (found["low"], found["high"]) == pytest.approx((exact.low, exact.high), abs=0.08)
    assert np.isnan(correlation([1, 2], [3, 4], draws=10, seed=1)["r"])


def test_a_header_one_column_short_shifts_nothing(tmp_path):
    (tmp_path / "m.tsv").write_text("gene_id\tA\tB\nG1\t1.5\t2.5\t\nG2\t10.0\t4.5\t\nG3\t3\t4\t\n")
    expression, part = read_matrix(str(tmp_path / "m.tsv"), "")
    assert expression.A.tolist() == [1.5, 10, 3]
    assert part.tolist() == contiguous_thirds(np.array(["G1", "G2", "G3"])).tolist()


@pytest.mark.parametrize(
    ("text", "split", "said"),
    [
        ("gene\tA\nG\t1.0\n", "", "no column 'gene_id'"),
        ("gene_id\tA\nG\t1.0\n", "part", "no column 'part'"),
        ("gene_id\tpart\tA\nG\tmiddle\t1.0\n", "part", "'middle'; allowed: train, valid, test"),
        ("gene_id\tA\nG\tx\n", "", "'A' holds other than numbers"),
        ("gene_id\tA\nG\t1.0\nH\t\n", "", "'A' holds other than numbers"),
    ],
)
def test_malformed_matrices_are_refused(tmp_path, text, split, said):
    (tmp_path / "m.tsv").write_text(text)
    with pytest.raises(UserError, match=said):
        read_matrix(str(tmp_path / "m.tsv"), split)


def test_the_plan_refuses_what_cannot_be_relabelled():
    plan = CellPlan([], [], "marks_csv", [], False, {})
    for settings, said in [
        ({"matrix": "", "cells": ["A"]}, "no matrix"),
        ({"matrix": "m", "cells": ["B"]}, "'B' is no cell"),
        ({"matrix": "m", "cells": ["A"]}, "'A' has no expression"),
    ]:
        with pytest.raises(UserError, match=said):
            plan_label_orders(settings, {"A": plan}, "config")
    assert plan_label_orders({"matrix": "", "cells": []}, {}, "config") == []
    assert {other_order(other_order(name)) for name in ("numeric", "lexicographic")} == {
        "numeric", "lexicographic",
    }  # fmt: skip


@pytest.fixture
def study(root, tmp_path):
    """A study of three of the paper's cell types with made-up expression."""
    values = {
        name: cell(n, c)[0] for n, (name, c) in enumerate([("E003", 5), ("E123", 1), ("E112", 9)])
    }
    matrix = pd.DataFrame({"gene_id": [f"G{n:03}" for n in range(900)], **values})
    matrix.insert(1, "part", cell(0, 1)[1])
    matrix.to_csv(tmp_path / "m.tsv", sep="\t", index=False)
    paths = {name: str(tmp_path / f"{name}.tsv") for name in ("cells", "correlations")}
    compare_label_orders(
        str(tmp_path / "m.tsv"),
        str(root / PUBLISHED),
        split_column="part",
        draws=100,
        seed=1,
        **paths,
    )
    return tmp_path


def test_the_study_s_tables(study):
    cells = pd.read_csv(study / "cells.tsv", sep="\t", index_col="cell")
    assert cells.published_auc.to_dict() == {"E003": 0.77, "E123": 0.92, "E112": 0.69}
    found = pd.read_csv(study / "correlations.tsv", sep="\t", index_col="quantity")
    assert found.r["mislabelled"] == pytest.approx(
        cells.mislabelled.corr(cells.published_auc), abs=1e-4
    )
    assert (found.n == 3).all()


def test_scores_of_the_other_order_and_the_figure(study):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({
        "model": "deepchrome", "seed": np.repeat([1, 2], 60), "chrom": "chr1",
        "part": np.tile(["train", "valid", "test"], 40), "label": rng.integers(0, 2, 120),
        "score": rng.random(120),
    })  # fmt: skip
    rows.to_csv(study / "p.tsv.gz", sep="\t", index=False)
    files = {"E003": [str(study / "p.tsv.gz")]}
    score_label_orders(files, order="lexicographic", draws=20, seed=1, out=str(study / "s.tsv"))
    scores = read_metrics(study / "s.tsv")
    assert set(scores.split) == {f"{p}_lexicographic" for p in ("train", "valid", "test")}
    plain = scores.assign(split="test", value=scores.value / 2)
    both = pd.concat([scores, plain[scores.split == "test_lexicographic"]])
    both.to_csv(study / "metrics.tsv", sep="\t", index=False)
    figure = {k: str(study / f"f.{k}") for k in ("svg", "png", "tsv")}
    for trained in (["E003"], []):
        draw_figure(plot_labelorder,
            str(study / "cells.tsv"), str(study / "correlations.tsv"), str(study / "metrics.tsv"),
            trained=trained, splits={"numeric": "test", "lexicographic": "test_lexicographic"},
            **figure,
        )  # fmt: skip
        table = pd.read_csv(study / "f.tsv", sep="\t", index_col="cell")
        assert len(table) == 3
        aucs = scores[(scores.metric == "roc_auc") & (scores.split == "test_lexicographic")].value
        if trained:
            assert table.auc_lexicographic["E003"] == pytest.approx(aucs.mean(), abs=1e-5)
            assert table.auc_numeric["E003"] == pytest.approx(aucs.mean() / 2, abs=1e-5)
        assert table.auc_lexicographic.notna().sum() == len(trained)


@pytest.mark.real
def test_the_correlation_of_the_56_cell_types(root, real_data, tmp_path):
    paths = {name: str(tmp_path / f"{name}.tsv") for name in ("cells", "correlations")}
    compare_label_orders(
        str(real_data / "deepchrome/REMC_56_RPKM_with_split.tsv.gz"), str(root / PUBLISHED),
        split_column="split", draws=1000, seed=1, **paths,
    )  # fmt: skip
    found = pd.read_csv(paths["correlations"], sep="\t", index_col="quantity")
    assert found.n["mislabelled"] == 56
    assert found.r["mislabelled"] == pytest.approx(-0.957, abs=0.005)
    cells = pd.read_csv(paths["cells"], sep="\t", index_col="cell")
    assert cells["median"].loc[["E003", "E112"]].tolist() == pytest.approx([3.33, 5.1865])
    assert cells.mislabelled[["E003", "E112", "E123"]].tolist() == pytest.approx(
        [0.2119, 0.3244, 0], abs=2e-4
    )
    assert cells.best_auc[["E003", "E112", "E123"]].tolist() == pytest.approx(
        [0.8699, 0.8026, 1], abs=2e-4
    )
