from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.unit.deepexpression.small_networks import (
    BINS,
    cell,
    folds_of,
    settings,
)
from workflow_scripts.chromaloom.ml import training as library
from workflow_scripts.deepexpression.data.folds import write_folds
from workflow_scripts.deepexpression.evaluation import predict_across_cells, predict_deepexpression
from workflow_scripts.deepexpression.models.fold_models import (
    load_fold,
    member_networks,
    predict_genes,
    predict_inputs,
    promoter_trunks,
    window_bins,
)
from workflow_scripts.deepexpression.training import (
    train_joint,
    train_promoter,
)

pytestmark = pytest.mark.usefixtures("seeds_only")
RUN = dict(seed=1, gpu=0, threads=1)
GENES = 600


def train_both(
    folder: Path, data, task: str, more: tuple = (), *, shuffled: bool = False, **changes
) -> Path:
    """Train a cell's sequence and full networks, and more, in a folder, and predict."""
    data.save(folder / "data.npz")
    folds = folds_of(data)
    write_folds(folder / "folds.tsv.gz", folds)
    chosen = settings(**changes)
    about = dict(network=chosen["network"], shuffled=shuffled, checkpoint_seconds=1000.0, **RUN)
    train_promoter.main(
        str(folder / "data.npz"), str(folder / "folds.tsv.gz"), training=chosen["training"],
        checkpoints=str(folder / "store1"), models={task: str(folder / "seq")}, **about,
    )  # fmt: skip
    models = {(task, n): str(folder / n) for n in ("full", *more)}
    train_joint.main(
        str(folder / "data.npz"), str(folder / "folds.tsv.gz"), {task: str(folder / "seq")},
        training=chosen["finetune"], checkpoints=str(folder / "store2"), models=models, **about,
    )  # fmt: skip
    names = ["seq", "full", *more]
    predicted = [*names, *predict_deepexpression.BLANKED]
    predict_deepexpression.main(
        str(folder / "data.npz"), str(folder / "folds.tsv.gz"),
        {(task, n): str(folder / n) for n in names}, seed=1, shuffled=shuffled, gpu=0, threads=1,
        predictions={(task, n): str(folder / f"{n}.tsv.gz") for n in predicted},
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory, seeds_only):
    """All networks of a cell in which motif and loops explain as much variance each."""
    folder = tmp_path_factory.mktemp("run")
    return train_both(folder, cell(), "regression", ("hichip_only", "full_10kb"))


def pcc(folder: Path, model: str) -> float:
    table = pd.read_csv(folder / f"{model}.tsv.gz", sep="\t")
    assert len(table) == GENES
    return float(np.corrcoef(table.truth, table.prediction)[0, 1])


def test_planted_motif_and_loops_are_found(run):
    found = {name: pcc(run, name) for name in ("seq", "full", "hichip_only")}
    # each explains half of the variance, so that one alone reaches 0.7 at most
    assert found["seq"] > 0.3
    assert found["hichip_only"] > 0.3
    assert found["full"] > max(found["seq"], found["hichip_only"]) + 0.03


def test_blanking_an_input_lowers_the_score(run):
    full = pcc(run, "full")
    assert pcc(run, "full_without_promoter") < full - 0.02
    assert pcc(run, "full_without_hichip") < full - 0.1


def test_the_full_model_has_the_trunk_of_the_sequence_model(run):
    for fold in range(2):
        first, second = (
            promoter_trunks(load_fold(run / name, fold))[0] for name in ("seq", "full")
        )
        for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
            assert np.array_equal(a, b)


def test_the_saved_full_model_predicts_as_the_head_trained_on_vectors(run):
    # the joint head was trained on vectors computed once; the saved model computes them again
    data, model = cell(), load_fold(run / "full", 0)
    vectors, rest = predict_across_cells.split_at_trunks(model, data.promoters)
    everything = np.arange(len(data.genes))
    np.testing.assert_allclose(
        predict_genes(model, data, everything),
        predict_inputs(rest, [*vectors, data.hichip]),
        rtol=1e-5,
    )


