import json
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.evaluation.predictions import MapPrediction, correlation
from workflow_scripts.conformation.training import train_pairwise

W, N = 5, 600


NETWORK = {"channels": 6, "kernel_size": 3, "hidden_units": 8, "distance_functions": 3,
           "factor_dropout": 0.0}  # fmt: skip


TRAINING = {
    "epochs": 6,
    "patience": 0,
    "batch_size": 8,
    "learning_rate": 0.02,
    "weight_decay": 0.01,
    "refit": True,
}


def planted_cell(n=N):
    """Bins of two kinds, marked by two factors; bins of the same kind have more contacts."""
    rng = np.random.default_rng(0)
    kind = np.repeat(rng.random(n // 3) < 0.5, 3)
    profiles = rng.random((3, n)) * 0.3
    profiles[0] += 0.7 * kind
    profiles[1] += 0.7 * ~kind
    split = np.repeat(["train", "valid", "test"], [n // 2, n // 4, n // 4])
    oe = np.full((n, W), np.nan)
    for d in range(W):
        level = np.where(kind[: n - d] == kind[d:], 0.7, -0.7)
        # the distance alone predicts nothing
        oe[: n - d, d] = np.exp(level - level.mean() + 0.3 * rng.normal(size=n - d))
    oe[rng.random((n, W)) < 0.05] = np.nan
    start = np.arange(n) * 1000
    return ConformationData(
        profiles.astype("float32"), np.array(["x", "y", "z"]), np.repeat("a", n), start,
        start + 1000, oe, split, 1000, W,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def device(monkeypatch):
    """TensorFlow's threads can be set only once per process."""
    monkeypatch.setattr(train_pairwise, "prepare_device", lambda **_: "tensorflow cpu")


def train(folder, data, *, shuffled=False, seeds=(1,), **training):
    data.save(folder / "data.npz")
    files = {"weights": "w.keras", "history": "h.tsv", "record": "r.json", "prediction": "p.npz"}
    model = "forward_pairwise_shuffled" if shuffled else "forward_pairwise"
    train_pairwise.main(
        str(folder / "data.npz"), networks=[(model, seed) for seed in seeds],
        shuffled=["forward_pairwise_shuffled"], network_settings=NETWORK,
        training=TRAINING | training, min_distance=1000, gpu=0, threads=1, checkpoint_seconds=1000,
        checkpoints=str(folder / "c"),
        **{k: [str(folder / f"{seed}.{v}") for seed in seeds] for k, v in files.items()},
    )  # fmt: skip
    found = MapPrediction.load(folder / f"{seeds[-1]}.p.npz")
    return correlation(np.log(found.band[:, 1:]), np.log(data.oe[found.bins, 1:]))


def test_a_planted_rule_is_learned_and_recorded(tmp_path):
    assert train(tmp_path, planted_cell()) > 0.8
    history = pd.read_csv(tmp_path / "1.h.tsv", sep="\t")
    chosen = history[history.fit == "train"]
    record = json.loads((tmp_path / "1.r.json").read_text())
    best = int(chosen.epoch[chosen.valid_log_r.idxmax()])
    assert record["best_epoch"] == best
    assert (history.fit == "train and valid").sum() == best
    network = keras.models.load_model(tmp_path / "1.w.keras")
    assert record["parameters"] == network.count_params()


def test_shuffled_bins_give_correlations_near_0(tmp_path):
    assert abs(train(tmp_path, planted_cell(), shuffled=True, refit=False)) < 0.15


def test_a_map_without_measured_pairs_is_rejected(tmp_path):
    data = planted_cell()
    empty = replace(data, oe=np.full_like(data.oe, np.nan))
    with pytest.raises(UserError, match="no unmasked pixel in the training split"):
        train(tmp_path, empty)


def test_seeds_of_one_job_are_the_same_as_alone(tmp_path):
    few = {"epochs": 2, "refit": False}
    together, alone = tmp_path / "together", tmp_path / "alone"
    for folder in (together, alone):
        folder.mkdir()
    both = train(together, planted_cell(120), seeds=(1, 2), **few)
    assert train(alone, planted_cell(120), seeds=(2,), **few) == both
    found = [keras.models.load_model(f / "2.w.keras").get_weights() for f in (together, alone)]
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))
    assert not np.array_equal(
        found[0][0], keras.models.load_model(together / "1.w.keras").get_weights()[0]
    )
