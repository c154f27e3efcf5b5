"""Training of hybrids on windows whose maps the DNA explains, and what they predict."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from hybrid_example import METRICS, SIZE, image_model, sequence_model, write_windows

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.presets import HYBRID_DEFAULT, zeroed_models
from workflow_scripts.enhancement.data.dataset import EnhancementData, center_crop
from workflow_scripts.enhancement.data.image_data import RegionSamples, evenly_spaced
from workflow_scripts.enhancement.evaluation import predict_hybrid
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.models.hybrid import hybrid_parts
from workflow_scripts.enhancement.models.losses import MapError
from workflow_scripts.enhancement.training import hybrid_training, train_hybrid

VARIANTS = {"joint": "hybrid", "preheated": "hybrid_preheated", "frozen": "hybrid_frozen"}
SEEDS = [1, 2]
TRAINING = HYBRID_DEFAULT | {
    "learning_rate": 3e-3,
    "head_learning_rate": 1e-2,
    "effective_batch_size": 2,
    "maps_per_step": 2,
    "epochs": 16,
    "head_epochs": 30,
    "max_windows": 0,
    "max_valid_windows": 0,
}


@pytest.fixture(scope="module")
def quiet():
    with pytest.MonkeyPatch.context() as patch:
        for script in (train_hybrid, predict_hybrid):
            patch.setattr(script, "prepare_device", lambda **_: "tensorflow cpu")
        yield patch


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Folder with a dataset and trained models of two seeds."""
    folder = tmp_path_factory.mktemp("hybrid")
    write_windows(folder / "image.h5")
    for seed in SEEDS:
        sequence_model(seed).save(folder / f"sequence.seed{seed}.keras")
        image_model(seed).save(folder / f"image.seed{seed}.keras")
    return folder


def train(place, out, variants, seeds=SEEDS, save=1e6):
    files = {
        kind: [str(out / f"{VARIANTS[v]}.seed{s}.{suffix}") for v in variants for s in seeds]
        for kind, suffix in (("weights", "keras"), ("history", "tsv"), ("record", "json"))
    }
    train_hybrid.main(
        str(place / "image.h5"),
        [str(place / f"sequence.seed{s}.keras") for s in seeds],
        [str(place / f"image.seed{s}.keras") for s in seeds],
        variants=variants,
        training=TRAINING,
        metrics=METRICS,
        filters=16,
        clip_value=2.0,
        jit_compile=False,
        seed=0,
        seeds=seeds,
        gpu=0,
        threads=1,
        checkpoints=str(out / "checkpoints"),
        checkpoint_seconds=save,
        **files,
    )


@pytest.fixture(scope="module")
def trained(place, quiet):
    out = place / "models"
    train(place, out, list(VARIANTS))
    return out


@pytest.fixture(scope="module")
def predicted(place, trained, quiet):
    runs = [(model, seed) for model in VARIANTS.values() for seed in SEEDS]
    zeroed = zeroed_models(list(VARIANTS))
    predicted = [*runs, *[(m, s) for m in zeroed for s in SEEDS]]
    predict_hybrid.main(
        str(place / "image.h5"),
        [str(trained / f"{model}.seed{seed}.keras") for model, seed in runs], trained=runs,
        predicted=predicted, zeroed=zeroed, max_train=4, gpu=0, threads=1,
        predictions=[str(place / f"{m}.seed{s}.h5") for m, s in predicted],
    )  # fmt: skip
    return place


def weights(path):
    return [
        part.get_weights() for part in hybrid_parts(keras.models.load_model(path, compile=False))
    ]


def test_frozen_models_keep_their_weights_and_joint_ones_learn(place, trained):
    start = image_model(1).get_weights()
    same = [
        np.array_equal(a, b)
        for a, b in zip(weights(trained / "hybrid_frozen.seed1.keras")[1], start, strict=True)
    ]
    moved = [
        np.array_equal(a, b)
        for a, b in zip(weights(trained / "hybrid.seed1.keras")[1], start, strict=True)
    ]
    assert all(same)
    assert not any(moved)


def errors(place, predicted, model, split):
    """Squared error of a model's maps, and of the input, which lacks the term of the DNA."""
    with EnhancementData(place / "image.h5") as data:
        made = read_predictions(predicted / f"{model}.seed1.h5")
        at = made.split == split
        low, high = (center_crop(data.maps_of(n, made.index[at]), SIZE) for n in ("low", "high"))
    return [float(((maps - high) ** 2).mean()) for maps in (made.prediction[at], low)]


@pytest.mark.parametrize("model", ["hybrid_preheated", "hybrid_frozen"])
def test_a_trained_head_uses_the_dna(place, predicted, model):
    """In regions and maps that it was not trained on as well."""
    for split in ("train", "test", "test_map"):
        own, blank = errors(place, predicted, model, split)
        assert own < 0.8 * blank, split


