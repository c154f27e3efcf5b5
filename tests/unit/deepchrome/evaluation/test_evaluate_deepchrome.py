from pathlib import Path

import pandas as pd
import pytest
from planted_marks import one_mark

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.baselines.fit_logistic import main as fit_logistic
from workflow_scripts.deepchrome.evaluation.evaluate_deepchrome import main as evaluate
from workflow_scripts.deepchrome.figures.fig3 import figure_table
from workflow_scripts.deepchrome.figures.fig3 import main as plot_fig3


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    folder, files, cells = tmp_path_factory.mktemp("metrics"), [], []
    for cell, strength in (("weak", 0.3), ("strong", 2.0)):
        data = one_mark(600, bins=20, at=slice(8, 12), strength=strength)
        data.save(folder / f"{cell}.npz")
        path = str(folder / f"{cell}.tsv.gz")
        fit_logistic(str(folder / f"{cell}.npz"), predictions=path)
        table = pd.read_csv(path, sep="\t")
        table.assign(model="deepchrome", seed=1).to_csv(folder / f"{cell}.d.tsv.gz", sep="\t")
        files += [path, str(folder / f"{cell}.d.tsv.gz")]
        cells += [cell, cell]
    evaluate(files, cells=cells, draws=50, seed=1, metrics=str(folder / "metrics.tsv"))
    return folder / "metrics.tsv"


def test_every_model_cell_and_split_is_scored(metrics):
    table = read_metrics(metrics)
    assert len(table) == 2 * 2 * 3 * 4  # cells, models, splits, metrics
    # FAULTS F7: as roc_auc_low and _high, the bounds read as scores of the classes
    assert set(table.metric) == {
        "roc_auc",
        "roc_auc_ci95_lower",
        "roc_auc_ci95_upper",
        "average_precision",
    }
    per_cell = table[(table.metric == "roc_auc") & (table.model == "logistic")]
    assert per_cell.groupby("sample").n.sum().tolist() == [600, 600]


def test_figure_3_sorts_cells_by_the_network_s_auc(metrics, tmp_path):
    paths = {k: str(tmp_path / f"fig3.{k}") for k in ("svg", "png", "tsv")}
    draw_figure(plot_fig3, str(metrics), **paths)
    drawn = pd.read_csv(paths["tsv"], sep="\t")
    assert list(dict.fromkeys(drawn["sample"])) == ["strong", "weak"]
    assert (drawn.roc_auc_ci95_lower <= drawn.roc_auc).all()
    first = Path(paths["svg"]).read_bytes()
    draw_figure(plot_fig3, str(metrics), **paths)
    assert Path(paths["svg"]).read_bytes() == first


def test_figure_3_has_the_mean_and_sd_over_seeds():
    values = (("roc_auc", 0.5), ("roc_auc_ci95_lower", 0.4), ("roc_auc_ci95_upper", 0.6))
    rows = [("deepchrome", "A", "test", s, m, v + 0.1 * s, 9) for s in (1, 2, 3)
            for m, v in values]  # fmt: skip
    table = figure_table(
        pd.DataFrame(rows, columns=["model", "sample", "split", "seed", "metric", "value", "n"])
    )
    assert table.roc_auc.tolist() == pytest.approx([0.7])
    assert table.sd.tolist() == pytest.approx([0.1])
    assert table.seeds.tolist() == [3]
