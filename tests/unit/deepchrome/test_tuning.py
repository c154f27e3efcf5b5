import keras
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.ml import training
from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.config.presets import training_settings
from workflow_scripts.deepchrome.config.tuning import (
    TWO,
    plan_settings,
    plan_tuned_cells,
    setting_name,
)
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.evaluate_deepchrome import main as evaluate
from workflow_scripts.deepchrome.evaluation.tabulate_tuning import compare_settings, metric_rows
from workflow_scripts.deepchrome.evaluation.tabulate_tuning import main as tabulate_tuning
from workflow_scripts.deepchrome.figures.table3 import figure_table
from workflow_scripts.deepchrome.figures.table3 import main as plot_table3
from workflow_scripts.deepchrome.models.network import build_network
from workflow_scripts.deepchrome.training.train_deepchrome import train_network
from workflow_scripts.deepchrome.training.tune_deepchrome import main as tune_deepchrome

NETWORK = {"filters": 6, "kernel": 4, "pool": 3, "hidden": [8, 6], "dropout": 0.2}
TUNING = {
    "enabled": True, "cells": [], "kernels": [4, 5], "pools": [3], "filters": [6],
    "two_convolutions": True,
}  # fmt: skip
TRAINING = training_settings("default", {"epochs": 3, "batch_size": 16})
OWN = setting_name({**NETWORK, "convolutions": 1})


def cell(genes=150, bins=20, seed=0):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, genes).astype("int8")
    values = rng.poisson(1, (genes, bins, 5)).astype("float32")
    values[:, 8:12, 3] += rng.poisson(2, (genes, 4)) * label[:, None]
    return Marks.of_genes(
        values, [f"G{g}" for g in range(genes)], list("abcde"), label=label,
        part=rng.choice(["train", "valid", "test"], genes),
    )  # fmt: skip


