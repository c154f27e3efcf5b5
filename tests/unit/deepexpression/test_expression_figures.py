from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_run import CELLS, SPLITS, evaluate, write_history, write_run

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.presets import PRESETS
from workflow_scripts.deepexpression.figures import (
    fig1,
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
    tabulate_expression_layers,
    tabulate_gene_loops,
    tests,
)
from workflow_scripts.deepexpression.figures.fig1 import boxes
from workflow_scripts.deepexpression.figures.style import in_order, label, split_key
from workflow_scripts.deepexpression.models.networks import (
    joint_network,
    promoter_network,
    whole_network,
)
from workflow_scripts.deepexpression.training.fitting import Scale
from workflow_scripts.deepexpression.training.fold_models import combine

MAIN = SPLITS[0]


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
    tabulate_gene_loops.main(files, gene="G5", out=str(tmp_path / "l.tsv"))
    draw_figure(fig2c.main, str(tmp_path / "l.tsv"), **paths)
    table = drawn(paths)
    for cell in CELLS:
        vector = run.data[cell].hichip[5]
        own = table[table.cell == cell].dropna(subset="value")
        assert own.offset.tolist() == ((np.flatnonzero(vector) - 20) * 5000).tolist()
    with pytest.raises(UserError, match=r"figures.gene: 'nobody'"):
        tabulate_gene_loops.main(files, gene="nobody", out=str(tmp_path / "l.tsv"))


@pytest.mark.parametrize(
    ("script", "metric", "odd"),
    [(fig3, "auc", "svm"), (fig4, "pcc", "lasso")],
)  # fmt: skip
def test_figures_3_and_4_have_every_method_split_and_cell(run, paths, script, metric, odd):
    draw_figure(script.main, run.path("metrics.tsv"), **paths)
    table = drawn(paths)
    assert list(dict.fromkeys(table.split)) == ["random2", "random5", "family3"]
    assert set(table.cell) == set(CELLS)
    metrics = pd.read_csv(run.path("metrics.tsv"), sep="\t")
    mine = table[(table.cell == "A") & (table.split == MAIN) & (table.model == odd)]
    known = metrics[(metrics["sample"] == "A") & (metrics.model == odd)
                    & (metrics.split == f"test_{MAIN}")].set_index("metric").value  # fmt: skip
    assert mine.value.item() == pytest.approx(known[metric], abs=1e-4)
    assert mine.sd.item() == pytest.approx(known[f"{metric}_sd"], abs=1e-4)
    assert table[table.model == "full"].seeds.unique().tolist() == [2]


def test_figure_5_sets_held_out_genes_beside_all(run, paths):
    draw_figure(fig5.main, run.path("metrics.tsv"), split=MAIN, **paths)
    table = drawn(paths)
    assert set(table.genes) == {"all", "held_out", "own"}
    trained = table[(table.tested == "A") & (table.model == "lasso") & (table.genes == "all")]
    assert sorted(trained.trained) == ["B", "C"]
    mean = table[(table.model == "other_lines_mean")]
    assert set(zip(mean.tested, mean.genes, strict=True)) == {
        (c, g) for c in CELLS for g in ("all", "held_out")
    }


def test_figure_6_tells_the_change_from_the_full_model(run, paths):
    draw_figure(fig6.main, run.path("metrics.tsv"), split=MAIN, **paths)
    table = drawn(paths)
    assert (table.percent_change[table.model == "full"].abs() < 1e-9).all()
    assert (table.percent_change[table.model == "hichip_only"] < -5).all()
    assert set(table.model) == set(fig6.BARS)


def test_figure_7_orders_windows_by_width(run, paths):
    draw_figure(fig7.main, run.path("metrics.tsv"), split=MAIN, reach=100_000, **paths)
    table = drawn(paths)
    assert table[table.cell == "B"].half_width_kb.tolist() == [0, 50, 100]
    assert table[table.cell == "B"].model.tolist() == ["seq", "full_50kb", "full"]


def test_tests_are_drawn_with_their_numbers(run, paths):
    draw_figure(tests.main, run.path("tests.tsv"), split=MAIN, **paths)
    assert len(drawn(paths)) == len(pd.read_csv(run.path("tests.tsv"), sep="\t"))
    text = Path(paths["svg"]).read_text()
    assert text.count("rank-") + text.count("rank p") >= 2


def test_learning_curves_show_every_training(tmp_path, paths):
    models = {
        (cell, task, model, 1): write_history(tmp_path / cell / task / model, 3)
        for cell in "AB" for task in ("classification", "regression") for model in ("seq", "full")
    }  # fmt: skip
    draw_figure(learning.main, models, **paths)
    table = drawn(paths)
    assert len(table) == 8 * 3 * 5
    assert table[table.best].groupby(["cell", "task", "model"]).size().tolist() == [3] * 8


@pytest.mark.parametrize(("hichip", "preset"), [(True, "paper"), (False, "default")])
def test_figure_1_shows_the_network_that_was_trained(tmp_path, paths, hichip, preset):
    settings = PRESETS[preset]["network"]
    network = promoter_network(settings, length=300, task="regression", seed=1)
    trunk = network.get_layer("promoter")
    if hichip:
        joint = joint_network(settings, promoter=trunk.output.shape[-1], bins=40,
                              window=slice(0, 40), task="regression", seed=1)  # fmt: skip
        network = whole_network(trunk, joint)
    model = combine([network], Scale(mean=1.0, deviation=2.0))
    name, folder = ("full" if hichip else "seq"), tmp_path / "models"
    folder.mkdir()
    model.save(folder / "fold0.keras")
    out = str(tmp_path / "layers.tsv")
    tabulate_expression_layers.main({name: str(folder / "fold0.keras")}, out=out)
    draw_figure(fig1.main, out, **paths)
    table = drawn(paths)
    assert table.parameters.sum() == model.count_params()
    found = {box["name"]: box for box in boxes(table[table.part == "promoter"])}
    assert {f"block {k}" for k in range(1, settings["blocks"] + 1)} <= set(found)
    assert found["convolution"]["text"].startswith(f"{settings['filters']} × {settings['kernel']}")
    if settings["blocks"]:
        assert found["block 1"]["text"].startswith(f"{settings['layers']} layers")
    assert sum(box["parameters"] for box in found.values()) == trunk.count_params()
    assert ("hichip" in set(table.part)) == hichip


def test_methods_and_splits_have_one_order():
    assert in_order(["lasso", "seq_shuffled", "full", "novel", "seq"]) == [
        "full", "seq", "seq_shuffled", "lasso", "novel",
    ]  # fmt: skip
    splits = ["chromosome5", "random10", "family3", "random2"]
    assert sorted(splits, key=split_key) == ["random2", "random10", "family3", "chromosome5"]
    assert label("ridge_seq_shuffled") == "Ridge, sequence alone, shuffled"
    assert label("full_100kb") == "full 100kb"
