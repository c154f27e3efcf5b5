import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.config.plan import TWO_CONVOLUTIONS
from workflow_scripts.deepchrome.evaluation.evaluate_deepchrome import main as evaluate
from workflow_scripts.deepchrome.evaluation.tabulate_tuning import compare_networks, metric_rows
from workflow_scripts.deepchrome.evaluation.tabulate_tuning import main as tabulate_tuning
from workflow_scripts.deepchrome.figures.table3 import figure_table
from workflow_scripts.deepchrome.figures.table3 import main as plot_table3


def aucs(difference=0.0, *, cells=20, layers=0.0, seed=0):
    """A tuning table of three networks and one with two convolutions, over cells."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.7, 0.9, cells)
    names = ["deepchrome_k4_m3_f6", "deepchrome_k5_m3_f6", "deepchrome_k6_m3_f6", TWO_CONVOLUTIONS]
    shifts = [0, 0, difference, layers]
    return pd.DataFrame(
        [
            dict(cell=f"c{c}", model=name, kernel=4, pool=3, filters=6, convolutions=1,
                 roc_auc_valid=level[c] + shift + rng.normal(0, 0.005), roc_auc_test=0.5,
                 n_valid=9, n_test=9)
            for c in range(cells) for name, shift in zip(names, shifts, strict=True)
        ]
    )  # fmt: skip


def test_p_is_large_for_equal_networks_and_small_for_a_planted_difference():
    def p(table):
        return compare_networks(table, "deepchrome_k4_m3_f6").set_index("metric").p

    equal, unequal = p(aucs()), p(aucs(0.2, layers=0.05))
    assert (equal > 0.05).all()
    assert (unequal < 1e-3).all()
    # a difference of 0.01 where cells differ by 0.2 is detected by the paired test only
    slight = p(aucs(0.01))
    assert slight.p_settings_paired < 1e-3
    assert slight.p_settings > 0.3
    same = aucs()
    same["roc_auc_valid"] = same.groupby("cell").roc_auc_valid.transform("first")
    assert p(same).round(2).tolist() == [1, 1, 1]


def test_one_cell_gives_no_p():
    found = compare_networks(aucs(cells=1), "deepchrome_k4_m3_f6")
    assert found.p.isna().all()
    assert len(metric_rows(aucs(cells=1), found, 1)) == 8


def test_table_3_and_metrics_have_the_results_of_the_tuning(tmp_path):
    table = aucs(0.02)
    for name, rows in table.groupby("cell"):
        rows.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
    tables = [str(path) for path in sorted(tmp_path.glob("c*.tsv"))]
    out = {k: str(tmp_path / f"{k}.tsv") for k in ("tuning", "tests", "scores")}
    tabulate_tuning(tables, run_network="deepchrome_k4_m3_f6", seed=1, **out)
    evaluate(
        [],
        cells=[],
        scores=[out["scores"]],
        draws=10,
        seed=1,
        metrics=str(tmp_path / "metrics.tsv"),
    )
    metrics = read_metrics(tmp_path / "metrics.tsv")
    assert (metrics["model"] == "deepchrome_tuning").sum() == 3
    chosen = metrics[(metrics["model"] == TWO_CONVOLUTIONS) & (metrics.split == "valid")]
    expected = table[table["model"] == TWO_CONVOLUTIONS].roc_auc_valid
    assert chosen.value.mean() == pytest.approx(expected.mean(), abs=1e-5)

    published = pd.DataFrame(
        {"item": "Table 3", "model": "deepchrome_k5_m3_f6", "statistic": ["max", "mean"],
         "published": [0.94, 0.77]}
    )  # fmt: skip
    shown = figure_table(table, published).set_index("model")
    assert shown["max"][TWO_CONVOLUTIONS] == expected.max()
    assert shown["min"][TWO_CONVOLUTIONS] == expected.min()
    assert shown.published_max["deepchrome_k5_m3_f6"] == 0.94
    assert shown.published_max.notna().sum() == 1
    assert shown.published_min.isna().all()
    published.to_csv(tmp_path / "published.tsv", sep="\t", index=False)
    drawn = {k: str(tmp_path / f"table3.{k}") for k in ("svg", "png", "tsv")}
    draw_figure(plot_table3, out["tuning"], out["tests"], str(tmp_path / "published.tsv"), **drawn)
    assert len(pd.read_csv(drawn["tsv"], sep="\t")) == 4
