import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.cross_cells import score_cells, unseen_test_genes
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions
from workflow_scripts.deepchrome.figures.calibration import calibration_table
from workflow_scripts.deepchrome.figures.crosscell import main as plot_crosscell
from workflow_scripts.deepchrome.figures.curves import mean_curves
from workflow_scripts.deepchrome.figures.supplement import supplement_table
from workflow_scripts.deepchrome.models.network import build_network


def cell(seed, genes=120, shift=0):
    """Thirds in order; `shift` moves the parts along the genes, as another split would."""
    rng = np.random.default_rng(seed)
    parts = np.roll(np.repeat(["train", "valid", "test"], genes // 3), shift)
    return Marks.of_genes(
        rng.poisson(2, (genes, 20, 5)), [f"G{g:03d}" for g in range(genes)], list("abcde"),
        label=rng.integers(0, 2, genes).astype("int8"), part=parts,
    )  # fmt: skip


def networks(folder, names, seeds):
    paths = {}
    for number, (name, seed) in enumerate((n, s) for n in names for s in seeds):
        paths[name, seed] = str(folder / f"{name}.{seed}.keras")
        build_network(n_bins=20, n_marks=5, filters=4, kernel=4, pool=4, hidden=(6, 5),
                      seed=number).save(paths[name, seed])  # fmt: skip
    return paths


def test_the_diagonal_is_the_test_auc_of_predictions_and_other_pairs_their_own(tmp_path):
    import keras

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
            test = pd.read_csv(tmp_path / "p.tsv.gz", sep="\t").query("part == 'test'")
            expected = roc_auc_score(test.label, test.score)
            # six decimals of a prediction may tie two genes
            assert table.roc_auc[trained, tested, seed] == pytest.approx(expected, abs=2e-3)
            assert table.n[trained, tested, seed] == 40


def test_genes_that_training_has_seen_in_its_own_cell_are_left_out(tmp_path):
    same, other = cell(1), cell(2, shift=20)  # half of its test genes are the first cell's
    assert unseen_test_genes(same, same).sum() == 40
    kept = unseen_test_genes(other, same)
    assert kept.sum() == 20
    assert not set(other.gene_id[kept]) & set(same.gene_id[same.part != "test"])
    apart = cell(3, shift=40)  # its test genes are the first cell's training genes
    table = score_cells({"A": same, "C": apart}, networks(tmp_path, ["A", "C"], [1]))
    rows = table.set_index(["trained_on", "tested_on"])
    assert rows.n["A", "C"] == 0
    assert np.isnan(rows.roc_auc["A", "C"])
    table.to_csv(tmp_path / "cross.tsv", sep="\t", index=False)
    drawn = {k: str(tmp_path / f"crosscell.{k}") for k in ("svg", "png", "tsv")}
    draw_figure(plot_crosscell, str(tmp_path / "cross.tsv"), cells=["A", "C"], **drawn)
    assert len(pd.read_csv(drawn["tsv"], sep="\t")) == 4


def test_probabilities_that_are_true_lie_on_the_diagonal():
    rng = np.random.default_rng(0)
    score = rng.random(20_000)
    genes = pd.DataFrame(
        {"seed": np.repeat([1, 2], 10_000), "score": score, "label": rng.random(20_000) < score}
    )
    table = calibration_table(genes)
    assert table.observed.to_numpy() == pytest.approx(table.predicted.to_numpy(), abs=0.03)
    assert table.n.tolist() == [1000] * 10
    sure = calibration_table(genes.assign(score=score.round()))
    assert sure.predicted.iloc[0] == 0 < sure.observed.iloc[0]


def test_curves_enclose_the_auc():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 4000)
    genes = pd.DataFrame(
        {"seed": np.repeat([1, 2], 2000), "label": label, "score": label + rng.normal(0, 1, 4000)}
    )
    curves = mean_curves(genes)
    roc = curves[curves.curve == "roc"]
    expected = np.mean([roc_auc_score(g.label, g.score) for _, g in genes.groupby("seed")])
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(expected, abs=0.003)
    precision = curves[curves.curve == "precision_recall"]
    assert precision.y.iloc[-1] == pytest.approx(label.mean(), abs=0.02)


def test_the_supplement_lays_obtained_beside_published_and_keeps_every_cell_type():
    rows = [("E003", 1, 0.80), ("E003", 2, 0.82), ("Alpha", 1, 0.9)]
    metrics = pd.DataFrame(
        [dict(model="deepchrome", sample=c, split="test", seed=s, metric=m, value=v, n=9)
         for c, s, v in rows for m in ("roc_auc", "roc_auc_low", "roc_auc_high")]
    )  # fmt: skip
    published = pd.DataFrame(
        {"metric": "roc_auc", "sample": ["E003", "E123", np.nan], "published": [0.77, 0.92, 0.5]}
    )
    types = pd.DataFrame({"cell": ["E003", "E123"], "name": ["H1", "K562"], "group": ["x", "y"]})
    table = supplement_table(metrics, published, types).set_index("cell")
    assert list(table.index) == ["Alpha", "E003", "E123"]
    assert table.obtained["E003"] == pytest.approx(0.81)
    assert table.published.tolist()[1:] == [0.77, 0.92]
    assert np.isnan(table.published["Alpha"]) and np.isnan(table.obtained["E123"])
