"""Training of the sequence models, and what the rules' scripts write."""

import importlib
import json

import keras
import numpy as np
import pandas as pd
import pytest
from sequence_windows import (
    BINS,
    CROP,
    RESOLUTION,
    planted_map,
    write_embeddings,
    write_windows,
)

from workflow_scripts.chromaloom.ml import training as library
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.presets import sequence_settings, sequence_variants
from workflow_scripts.enhancement.data.dataset import EnhancementData, center_crop
from workflow_scripts.enhancement.data.sequence_data import SequenceWindows
from workflow_scripts.enhancement.evaluation import predict_sequence
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.models.sequence_model import build_sequence_model
from workflow_scripts.enhancement.training import train_sequence

NETWORK = {
    "filters": 8, "residual_filters": 8, "dilations": [1], "dropout": 0.0, "output_filters": 8,
    "map_filters": 8, "map_residual_filters": 8, "map_dilations": [1], "map_dropout": 0.0,
    "graph_layers": 1, "attention_dropout": 0.0, "graph_dropout": 0.0, "momentum": 0.8,
}  # fmt: skip
COMPUTE = {"gradient_accumulation_steps": 1, "mixed_precision": False, "jit_compile": False}
TRAINERS = {}
TRAINING = {"epochs": 2, "patience": 0, "max_shift": 1, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    return str(write_windows(tmp_path_factory.mktemp("windows") / "sequence.h5"))


@pytest.fixture(autouse=True)
def seeded(monkeypatch):
    """Threads cannot be set after TensorFlow has been used by another test."""
    for script in ("training.train_sequence", "evaluation.predict_sequence"):
        module = importlib.import_module(f"workflow_scripts.enhancement.{script}")
        monkeypatch.setattr(module, "prepare_device", lambda **_: "tensorflow cpu")


@pytest.fixture
def shared(monkeypatch):
    """Trainings of equal networks share a compiled network, as seeds do: it is traced once."""
    make = train_sequence.SharedTrainer

    def cached(settings, **options):
        training = {
            k: v for k, v in settings["training"].items() if k not in ("epochs", "patience")
        }
        key = json.dumps([settings["network"], training, options], sort_keys=True)
        if key not in TRAINERS:
            TRAINERS[key] = make(settings, **options)
        return TRAINERS[key]

    monkeypatch.setattr(train_sequence, "SharedTrainer", cached)


def section_of(head="akita", **training):
    return {"preset": "paper", "head": [head], "control_seeds": 1, "random_split": True,
            "network": NETWORK, "training": {**TRAINING, **training}}  # fmt: skip


def train(windows, folder, model="sequence_akita", *, seeds=(1,), embeddings="", save=1e9, **more):
    section = section_of(model.split("_")[1] if "embed" not in model else "akita", **more)
    variant = {**sequence_variants(section, list(seeds), embeddings)[model], "seeds": list(seeds)}
    files = {
        name: [str(folder / f"{model}.seed{seed}.{suffix}") for seed in seeds]
        for name, suffix in (("weights", "keras"), ("history", "history.tsv"),
                             ("record", "run.json"))
    }  # fmt: skip
    train_sequence.main(
        windows, embeddings, model=model, variant=variant, settings=sequence_settings(section),
        crop=CROP, compute=COMPUTE, gpu=0, threads=1,
        checkpoints=str(folder / "checkpoints"), checkpoint_seconds=save, **files,
    )  # fmt: skip
    return files


def predict(windows, folder, models, *, embeddings="", seeds=(1,), max_train=0):
    known = sequence_variants(section_of(), list(seeds), embeddings)
    out = {m: [str(folder / f"{m}.seed{s}.h5") for s in seeds] for m in models}
    predict_sequence.main(
        windows, embeddings, [f.replace(".h5", ".keras") for m in models for f in out[m]],
        variants=known, crop=CROP, max_train=max_train, gpu=0, threads=1,
        predictions=[f for m in models for f in out[m]],
    )  # fmt: skip
    return {m: [read_predictions(f) for f in out[m]] for m in models}


def correlation(windows, predictions, split):
    """Pearson's r of predicted and planted maps of a split."""
    rows = np.flatnonzero(predictions.split == split)
    with EnhancementData(windows) as data:
        truth = np.stack([planted_map(c) for c in data.codes(predictions.index[rows])])
    truth = center_crop(truth, BINS - 2 * CROP)
    return np.corrcoef(predictions.prediction[rows].ravel(), truth.ravel())[0, 1]


def test_dna_is_learned_and_permuted_dna_is_not(windows, tmp_path, shared):
    models = ["sequence_akita", "sequence_akita_shuffled"]
    for model in models:
        train(windows, tmp_path, model, epochs=40, patience=40)
    found = predict(windows, tmp_path, models)
    own, control = (correlation(windows, found[model][0], "test") for model in models)
    assert own > 0.6 and own > control + 0.4
    assert correlation(windows, found["sequence_akita"][0], "train") > 0.75


def test_scripts_write_models_histories_and_maps(windows, tmp_path):
    seeds = (1, 2)
    files = train(windows, tmp_path, "sequence_graph", seeds=seeds)
    table = pd.read_csv(files["history"][0], sep="\t")
    assert list(table.columns) == ["epoch", "loss", "valid_mae", "valid_pearson", "best"]
    record = json.loads((tmp_path / "sequence_graph.seed2.run.json").read_text())
    assert record["seed"] == 2 and record["windows"] == {"train": 12, "valid": 4}
    assert not (tmp_path / "checkpoints").exists()
    one, two = (keras.models.load_model(f, compile=False) for f in files["weights"])
    assert not np.array_equal(one.get_weights()[0], two.get_weights()[0])
    known = sequence_variants(section_of("graph"), list(seeds), "")
    out = [str(tmp_path / f"{s}.h5") for s in seeds]
    predict_sequence.main(
        windows, "", files["weights"], variants=known, crop=CROP,
        max_train=5, gpu=0, threads=1, predictions=out,
    )  # fmt: skip
    found = read_predictions(out[0])
    assert found.prediction.shape == (2 * (5 + 4 + 4), BINS - 2 * CROP, BINS - 2 * CROP)
    with EnhancementData(windows) as data:
        np.testing.assert_array_equal(found.split, data.split[found.index])
        row = len(found.index) - 3
        maps = one.predict_on_batch(data.codes(found.index[[row]]))
    np.testing.assert_allclose(
        found.prediction[row], center_crop(maps, BINS - 2 * CROP)[0], atol=1e-5
    )


def test_a_killed_sequence_training_resumes(windows, tmp_path, monkeypatch):
    whole = train(windows, tmp_path / "whole", seeds=(1, 2))
    steps, save = [], library.save_state

    def killed(*arguments, **options):
        save(*arguments, **options)
        steps.append(1)
        if len(steps) == 3:  # in the second seed
            raise KeyboardInterrupt

    monkeypatch.setattr(library, "save_state", killed)
    with pytest.raises(KeyboardInterrupt):
        train(windows, tmp_path / "cut", seeds=(1, 2), save=0)
    monkeypatch.setattr(library, "save_state", save)
    cut = train(windows, tmp_path / "cut", seeds=(1, 2), save=0)
    for one, other in zip(whole["weights"], cut["weights"], strict=True):
        one, other = (keras.models.load_model(f, compile=False).get_weights() for f in (one, other))
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
    for one, other in zip(whole["history"], cut["history"], strict=True):
        assert pd.read_csv(one, sep="\t").equals(pd.read_csv(other, sep="\t"))


def test_a_loss_that_is_not_finite_stops_with_one_line(tmp_path, shared):
    windows = str(write_windows(tmp_path / "overflow.h5", overflow=True))
    with pytest.raises(UserError, match=r"the loss is (inf|nan) in epoch \d"):
        train(windows, tmp_path)


def test_embeddings_of_a_random_encoder_are_learned(windows, tmp_path):
    embeddings = str(write_embeddings(tmp_path / "e.h5"))
    model = "sequence_embeddings"
    train(windows, tmp_path, model, embeddings=embeddings, epochs=40, patience=40)
    found = predict(windows, tmp_path, [model], embeddings=embeddings)
    assert correlation(windows, found[model][0], "test") > 0.6


def test_windows_are_those_of_the_model_s_split(windows, tmp_path):
    network = build_sequence_model(
        sequence_settings(section_of())["network"], "akita", length=BINS * RESOLUTION, bins=BINS
    )
    network.save(tmp_path / "sequence_akita_random.seed1.keras")
    found = predict(windows, tmp_path, ["sequence_akita_random"])["sequence_akita_random"][0]
    with EnhancementData(windows) as data:
        np.testing.assert_array_equal(found.split, data.split_random[found.index])
        assert (found.split != data.split[found.index]).any()


def test_a_model_is_trained_on_its_own_split(windows, tmp_path, monkeypatch):
    read, of = [], SequenceWindows.of

    def recorded(inputs, split, **options):
        read.append((options["column"], split))
        if len(read) == 2:
            raise KeyboardInterrupt
        return of(inputs, split, **options)

    monkeypatch.setattr(SequenceWindows, "of", recorded)
    with pytest.raises(KeyboardInterrupt):
        train(windows, tmp_path, "sequence_akita_random")
    assert read == [("split_random", "train"), ("split_random", "valid")]