def aucs(difference=0.0, *, cells=20, layers=0.0, seed=0):
    """A tuning table of three settings and two convolutions over cells of different level."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.7, 0.9, cells)
    names = ["deepchrome_k4_m3_f6", "deepchrome_k5_m3_f6", "deepchrome_k6_m3_f6", TWO]
    shifts = [0, 0, difference, layers]
    return pd.DataFrame(
        [
            dict(cell=f"c{c}", model=name, kernel=4, pool=3, filters=6, convolutions=1,
                 roc_auc_valid=level[c] + shift + rng.normal(0, 0.005), roc_auc_test=0.5,
                 n_valid=9, n_test=9)
            for c in range(cells) for name, shift in zip(names, shifts, strict=True)
        ]
    )  # fmt: skip


def test_the_number_of_parameters_of_two_convolutions_by_hand():
    first = 5 * 10 * 50 + 50
    second = 50 * 10 * 50 + 50
    flat = (100 - 9 - 9) // 5 * 50
    dense = (flat + 1) * 625 + (625 + 1) * 125 + (125 + 1) * 2
    network = build_network(n_bins=100, n_marks=5, convolutions=2)
    assert network.count_params() == first + second + dense == 606_727
    assert [layer.name for layer in network.layers[1:3]] == ["convolution", "convolution_2"]


def test_one_convolution_starts_as_it_always_did():
    one, named = (build_network(n_bins=30, n_marks=5, seed=4, **kw) for kw in
                  ({}, {"convolutions": 1}))  # fmt: skip
    for a, b in zip(one.get_weights(), named.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_settings_are_the_grid_the_run_s_own_and_one_of_two_convolutions():
    settings = plan_settings({**TUNING, "pools": [2]}, NETWORK, 20, "c")
    assert list(settings) == ["deepchrome_k4_m2_f6", "deepchrome_k5_m2_f6", OWN, TWO]
    assert settings[TWO] == {**NETWORK, "convolutions": 2}
    assert settings[OWN] == {**NETWORK, "convolutions": 1}
    paper = {"kernels": [5, 10], "pools": [2, 5], "filters": [20, 50, 100]}
    network = {**NETWORK, "kernel": 10, "pool": 5, "filters": 50}
    assert len(plan_settings({**TUNING, **paper}, network, 100, "c")) == 13


@pytest.mark.parametrize("changes", [{"kernels": [19]}, {"pools": [18]}])
def test_a_grid_that_the_bins_cannot_hold_is_refused(changes):
    with pytest.raises(UserError, match=r"c: .* of 20 bins"):
        plan_settings({**TUNING, **changes}, NETWORK, 20, "c")


def test_cells_to_tune():
    assert plan_tuned_cells(TUNING, ["A", "B"], "c") == ["A", "B"]
    assert plan_tuned_cells({**TUNING, "cells": ["B"]}, ["A", "B"], "c") == ["B"]
    assert plan_tuned_cells({**TUNING, "enabled": False}, ["A"], "c") == []
    with pytest.raises(UserError, match=r"c\.cells: 'X'.*A, B"):
        plan_tuned_cells({**TUNING, "cells": ["X"]}, ["A", "B"], "c")


def run(folder, settings, **changes):
    keywords = {"training": TRAINING, "seed": 1, "gpu": 0, "threads": 1,
                "checkpoints": str(folder / "c"), "checkpoint_seconds": 0}  # fmt: skip
    tune_deepchrome(
        str(folder / "A.npz"), cell="A", settings=settings, out=str(folder / "t.tsv"),
        **{**keywords, **changes},
    )  # fmt: skip
    return pd.read_csv(folder / "t.tsv", sep="\t")


def test_a_killed_tuning_resumes_within_its_network_and_gives_the_same_table(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    # threads are set once a process: the device was prepared by whichever test came first
    monkeypatch.setattr(
        "workflow_scripts.deepchrome.training.tune_deepchrome.prepare_device", lambda **_: "cpu"
    )
    settings = plan_settings({**TUNING, "kernels": [4]}, NETWORK, 20, "c")
    folders = [tmp_path / name for name in ("whole", "broken")]
    for folder in folders:
        folder.mkdir()
        cell().save(folder / "A.npz")
    whole = run(folders[0], settings)
    save, saved = training._save, []

    def dying(*args):
        save(*args)
        saved.append(None)
        if len(saved) == 5:  # in the second network
            raise Killed

    monkeypatch.setattr(training, "_save", dying)
    with pytest.raises(Killed):
        run(folders[1], settings)
    monkeypatch.setattr(training, "_save", save)
    assert len(list((folders[1] / "c").glob("*.json"))) == 1
    assert (folders[1] / "c" / list(settings)[1] / "state.json").exists()
    assert run(folders[1], settings).equals(whole)
    assert not (folders[1] / "c").exists()
    assert whole["model"].tolist() == list(settings)
    two = build_network(n_bins=20, n_marks=5, **settings[TWO])
    assert whole.parameters.iloc[-1] == two.count_params()


def test_the_tuned_network_of_the_run_s_own_sizes_is_the_run_s_network(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "workflow_scripts.deepchrome.training.tune_deepchrome.prepare_device", lambda **_: "cpu"
    )
    data = cell()
    data.save(tmp_path / "A.npz")
    table = run(tmp_path, {OWN: {**NETWORK, "convolutions": 1}})
    keras.backend.clear_session()
    _, epochs = train_network(
        data, data.label, network_settings=NETWORK, training=TRAINING, seed=1, device="cpu",
        checkpoints=tmp_path / "own", checkpoint_seconds=1e9,
    )  # fmt: skip
    assert table.roc_auc_valid[0] == pytest.approx(epochs.valid_auc.max(), abs=1e-6)


def test_equal_settings_give_a_large_p_and_a_planted_difference_a_small_one():
    def p(table):
        return compare_settings(table, "deepchrome_k4_m3_f6").set_index("metric").p

    equal, unequal = p(aucs()), p(aucs(0.2, layers=0.05))
    assert (equal > 0.05).all()
    assert (unequal < 1e-3).all()
    # one part in a hundred, where cells differ by twenty: only the paired test can see it
    slight = p(aucs(0.01))
    assert slight.p_settings_paired < 1e-3
    assert slight.p_settings > 0.3
    same = aucs()
    same["roc_auc_valid"] = same.groupby("cell").roc_auc_valid.transform("first")
    assert p(same).round(2).tolist() == [1, 1, 1]


def test_one_cell_gives_no_p():
    found = compare_settings(aucs(cells=1), "deepchrome_k4_m3_f6")
    assert found.p.isna().all()
    assert len(metric_rows(aucs(cells=1), found, 1)) == 8


def test_table_3_and_metrics_hold_what_the_tuning_found(tmp_path):
    table = aucs(0.02)
    for name, rows in table.groupby("cell"):
        rows.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
    tables = [str(path) for path in sorted(tmp_path.glob("c*.tsv"))]
    out = {k: str(tmp_path / f"{k}.tsv") for k in ("tuning", "tests", "scores")}
    tabulate_tuning(tables, own="deepchrome_k4_m3_f6", seed=1, **out)
    evaluate({}, scores=[out["scores"]], draws=10, seed=1, out=str(tmp_path / "metrics.tsv"))
    metrics = read_metrics(tmp_path / "metrics.tsv")
    assert (metrics["model"] == "deepchrome_tuning").sum() == 3
    chosen = metrics[(metrics["model"] == TWO) & (metrics.split == "valid")]
    expected = table[table["model"] == TWO].roc_auc_valid
    assert chosen.value.mean() == pytest.approx(expected.mean(), abs=1e-5)

    published = pd.DataFrame(
        {"item": "Table 3", "model": "deepchrome_k5_m3_f6", "statistic": ["max", "mean"],
         "published": [0.94, 0.77]}
    )  # fmt: skip
    shown = figure_table(table, published).set_index("model")
    assert shown["max"][TWO] == expected.max()
    assert shown["min"][TWO] == expected.min()
    assert shown.published_max["deepchrome_k5_m3_f6"] == 0.94
    assert shown.published_max.notna().sum() == 1
    assert shown.published_min.isna().all()
    published.to_csv(tmp_path / "published.tsv", sep="\t", index=False)
    drawn = {k: str(tmp_path / f"table3.{k}") for k in ("svg", "png", "tsv")}
    draw_figure(plot_table3, out["tuning"], out["tests"], str(tmp_path / "published.tsv"), **drawn)
    assert len(pd.read_csv(drawn["tsv"], sep="\t")) == 4
