import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.ml.splits import contiguous_thirds
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.evaluation.compare_label_orders import (
    compare_orders,
    correlation,
    read_matrix,
)
from workflow_scripts.deepchrome.evaluation.compare_label_orders import main as compare_label_orders
from workflow_scripts.deepchrome.evaluation.score_label_orders import main as score_label_orders
from workflow_scripts.deepchrome.figures.label_order import main as plot_label_order

PUBLISHED = "resources/published/deepchrome.tsv"


def cell(seed, center, genes=900):
    """Expression with three decimals around a center, and thirds."""
    rng = np.random.default_rng(seed)
    values = pd.Series((center * np.exp(rng.normal(0, 1.5, genes))).round(3))
    return values, np.repeat(["train", "valid", "test"], genes // 3)


@pytest.mark.parametrize("center", [0.7, 3.0, 8.0, 40.0])
def test_labels_by_text_compare_python_s_decimal_text(center):
    values, split = cell(1, center)
    found, median = compare_orders(values, split), values.median()
    wrong = [(v > median) != (str(float(v)) > str(float(median))) for v in values]
    assert found["mislabeled"] == np.mean(wrong)
    assert found["mislabeled_test"] == np.mean(wrong[600:])
    by_split = [found[f"mislabeled_{name}"] for name in ("train", "valid", "test")]
    assert np.mean(by_split) == pytest.approx(found["mislabeled"])
    assert 0.5 <= found["expression_auc"] <= 1


def test_numbers_of_one_digit_before_the_point_are_in_order_as_text():
    values = pd.Series(np.random.default_rng(0).integers(1000, 9999, 300) / 1000)
    found = compare_orders(values, np.repeat(["train", "valid", "test"], 100))
    assert found["mislabeled"] == 0
    assert found["expression_auc"] == pytest.approx(1)
    assert found["high_numeric"] == found["high_lexicographic"]


@pytest.mark.parametrize("seed", range(3))
def test_no_gene_is_mislabeled_if_the_median_is_between_1_and_2(seed):
    values, split = cell(seed, 1.5)
    assert 1 < values.median() < 2
    assert values.max() > 20
    found = compare_orders(values, split)
    assert found["mislabeled"] == 0
    assert found["expression_auc"] == pytest.approx(1)


def test_tens_are_low_as_text_above_a_median_of_five():
    # as text 10.0 and 45.0 are below 5.0: two of the three high genes become low
    values = pd.Series([1.0, 2.0, 3.0, 5.0, 10.0, 45.0, 61.0])
    found = compare_orders(values, np.full(7, "test"))
    assert found["mislabeled"] == pytest.approx(2 / 7)
    assert found["high_lexicographic"] == pytest.approx(1 / 7)
    assert found["expression_auc"] == pytest.approx(1)  # the remaining one is the highest


def test_labels_of_one_class_have_no_auc():
    values = pd.Series([1.0, 2.0, 5.0, 10.0, 45.0])
    assert np.isnan(compare_orders(values, np.full(5, "test"))["expression_auc"])


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


def test_a_header_that_lacks_a_name_does_not_shift_columns(tmp_path):
    (tmp_path / "m.tsv").write_text("gene_id\tA\tB\nG1\t1.5\t2.5\t\nG2\t10.0\t4.5\t\nG3\t3\t4\t\n")
    expression, split = read_matrix(str(tmp_path / "m.tsv"), "")
    assert expression.A.tolist() == [1.5, 10, 3]
    assert split.tolist() == contiguous_thirds(np.array(["G1", "G2", "G3"])).tolist()


@pytest.mark.parametrize(
    ("text", "split", "message"),
    [
        ("gene\tA\nG\t1.0\n", "", "no column 'gene_id'"),
        ("gene_id\tA\nG\t1.0\n", "part", "no column 'part'"),
        ("gene_id\tpart\tA\nG\tmiddle\t1.0\n", "part", "'middle'; expected: train, valid, test"),
        ("gene_id\tA\nG\tx\n", "", "'A': a value is not a number"),
        ("gene_id\tA\nG\t1.0\nH\t\n", "", "'A': a value is not a number"),
    ],
)
def test_malformed_matrices_are_rejected(tmp_path, text, split, message):
    (tmp_path / "m.tsv").write_text(text)
    with pytest.raises(UserError, match=message):
        read_matrix(str(tmp_path / "m.tsv"), split)


@pytest.fixture
def study(root, tmp_path):
    """A study of three of the paper's cell types with simulated expression."""
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
    assert found.r["mislabeled"] == pytest.approx(
        cells.mislabeled.corr(cells.published_auc), abs=1e-4
    )
    assert (found.n == 3).all()


def test_scores_of_the_other_order_and_the_figure(study):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({
        "model": "deepchrome", "seed": np.repeat([1, 2], 60), "chrom": "chr1",
        "split": np.tile(["train", "valid", "test"], 40), "label": rng.integers(0, 2, 120),
        "score": rng.random(120),
    })  # fmt: skip
    rows.to_csv(study / "p.tsv.gz", sep="\t", index=False)
    score_label_orders(
        [str(study / "p.tsv.gz")], cells=["E003"], order="lexicographic", draws=20, seed=1,
        scores=str(study / "s.tsv"),
    )  # fmt: skip
    scores = read_metrics(study / "s.tsv")
    assert set(scores.split) == {f"{s}_lexicographic" for s in ("train", "valid", "test")}
    plain = scores.assign(split="test", value=scores.value / 2)
    both = pd.concat([scores, plain[scores.split == "test_lexicographic"]])
    both.to_csv(study / "metrics.tsv", sep="\t", index=False)
    figure = {k: str(study / f"f.{k}") for k in ("svg", "png", "tsv")}
    for trained in (["E003"], []):
        draw_figure(plot_label_order,
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
    assert found.n["mislabeled"] == 56
    assert found.r["mislabeled"] == pytest.approx(-0.957, abs=0.005)
    cells = pd.read_csv(paths["cells"], sep="\t", index_col="cell")
    assert cells["median"].loc[["E003", "E112"]].tolist() == pytest.approx([3.33, 5.1865])
    assert cells.mislabeled[["E003", "E112", "E123"]].tolist() == pytest.approx(
        [0.2119, 0.3244, 0], abs=2e-4
    )
    assert cells.expression_auc[["E003", "E112", "E123"]].tolist() == pytest.approx(
        [0.8699, 0.8026, 1], abs=2e-4
    )
