import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predict_across_cells import (
    score_cells,
    unseen_test_genes,
    warn_of_units,
)
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions
from workflow_scripts.deepchrome.figures.cross_cell import main as plot_cross_cell
from workflow_scripts.deepchrome.models.network import build_network


def cell(seed, genes=120, shift=0):
    """A cell with contiguous thirds, shifted along the genes by `shift` for another split."""
    rng = np.random.default_rng(seed)
    split = np.roll(np.repeat(["train", "valid", "test"], genes // 3), shift)
    return Marks.of_genes(
        rng.poisson(2, (genes, 20, 5)), [f"G{g:03d}" for g in range(genes)], list("abcde"),
        label=rng.integers(0, 2, genes).astype("int8"), split=split,
    )  # fmt: skip


def networks(folder, names, seeds):
    paths = {}
    for number, (name, seed) in enumerate((n, s) for n in names for s in seeds):
        paths[name, seed] = str(folder / f"{name}.{seed}.keras")
        build_network(n_bins=20, n_marks=5, filters=4, kernel=4, pool=4, hidden=(6, 5),
                      seed=number).save(paths[name, seed])  # fmt: skip
    return paths


def test_aucs_are_those_of_predictions_of_every_pair_of_cells(tmp_path):
    cells = {"A": cell(1), "B": cell(2)}
    paths = networks(tmp_path, cells, [1, 2])
    table = score_cells(cells, paths).set_index(["trained_on", "tested_on", "seed"])
    assert len(table) == 8
    for (trained, seed), path in paths.items():
        network = keras.models.load_model(path, compile=False)
        for tested, data in cells.items():
            scores = np.exp(network.predict(data.values, batch_size=2048, verbose=0)[:, 1])
            rows = predictions_of(data, scores, model="deepchrome", seed=seed)
            write_predictions(tmp_path / "p.tsv.gz", [rows])
            test = pd.read_csv(tmp_path / "p.tsv.gz", sep="\t").query("split == 'test'")
            expected = roc_auc_score(test.label, test.score)
            # six decimals of a prediction may tie two genes
            assert table.roc_auc[trained, tested, seed] == pytest.approx(expected, abs=2e-3)
            assert table.n[trained, tested, seed] == 40


def test_cells_whose_marks_are_in_other_units_are_warned_of(caplog):
    # FAULTS C4: reads and peak signal
    reads, peaks = cell(1), cell(2)
    reads.unit = np.full(5, "reads")
    warn_of_units({"A": reads, "B": reads})
    assert not caplog.text
    peaks.unit = np.array(["reads", "peak signal", "reads", "", "reads"])
    warn_of_units({"A": reads, "B": peaks})
    assert "b is in different units (reads: A; peak signal: B)" in caplog.text
    assert "d is in different units (reads: A; unknown unit: B)" in caplog.text
    assert len(caplog.records) == 2


def test_genes_used_in_training_on_the_other_cell_are_excluded(tmp_path):
    same, other = cell(1), cell(2, shift=20)  # half of its test genes are the first cell's
    assert unseen_test_genes(same, same).sum() == 40
    kept = unseen_test_genes(other, same)
    assert kept.sum() == 20
    assert not set(other.gene_id[kept]) & set(same.gene_id[same.split != "test"])
    other = cell(3, shift=40)  # its test genes are the first cell's training genes
    table = score_cells({"A": same, "C": other}, networks(tmp_path, ["A", "C"], [1]))
    rows = table.set_index(["trained_on", "tested_on"])
    assert rows.n["A", "C"] == 0
    assert np.isnan(rows.roc_auc["A", "C"])
    table.to_csv(tmp_path / "cross.tsv", sep="\t", index=False)
    drawn = {k: str(tmp_path / f"cross_cell.{k}") for k in ("svg", "png", "tsv")}
    draw_figure(plot_cross_cell, str(tmp_path / "cross.tsv"), cells=["A", "C"], **drawn)
    assert len(pd.read_csv(drawn["tsv"], sep="\t")) == 4
