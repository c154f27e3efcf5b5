from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.baselines import fit_svm
from workflow_scripts.deepchrome.baselines.features import auc, best_bins, part_aucs
from workflow_scripts.deepchrome.baselines.fit_gradient_boosting import (
    main as fit_gradient_boosting,
)
from workflow_scripts.deepchrome.baselines.fit_random_forest import main as fit_random_forest
from workflow_scripts.deepchrome.baselines.grids import GRIDS, TABLES, grid_settings
from workflow_scripts.deepchrome.data.labels import shuffle_labels
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.evaluate_deepchrome import main as evaluate
from workflow_scripts.deepchrome.figures.fig4a import figure_table, local_fit
from workflow_scripts.deepchrome.figures.fig4a import main as plot_fig4a

PLANTED = 3
GRID = {**GRIDS["small"], "trees": [10, 30], "boosting_rounds": 20}


def cell(genes=450, bins=12, strength=2.0, seed=0):
    """Genes whose mark 3 is higher in bin 4 (from 1) where the label is high."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, genes).astype("int8")
    values = rng.poisson(1, (genes, bins, 5)).astype("float32")
    values[:, PLANTED, 3] += rng.poisson(strength, genes) * label
    return Marks.of_genes(
        values, [f"G{g}" for g in range(genes)], list("abcde"), label=label,
        part=rng.choice(["train", "valid", "test"], genes),
    )  # fmt: skip


def run_svm(data, folder, *, name="A", grid=GRID, threads=1):
    data.save(folder / f"{name}.npz")
    paths = {"predictions": f"{name}.tsv.gz", "bins": f"{name}.bins.tsv", "scores": f"{name}.m.tsv"}
    paths = {key: str(folder / path) for key, path in paths.items()}
    draw_figure(fit_svm.main,
        str(folder / f"{name}.npz"), cell=name, grid=grid, seed=1, threads=threads,
        checkpoints=str(folder / "c"), **paths,
    )  # fmt: skip
    return paths


def scored(folder, paths):
    evaluate(
        {"A": [paths["predictions"]]}, scores=[paths["scores"]], draws=20, seed=1,
        out=str(folder / "metrics.tsv"),
    )  # fmt: skip
    return read_metrics(folder / "metrics.tsv").set_index(["model", "split", "metric"]).value


def test_the_svm_finds_the_planted_bin_and_its_average_is_not_above_its_best(tmp_path):
    paths = run_svm(cell(), tmp_path)
    bins = pd.read_csv(paths["bins"], sep="\t")
    assert len(bins) == 12
    assert bins.bin[bins.best].tolist() == [PLANTED + 1]
    assert bins.roc_auc_test.drop(PLANTED).mean() == pytest.approx(0.5, abs=0.06)
    metrics = scored(tmp_path, paths)
    best, mean = (metrics[f"svm_{k}", "test", "roc_auc"] for k in ("best_bin", "average"))
    assert mean < 0.6 < 0.75 < best
    assert mean == pytest.approx(bins.roc_auc_test.mean(), abs=1e-6)
    assert best == pytest.approx(bins.roc_auc_test[PLANTED], abs=1e-6)
    for part in ("train", "valid", "test"):
        assert metrics["svm_average", part, "average_precision"] > 0.4


def test_a_killed_svm_resumes_and_writes_the_same_tables(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    data = cell(bins=6)
    folders = [tmp_path / name for name in ("whole", "broken")]
    for folder in folders:
        folder.mkdir()
    whole = run_svm(data, folders[0])
    one, calls = fit_svm.fit_bin, []

    def dying(*args, **kwargs):
        if len(calls) == 4:
            raise Killed
        calls.append(None)
        return one(*args, **kwargs)

    monkeypatch.setattr(fit_svm, "fit_bin", dying)
    with pytest.raises(Killed):
        run_svm(data, folders[1])
    assert len(list((folders[1] / "c").glob("*.json"))) == 4
    calls.clear()
    resumed = run_svm(data, folders[1], threads=2)
    assert len(calls) == 2
    for name in whole:
        assert Path(whole[name]).read_bytes() == Path(resumed[name]).read_bytes(), name


def test_shuffled_labels_leave_every_baseline_at_chance(tmp_path):
    data = cell(genes=1500, bins=5)
    data.label = shuffle_labels(data.label, data.part, 3)
    paths = run_svm(data, tmp_path)
    fit_random_forest(
        str(tmp_path / "A.npz"), trees=[30], seeds=[1], threads=1, out=str(tmp_path / "f.tsv.gz")
    )
    fit_gradient_boosting(
        str(tmp_path / "A.npz"), rates=[0.1], rounds=20, out=str(tmp_path / "b.tsv.gz")
    )
    for path in (paths["predictions"], tmp_path / "f.tsv.gz", tmp_path / "b.tsv.gz"):
        table = pd.read_csv(path, sep="\t").query("part == 'test'")
        assert roc_auc_score(table.label, table.score) == pytest.approx(0.5, abs=0.08), path


def test_trees_find_what_was_planted_and_forests_differ_by_seed_alone(tmp_path):
    cell().save(tmp_path / "A.npz")
    out = [str(tmp_path / f"{n}.tsv.gz") for n in range(3)]
    fit_gradient_boosting(str(tmp_path / "A.npz"), rates=[0.1], rounds=20, out=out[0])
    for path in out[1:]:
        fit_random_forest(
            str(tmp_path / "A.npz"), trees=[10, 30], seeds=[1, 2], threads=1, out=path
        )
    tables = [pd.read_csv(path, sep="\t") for path in out]
    assert tables[1].equals(tables[2])
    for _, table in [*tables[0].groupby("seed"), *tables[1].groupby("seed")]:
        test = table[table.part == "test"]
        assert roc_auc_score(test.label, test.score) > 0.7
    one, two = (tables[1].score[tables[1].seed == s].to_numpy() for s in (1, 2))
    assert not np.array_equal(one, two)


def test_best_bins_are_those_of_the_largest_correlation_on_training_genes():
    data = cell()
    values, train = np.log1p(data.values), data.part == "train"
    values[:, 5, 2] -= 0.5 * data.label  # a fall counts as much as a rise
    values[:, 0] = 1  # no variation at all
    values[~train, 6, 1] = 9 * data.label[~train]  # other genes must not count
    bins = best_bins(values, data.label, train)
    naive = [
        [abs(np.corrcoef(values[train, b, m], data.label[train])[0, 1]) for b in range(1, 12)]
        for m in range(5)
    ]
    assert bins[3] == PLANTED
    assert bins[2] == 5
    assert bins.tolist() == (np.argmax(naive, axis=1) + 1).tolist()


def test_auc_is_that_of_scikit_learn_with_ties():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 300), rng.integers(0, 9, 300).astype(float)
    parts = rng.choice(["train", "valid", "test"], 300)
    assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))
    for part, value in part_aucs(labels, scores, parts).items():
        chosen = parts == part.removeprefix("roc_auc_")
        assert value == pytest.approx(roc_auc_score(labels[chosen], scores[chosen]))


def test_the_drawn_genes_are_as_many_as_asked_and_seeded(tmp_path, caplog):
    caplog.set_level("INFO", logger="chromaloom")
    data = cell(bins=4)
    tables = [
        fit_svm.fit_bins(data, {**GRID, "svm_genes": genes}, seed=seed, threads=1,
                         checkpoints=str(tmp_path / "c"))[0]
        for genes, seed in ((60, 1), (60, 1), (60, 2), (0, 1), (10**6, 2))
    ]  # fmt: skip
    assert tables[0].equals(tables[1])
    assert not tables[0].equals(tables[2])
    assert tables[3].equals(tables[4])
    assert "from 60 of" in caplog.text


def test_grids_hold_what_the_paper_names_and_small_is_part_of_it():
    paper, small = GRIDS["paper"], GRIDS["small"]
    assert (min(paper["svm_c"]), max(paper["svm_c"])) == (0.01, 1000)
    assert paper["svm_gamma"] == [0.01, 0.1, 1, 2]
    assert (min(paper["trees"]), max(paper["trees"])) == (10, 200)
    assert paper["svm_genes"] == 0
    for key in ("svm_c", "svm_gamma", "trees", "boosting_rate"):
        assert set(small[key]) < set(paper[key])
    assert grid_settings({"grid": "paper", "max_genes": 70})["svm_genes"] == 70
    assert grid_settings({"grid": "small"}) == small
    assert set(TABLES) == {"logistic", "svm", "random_forest", "gradient_boosting"}


def test_the_fit_gives_a_parabola_back_and_smooths_noise():
    x = np.arange(-50.0, 50)
    parabola = 0.6 + 1e-3 * x - 4e-5 * x**2
    assert local_fit(x, parabola) == pytest.approx(parabola)
    noisy = parabola + np.random.default_rng(0).normal(0, 0.02, 100)
    assert np.std(local_fit(x, noisy) - parabola) < 0.6 * 0.02


def test_figure_4a_is_the_mean_over_cells_at_the_bins_middles(tmp_path):
    paths = [run_svm(cell(bins=6, seed=s), tmp_path, name=n)["bins"] for s, n in enumerate("AB")]
    read = [pd.read_csv(path, sep="\t") for path in paths]
    table = figure_table(dict(zip("AB", read, strict=True)), 100)
    assert table.offset.tolist() == [-250, -150, -50, 50, 150, 250]
    expected = (read[0].roc_auc_test + read[1].roc_auc_test) / 2
    assert table["mean"].to_numpy() == pytest.approx(expected.to_numpy())
    drawn = {k: str(tmp_path / f"fig4a.{k}") for k in ("svg", "png", "tsv")}
    draw_figure(plot_fig4a, paths, cells=["A", "B"], bin_size=100, oriented=False, **drawn)
    assert pd.read_csv(drawn["tsv"], sep="\t").cells.tolist() == [2] * 6
