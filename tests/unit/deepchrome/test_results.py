from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.baselines.fit_logistic import main as fit_logistic
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.evaluate_deepchrome import main as evaluate
from workflow_scripts.deepchrome.figures.fig3 import figure_table
from workflow_scripts.deepchrome.figures.fig3 import main as plot_fig3


def planted(genes=600, strength=2.0, seed=0):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, genes).astype("int8")
    values = rng.poisson(1, (genes, 20, 5)).astype("float32")
    values[:, 8:12, 3] += rng.poisson(strength, (genes, 4)) * label[:, None]
    return Marks.of_genes(
        values, [f"G{g}" for g in range(genes)], list("abcde"), label=label,
        part=rng.choice(["train", "valid", "test"], genes),
    )  # fmt: skip


@pytest.fixture
def metrics(tmp_path):
    files = {}
    for cell, strength in (("weak", 0.3), ("strong", 2.0)):
        planted(strength=strength).save(tmp_path / f"{cell}.npz")
        path = str(tmp_path / f"{cell}.tsv.gz")
        fit_logistic(str(tmp_path / f"{cell}.npz"), out=path)
        table = pd.read_csv(path, sep="\t")
        table.assign(model="deepchrome", seed=1).to_csv(tmp_path / f"{cell}.d.tsv.gz", sep="\t")
        files[cell] = [path, str(tmp_path / f"{cell}.d.tsv.gz")]
    evaluate(files, draws=50, seed=1, out=str(tmp_path / "metrics.tsv"))
    return tmp_path / "metrics.tsv"


def test_the_baseline_finds_a_planted_mark_and_nothing_in_noise(tmp_path):
    aucs = {}
    for name, strength in (("signal", 2.0), ("noise", 0.0)):
        planted(2000, strength).save(tmp_path / "d.npz")
        fit_logistic(str(tmp_path / "d.npz"), out=str(tmp_path / "p.tsv.gz"))
        evaluate({"A": [str(tmp_path / "p.tsv.gz")]}, draws=20, seed=1, out=str(tmp_path / "m.tsv"))
        table = read_metrics(tmp_path / "m.tsv")
        aucs[name] = table.value[(table.metric == "roc_auc") & (table.split == "test")].iloc[0]
    assert aucs["signal"] > 0.95
    assert abs(aucs["noise"] - 0.5) < 0.08


def test_every_model_cell_and_part_is_scored(metrics):
    table = read_metrics(metrics)
    assert len(table) == 2 * 2 * 3 * 4  # cells, models, parts, metrics
    assert set(table.metric) == {"roc_auc", "roc_auc_low", "roc_auc_high", "average_precision"}
    per_cell = table[(table.metric == "roc_auc") & (table.model == "logistic")]
    assert per_cell.groupby("sample").n.sum().tolist() == [600, 600]


def test_figure_3_sorts_cells_by_the_network_and_draws_its_own_table(metrics, tmp_path):
    paths = {k: str(tmp_path / f"fig3.{k}") for k in ("svg", "png", "tsv")}
    draw_figure(plot_fig3, str(metrics), **paths)
    drawn = pd.read_csv(paths["tsv"], sep="\t")
    assert list(dict.fromkeys(drawn["sample"])) == ["strong", "weak"]
    assert (drawn.roc_auc_low <= drawn.roc_auc).all()
    first = Path(paths["svg"]).read_bytes()
    draw_figure(plot_fig3, str(metrics), **paths)
    assert Path(paths["svg"]).read_bytes() == first


def test_spread_is_that_of_the_seeds():
    parts = (("roc_auc", 0.5), ("roc_auc_low", 0.4), ("roc_auc_high", 0.6))
    rows = [("deepchrome", "A", "test", s, m, v + 0.1 * s, 9) for s in (1, 2, 3)
            for m, v in parts]  # fmt: skip
    table = figure_table(
        pd.DataFrame(rows, columns=["model", "sample", "split", "seed", "metric", "value", "n"])
    )
    assert table.roc_auc.tolist() == pytest.approx([0.7])
    assert table.sd.tolist() == pytest.approx([0.1])
    assert table.seeds.tolist() == [3]
