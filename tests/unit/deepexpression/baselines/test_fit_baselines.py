"""The job of the baselines: test predictions of every gene, controls, resuming."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from workflow_scripts.deepexpression.baselines.fit_baselines import main
from workflow_scripts.deepexpression.config.presets import GRIDS
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds, assign_groups, write_folds

GENES, BINS, FOLDS = 240, 8, 3
GRID = GRIDS["small"] | {"ridge": [30.0, 300.0], "lasso": [0.03, 0.1], "trees": [30], "depth": [4]}
GRID |= {"lasso_max_iter": 2000, "forest_features": "sqrt"}


def planted(seed):
    """Expression is the number of a word in the promoter, plus the sum of HiChIP, plus noise."""
    rng = np.random.default_rng(0)  # promoters are those of both cells
    promoters = rng.integers(0, 4, (GENES, 200)).astype(np.uint8)
    words = rng.integers(0, 8, GENES)
    for gene, number in enumerate(words):
        for place in range(number):
            promoters[gene, 20 * place : 20 * place + 6] = [0, 1, 1, 3, 2, 3]
    rng = np.random.default_rng(seed)
    hichip = (rng.gamma(1, size=(GENES, BINS)) * (rng.random((GENES, BINS)) < 0.3)).astype("f4")
    expression = words / 2 + hichip.sum(axis=1) + 0.3 * rng.normal(size=GENES)
    return ExpressionData(
        genes=np.array([f"G{n}" for n in range(GENES)]), chrom=np.full(GENES, "chr1"),
        tss=np.arange(GENES), strand=np.full(GENES, "+"), promoters=promoters, hichip=hichip,
        loops=(hichip > 0).sum(axis=1).astype(np.int32), counts=10**expression,
        expression=expression, label=expression >= np.median(expression),
        family=np.arange(GENES), half_width=100, resolution=10,
    )  # fmt: skip


MODELS = {
    "regression": ["ridge", "ridge_seq", "ridge_shuffled", "linear", "lasso", "random_forest",
                   "loop_sum", "other_cells_mean"],
    "classification": ["logistic", "logistic_shuffled", "svm", "random_forest", "loop_sum",
                       "other_cells_mean"],
}  # fmt: skip


def run(folder, data, models=MODELS, crossed=("ridge", "loop_sum"), checkpoints="checkpoints"):
    """Fit all models of the cells in `data`; tables by (cell, task, model), and crosswise."""
    first = next(iter(data.values()))
    fold, group = assign_groups(f"random{FOLDS}", chrom=first.chrom, family=first.family, seed=1)
    write_folds(folder / "folds.tsv.gz", Folds(first.genes, fold, group))
    for cell, one in data.items():
        one.save(folder / f"{cell}.npz")
    chosen = {(cell, task): names for cell in data for task, names in models.items()}
    keys = [(*key, name) for key, names in chosen.items() for name in names]
    crosses = {("regression", name): list(data) for name in crossed}
    predictions = {key: str(folder / f"{'.'.join(key)}.tsv.gz") for key in keys}
    cross = {key: str(folder / f"{'.'.join(key)}.tsv.gz") for key in crosses}
    main(
        {cell: str(folder / f"{cell}.npz") for cell in data}, str(folder / "folds.tsv.gz"),
        models=chosen, crossed=crosses, grid=GRID, kmer={"length": 5, "informative": 4}, seed=1,
        threads=1, checkpoints=str(folder / checkpoints), predictions=predictions, cross=cross,
        fits=str(folder / "fits.tsv"),
    )  # fmt: skip
    read = lambda path: pd.read_csv(path, sep="\t", compression="gzip")  # noqa: E731
    return ({key: read(path) for key, path in predictions.items()},
            {key: read(path) for key, path in cross.items()})  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("baselines")
    data = {"A": planted(1), "B": planted(2)}
    return folder, data, *run(folder, data)


def pcc(table):
    return np.corrcoef(table.truth, table.prediction)[0, 1]


def test_planted_signal_is_found_and_controls_are_at_chance(made):
    _, data, tables, _ = made
    scores = {key[2]: pcc(table) for key, table in tables.items() if key[:2] == ("A", "regression")}
    assert scores["lasso"] > 0.9  # the truth is sparse
    assert min(scores["ridge"], scores["linear"]) > 0.5
    # each input holds a part of the signal
    assert 0.25 < scores["ridge_seq"] < scores["ridge"]
    assert 0.5 < scores["loop_sum"] < scores["lasso"]
    assert scores["random_forest"] > 0.4
    assert abs(scores["ridge_shuffled"]) < 0.2
    aucs = {
        (cell, model): roc_auc_score(table.label, table.prediction)
        for (cell, task, model), table in tables.items()
        if task == "classification"
    }
    assert min(aucs["B", "logistic"], aucs["B", "svm"], aucs["B", "random_forest"]) > 0.7
    assert min(aucs["A", "loop_sum"], aucs["B", "loop_sum"]) > 0.85
    assert abs(aucs["A", "logistic_shuffled"] - 0.5) < 0.1
    # cells share the promoters' part
    expected = np.corrcoef(data["A"].expression, data["B"].expression)[0, 1]
    assert scores["other_cells_mean"] == pytest.approx(expected, abs=1e-4)
    assert aucs["A", "other_cells_mean"] > 0.6


def test_tables_have_every_gene_with_its_truth(made):
    folder, data, tables, _ = made
    fold = pd.read_csv(folder / "folds.tsv.gz", sep="\t", compression="gzip").fold
    for (cell, task, model), table in tables.items():
        assert list(table.gene) == list(data[cell].genes)
        assert (table.fold == fold).all()
        assert np.isfinite(table.prediction).all()
        if task == "classification":
            assert table.prediction.between(0, 1).all()
            assert set(table.truth) == {0, 1}
            assert (table.truth == table.label).all()
        same = np.allclose(table.truth, data[cell].truth(task), rtol=1e-4)
        assert same != model.endswith("_shuffled")


def test_test_genes_have_no_influence_on_their_predictions(made, tmp_path):
    """Other expression of the test genes does not change their predictions."""
    folder, data, tables, _ = made
    fold = pd.read_csv(folder / "folds.tsv.gz", sep="\t", compression="gzip").fold.to_numpy()
    changed = np.where(fold == 1, 100.0, data["A"].expression)
    models = {"regression": ["ridge", "linear", "lasso", "random_forest", "loop_sum"]}
    found, _ = run(tmp_path, {"A": replace(data["A"], expression=changed)}, models, ())
    for key, table in found.items():
        own, before = table[fold == 1], tables[key][fold == 1]
        np.testing.assert_allclose(own.prediction, before.prediction, rtol=1e-4)
        assert not np.allclose(table[fold == 0].prediction, tables[key][fold == 0].prediction)


def test_across_cells(made):
    _, _, tables, crosses = made
    for table in crosses.values():
        pairs = table[["trained", "tested"]].drop_duplicates().to_numpy().tolist()
        assert sorted(pairs) == [["A", "B"], ["B", "A"]]
        assert len(table) == 2 * FOLDS * GENES
        assert (table.groupby(["trained", "gene"]).seen.sum() == FOLDS - 1).all()
    table = crosses["regression", "ridge"].query("trained == 'A'")
    assert np.corrcoef(table.truth, table.prediction)[0, 1] > 0.5
    own = tables["B", "regression", "ridge"].set_index("gene").truth
    assert (table.truth.to_numpy() == own.loc[table.gene].to_numpy()).all()


def test_a_killed_job_is_resumed(made, tmp_path, monkeypatch):
    _, data, tables, _ = made
    from workflow_scripts.deepexpression.baselines import fit_baselines

    fits, real = [], fit_baselines.fit_ridge

    def interrupted(*args, **kwargs):
        fits.append(1)
        if len(fits) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(fit_baselines, "fit_ridge", interrupted)
    models = {"regression": ["ridge"]}
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, {"A": data["A"]}, models, ())
    found, _ = run(tmp_path, {"A": data["A"]}, models, ())
    assert len(fits) == 1 + FOLDS  # two were kept
    pd.testing.assert_frame_equal(
        found["A", "regression", "ridge"], tables["A", "regression", "ridge"]
    )
    assert not (tmp_path / "checkpoints").exists()