def test_head_and_models_learn_together(place, trained, predicted):
    history = pd.read_csv(trained / "hybrid.seed1.tsv", sep="\t")
    assert history.loss.iloc[-1] < 0.8 * errors(place, predicted, "hybrid", "train")[1]


def test_without_the_sequence_the_map_differs(predicted):
    whole, blank = (
        read_predictions(predicted / f"hybrid{suffix}.seed1.h5")
        for suffix in ("", "_without_sequence")
    )
    assert set(blank.split) == {"test", "test_map", "test_both"}
    at = np.isin(whole.index, blank.index)
    assert np.abs(whole.prediction[at] - blank.prediction).max() > 0.01


def test_predictions_are_symmetric_and_of_the_chosen_windows(place, predicted):
    with EnhancementData(place / "image.h5") as data:
        for seed in SEEDS:
            made = read_predictions(predicted / f"hybrid.seed{seed}.h5")
            np.testing.assert_allclose(made.prediction, made.prediction.swapaxes(1, 2), atol=1e-6)
            assert (made.split == data.split[made.index]).all()
            assert (made.split == "train").sum() == 4
            assert not (made.split == "").any()


def test_histories_and_records_describe_the_training(trained):
    for model, epochs in (("hybrid", 16), ("hybrid_preheated", 16), ("hybrid_frozen", 30)):
        history = pd.read_csv(trained / f"{model}.seed2.tsv", sep="\t")
        assert len(history) == epochs
        assert history.best.sum() == 1
        assert history.valid_mae[history.best].item() == history.valid_mae.min()
        record = json.loads((trained / f"{model}.seed2.json").read_text())
        assert record["head_parameters"] == 449
        assert record["windows"]["train"] == 6


def test_targets_are_not_read_in_prediction(
    place, trained, predicted, quiet, tmp_path, monkeypatch
):
    real = EnhancementData.maps_of

    def without_targets(self, name, rows):
        assert name != "high"
        return real(self, name, rows)

    monkeypatch.setattr(EnhancementData, "maps_of", without_targets)
    predict_hybrid.main(
        str(place / "image.h5"), [str(trained / "hybrid.seed1.keras")], trained=[("hybrid", 1)],
        predicted=[("hybrid", 1)], zeroed={}, max_train=4, gpu=0, threads=1,
        predictions=[str(tmp_path / "again.h5")],
    )  # fmt: skip
    again, before = (
        read_predictions(p) for p in (tmp_path / "again.h5", predicted / "hybrid.seed1.h5")
    )
    np.testing.assert_allclose(again.prediction, before.prediction, atol=1e-6)


def test_a_killed_hybrid_training_resumes(place, trained, quiet, tmp_path, monkeypatch):
    scores, calls = hybrid_training._scores, []

    def killed(*args):
        calls.append(1)
        if len(calls) == TRAINING["head_epochs"] + 4:
            raise KeyboardInterrupt
        return scores(*args)

    monkeypatch.setattr(hybrid_training, "_scores", killed)
    with pytest.raises(KeyboardInterrupt):
        train(place, tmp_path, ["preheated"], seeds=[1], save=0)
    before = len(calls)
    train(place, tmp_path, ["preheated"], seeds=[1], save=0)
    # the head and three epochs are not trained again
    assert len(calls) - before == TRAINING["epochs"] - 3
    name = "hybrid_preheated.seed1.keras"
    for one, two in zip(weights(tmp_path / name), weights(trained / name), strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)
    assert not list(tmp_path.glob("checkpoints*"))


def test_a_hybrid_loss_that_is_not_finite_ends_in_one_line(place, quiet, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "workflow_scripts.enhancement.data.image_data.center_crop",
        lambda maps, size: np.full_like(center_crop(maps, size), np.inf),
    )
    with pytest.raises(UserError, match="the loss is"):
        train(place, tmp_path, ["frozen"], seeds=[1])


def test_maps_of_a_region_come_together_and_blanks_are_ignored(place):
    with EnhancementData(place / "image.h5") as data:
        rows = data.rows("train")
        samples = RegionSamples.of(data, rows, 2, SIZE)
        assert sorted(np.concatenate(samples.groups)) == sorted(rows)
        for group in samples.groups:
            assert len(set(data.genome[group])) == 1
        three = RegionSamples.of(data, rows, 3, SIZE)
        (codes, low), high = three.take(np.array([0]))
        assert codes.shape == (1, data.window_bp)
        assert np.isnan(high[0, 2]).all()
        assert (low[0, 2] == 0).all()
        guess = np.random.default_rng(0).random(high.shape).astype("float32")
        expected = np.nanmean((guess - high) ** 2)
        found = float(MapError()(high, guess))
        assert found == pytest.approx(expected, rel=1e-5)


def test_rows_are_evenly_spaced():
    rows = np.arange(10, 30)
    np.testing.assert_array_equal(evenly_spaced(rows, 4), [10, 15, 20, 25])
    np.testing.assert_array_equal(evenly_spaced(rows, 0), rows)