def test_window_is_the_middle_of_the_vector(run):
    assert window_bins("full", bins=400, resolution=5000) == slice(0, 400)
    assert window_bins("full_100kb", bins=400, resolution=5000) == slice(180, 220)
    data, model = cell(), load_fold(run / "full_10kb", 0)
    everything = np.arange(len(data.genes))
    # 10 kb either way: two bins of 5 kb on both sides; what lies outside is not read
    outside = np.ones(BINS, bool)
    outside[BINS // 2 - 2 : BINS // 2 + 2] = False
    other = replace(data, hichip=np.where(outside, 99, data.hichip).astype("float32"))
    assert np.array_equal(
        predict_genes(model, data, everything), predict_genes(model, other, everything)
    )
    shifted = replace(data, hichip=np.where(outside, data.hichip, 99).astype("float32"))
    assert not np.allclose(
        predict_genes(model, data, everything), predict_genes(model, shifted, everything)
    )
    joint = member_networks(model)[0].get_layer("joint")
    branch = joint.get_layer("hichip")
    assert branch.get_layer("hichip_1").kernel.shape[0] == 4


def test_history_has_every_fold_and_checkpoints_are_removed(run):
    history = pd.read_csv(run / "full" / "history.tsv", sep="\t")
    assert list(history.columns[:5]) == ["fold", "member", "learning_rate", "epoch", "loss"]
    assert history.groupby("fold").best.sum().tolist() == [1, 1]
    assert (run / "seq" / "run.json").is_file()
    assert not (run / "store1").exists()
    assert not (run / "store2").exists()


def test_shuffled_expression_gives_chance(tmp_path):
    # a few epochs are enough, because there is nothing to learn
    found = train_both(tmp_path, cell(), "regression", shuffled=True, training={"epochs": 4})
    # standard deviation of r under chance: 1 / sqrt(600) = 0.04
    assert abs(pcc(found, "full")) < 0.15
    assert abs(pcc(found, "seq")) < 0.15


def test_a_resumed_training_gives_the_same_weights(tmp_path, monkeypatch):
    data = cell(60)
    data.save(tmp_path / "data.npz")
    write_folds(tmp_path / "folds.tsv.gz", folds_of(data))
    chosen = settings(
        {"dense_dropout": 0.2}, {"epochs": 3, "ensemble_size": 2, "schedule": "cosine"}
    )

    def train(name: str) -> Path:
        train_promoter.main(
            str(tmp_path / "data.npz"), str(tmp_path / "folds.tsv.gz"),
            network=chosen["network"], training=chosen["training"], shuffled=False,
            models={"regression": str(tmp_path / name)},
            checkpoints=str(tmp_path / f"store_{name}"), checkpoint_seconds=0.0, **RUN,
        )  # fmt: skip
        return tmp_path / name

    whole = train("whole")
    epochs, epoch = [], library._fit_epoch

    def interrupted(*arguments):
        epochs.append(1)
        if len(epochs) == 3 + 3 + 2:  # fold 0's two networks are done, and an epoch of fold 1
            raise KeyboardInterrupt
        return epoch(*arguments)

    monkeypatch.setattr(library, "_fit_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train("killed")
    epochs.clear()
    monkeypatch.setattr(library, "_fit_epoch", lambda *a: epochs.append(1) or epoch(*a))
    killed = train("killed")
    assert len(epochs) == 2 + 3  # what was left of fold 1
    for fold in range(2):
        a, b = (load_fold(folder, fold).get_weights() for folder in (whole, killed))
        assert len(a) > 0
        for x, y in zip(a, b, strict=True):
            assert np.array_equal(x, y)
        assert len(member_networks(load_fold(killed, fold))) == 2
    histories = [(folder / "history.tsv").read_text() for folder in (whole, killed)]
    assert histories[0] == histories[1]


def test_predictions_across_cells(run):
    one, other = cell(), cell(seed=5)
    other = replace(other, promoters=one.promoters)
    folds = folds_of(one)
    table = predict_across_cells.predict_others(
        {"a": run / "full", "b": run / "full"}, {"a": one, "b": other}, folds, "regression"
    )
    assert len(table) == 2 * 2 * GENES
    part = table[(table.trained == "a") & (table.fold == 1)]
    assert (part.tested == "b").all()
    assert np.array_equal(part.seen, folds.fold != 1)
    expected = predict_genes(load_fold(run / "full", 1), other, np.arange(GENES))
    np.testing.assert_allclose(part.prediction, expected, rtol=1e-4, atol=1e-5)
