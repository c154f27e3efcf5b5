from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.unit.deepexpression.simulated_run import (
    CELLS,
    SCHEMES,
    evaluate,
    write_history,
    write_run,
)
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepexpression.figures import (
    fig2a,
    fig2b,
    fig2c,
    fig3,
    fig4,
    fig5,
    fig6,
    fig7,
    learning,
    table1,
    tabulate_gene_loops,
    tests,
)
from workflow_scripts.deepexpression.figures.style import method_label, scheme_key, sort_methods

MAIN = SCHEMES[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    made = write_run(tmp_path_factory.mktemp("run"))
    evaluate(made)
    return made


@pytest.fixture
def paths(tmp_path):
    return {suffix: str(tmp_path / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}


def drawn(paths):
    assert Path(paths["png"]).stat().st_size > 1000
    assert "</svg>" in Path(paths["svg"]).read_text()
    return pd.read_csv(paths["tsv"], sep="\t", dtype={"cell": str})


def test_table_1_counts_what_the_data_hold(run, paths):
    draw_figure(table1.main, run.path("summary.tsv"), **paths)
    table = drawn(paths).set_index("cell")
    assert table.genes.tolist() == [len(run.data[c].genes) for c in CELLS]
    assert table.genes_with_loops["B"] == (run.data["B"].loops > 0).sum()
    assert table.hichip_valid["A"] == "1,234,567"


@pytest.mark.parametrize(
    ("script", "column"),
    [(fig2a, "loop_sum"), (fig2b, "loops")],
)  # fmt: skip
def test_figures_2a_and_2b_draw_every_gene(run, paths, script, column):
    draw_figure(script.main, run.path("genes.tsv.gz"), cells=["A", "C"], **paths)
    table = drawn(paths)
    assert table.groupby("cell").size().to_dict() == {"A": 150, "C": 150}
    own = table[table.cell == "C"]
    known = run.data["C"].hichip.sum(1) if column == "loop_sum" else run.data["C"].loops
    assert own[column].to_numpy() == pytest.approx(known, rel=1e-4)
    first = Path(paths["svg"]).read_bytes()
    draw_figure(script.main, run.path("genes.tsv.gz"), cells=["A", "C"], **paths)
    assert Path(paths["svg"]).read_bytes() == first


def test_figure_2c_has_an_arc_per_bin(run, tmp_path, paths):
    files = {cell: run.path(f"{cell}.npz") for cell in CELLS}
    tabulate_gene_loops.main(files, gene="G5", table=str(tmp_path / "l.tsv"))
    draw_figure(fig2c.main, str(tmp_path / "l.tsv"), **paths)
    table = drawn(paths)
    for cell in CELLS:
        vector = run.data[cell].hichip[5]
        own = table[table.cell == cell].dropna(subset="value")
        assert own.offset.tolist() == ((np.flatnonzero(vector) - 20) * 5000).tolist()


@pytest.mark.parametrize(
    ("script", "metric", "odd"),
    [(fig3, "auc", "svm"), (fig4, "pcc", "lasso")],
)  # fmt: skip
def test_figures_3_and_4_have_every_method_scheme_and_cell(run, paths, script, metric, odd):
    draw_figure(script.main, run.path("metrics.tsv"), **paths)
    table = drawn(paths)
    assert list(dict.fromkeys(table.scheme)) == ["random2", "random5", "family3"]
    assert set(table.cell) == set(CELLS)
    metrics = pd.read_csv(run.path("metrics.tsv"), sep="\t")
    mine = table[(table.cell == "A") & (table.scheme == MAIN) & (table.model == odd)]
    known = metrics[(metrics["sample"] == "A") & (metrics.model == odd)
                    & (metrics.split == f"test_{MAIN}")].set_index("metric").value  # fmt: skip
    assert mine.value.item() == pytest.approx(known[metric], abs=1e-4)
    assert mine.sd.item() == pytest.approx(known[f"{metric}_sd"], abs=1e-4)
    assert table[table.model == "full"].seeds.unique().tolist() == [2]


def test_figure_5_has_all_and_held_out_genes(run, paths):
    draw_figure(fig5.main, run.path("metrics.tsv"), scheme=MAIN, **paths)
    table = drawn(paths)
    assert set(table.genes) == {"all", "held_out", "own"}
    trained = table[(table.tested == "A") & (table.model == "lasso") & (table.genes == "all")]
    # a bar for the mean prediction and a dot for each cell
    assert sorted(trained.trained.fillna("")) == ["", "B", "C"]
    mean = table[(table.model == "other_cells_mean")]
    assert set(zip(mean.tested, mean.genes, strict=True)) == {
        (c, g) for c in CELLS for g in ("all", "held_out")
    }


def test_figure_6_has_the_change_from_the_full_model(run, paths):
    draw_figure(fig6.main, run.path("metrics.tsv"), scheme=MAIN, **paths)
    table = drawn(paths)
    assert (table.percent_change[table.model == "full"].abs() < 1e-9).all()
    assert (table.percent_change[table.model == "hichip_only"] < -5).all()
    assert set(table.model) == set(fig6.BARS)


def test_figure_7_orders_windows_by_width(run, paths):
    draw_figure(fig7.main, run.path("metrics.tsv"), scheme=MAIN, half_width=100_000, **paths)
    table = drawn(paths)
    assert table[table.cell == "B"].half_width_kb.tolist() == [0, 50, 100]
    assert table[table.cell == "B"].model.tolist() == ["seq", "full_50kb", "full"]


def test_tests_are_drawn_with_their_numbers(run, paths):
    draw_figure(tests.main, run.path("tests.tsv"), run.path("variances.tsv"), scheme=MAIN, **paths)
    table = drawn(paths)
    assert len(table) == len(pd.read_csv(run.path("tests.tsv"), sep="\t"))
    # the p of the variances is that of the scheme's kind
    known = pd.read_csv(run.path("variances.tsv"), sep="\t")
    one = known[(known.grouping == "random") & (known.model == "full") & (known.other == "svm")]
    shown = table[(table.scheme == MAIN) & (table.model == "full") & (table.other == "svm")]
    assert shown.variances_p.to_numpy() == pytest.approx(one.signed_rank_p.item(), rel=1e-3)
    text = Path(paths["svg"]).read_text()
    assert text.count("rank-") + text.count("rank p") >= 2


def test_learning_curves_have_every_network(tmp_path, paths):
    models = {
        (cell, task, model, 1): write_history(tmp_path / cell / task / model, 3)
        for cell in "AB" for task in ("classification", "regression") for model in ("seq", "full")
    }  # fmt: skip
    draw_figure(learning.main, models, **paths)
    table = drawn(paths)
    assert len(table) == 8 * 3 * 5
    assert table[table.best].groupby(["cell", "task", "model"]).size().tolist() == [3] * 8


def test_order_of_methods_and_schemes():
    assert sort_methods(["lasso", "seq_shuffled", "full", "novel", "seq"]) == [
        "full", "seq", "seq_shuffled", "lasso", "novel",
    ]  # fmt: skip
    schemes = ["chromosome5", "random10", "family3", "random2"]
    assert sorted(schemes, key=scheme_key) == ["random2", "random10", "family3", "chromosome5"]
    assert method_label("ridge_seq_shuffled") == "Ridge, sequence only, shuffled"
    assert method_label("full_100kb") == "full 100kb"
