import json

import keras
import numpy as np
import pandas as pd
import pytest
from conformation_data import random_data

from workflow_scripts.conformation.config.presets import training_settings
from workflow_scripts.conformation.data.dataset import shuffle_bins
from workflow_scripts.conformation.evaluation import predict_maps, predict_sigma
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.training import train_backward, train_forward

W, N = 5, 200


NETWORKS = [("forward", 1), ("forward", 2), ("linear", 1), ("forward_shuffled", 2)]


FORMS = {"weights": "keras", "history": "history.tsv", "record": "run.json"}


SIGMA = ("sigma", "weights", "windows", "record", "from_backward", "from_smoothed")


COMMON = {"gpu": 0, "threads": 1}


@pytest.fixture(scope="module")
def data():
    split = np.repeat(["train", "valid", "test"], [110, 40, 50])
    return random_data({"a": N}, split, W)


def files(folder, networks):
    names = [f"{model}.seed{seed}" for model, seed in networks]
    return {key: [str(folder / f"{n}.{form}") for n in names] for key, form in FORMS.items()}


def train(folder, networks):
    train_forward.main(
        str(folder / "data.npz"), str(folder / "annotation.tsv"), networks=networks,
        linear=["linear"], shuffled=["forward_shuffled"], network_settings={"hidden_units": [8]},
        training=training_settings("default", "forward", {"epochs": 1, "learning_rates": [1e-3]}),
        checkpoints=str(folder / "c"), checkpoint_seconds=1000, **COMMON, **files(folder, networks),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory, data):
    """Outputs of the jobs of two seeds."""
    folder = tmp_path_factory.mktemp("several")
    data.save(folder / "data.npz")
    place = {"chrom": data.chrom, "start": data.start, "end": data.end}
    active = np.where(np.arange(N) % 7 < 3, "True", "False")
    pd.DataFrame({**place, "active": active}).to_csv(folder / "annotation.tsv", sep="\t")
    forward = [str(folder / f"forward.seed{seed}.keras") for seed in (1, 2)]
    backward = [("backward", seed) for seed in (1, 2)]
    with pytest.MonkeyPatch.context() as patch:
        for script in (train_forward, train_backward, predict_maps, predict_sigma):
            # threads can be set once in a process only
            patch.setattr(script, "prepare_device", lambda **_: "tensorflow cpu")
        train(folder, NETWORKS)
        train_backward.main(
            str(folder / "data.npz"), forward, seeds=[1, 2],
            training=training_settings(
                "default", "backward", {"epochs": 1, "learning_rates": [1e-3], "dropout": 0.25}
            ),
            checkpoints=str(folder / "c.backward"), checkpoint_seconds=1000, **COMMON,
            **files(folder, backward),
        )  # fmt: skip
        predict_maps.main(
            str(folder / "data.npz"), files(folder, NETWORKS)["weights"], networks=NETWORKS,
            shuffled=["forward_shuffled"], maps=[str(folder / f"{m}.{s}.npz") for m, s in NETWORKS],
            **COMMON,
        )  # fmt: skip
        predict_sigma.main(
            str(folder / "data.npz"), forward, files(folder, backward)["weights"], widths=[1, 2],
            seeds=[1, 2], layers=str(folder / "layers.tsv"), **COMMON,
            files={key: [str(folder / f"{key}.{seed}") for seed in (1, 2)] for key in SIGMA},
        )  # fmt: skip
        alone = folder / "alone"
        alone.mkdir()
        for name in ("data.npz", "annotation.tsv"):
            (alone / name).write_bytes((folder / name).read_bytes())
        train(alone, [("forward", 2)])
    return folder


def load(path):
    return keras.models.load_model(path, compile=False)


def test_a_network_is_the_same_as_from_a_job_of_its_own(folder):
    one, together, alone = (
        load(folder / name).get_weights()
        for name in ("forward.seed1.keras", "forward.seed2.keras", "alone/forward.seed2.keras")
    )
    assert all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True))
    assert not np.array_equal(one[0], together[0])


def test_records_describe_the_networks(folder):
    records = {
        network: json.loads((folder / f"{network[0]}.seed{network[1]}.run.json").read_text())
        for network in [*NETWORKS, ("backward", 2)]
    }
    assert all(record["seed"] == seed for (_, seed), record in records.items())
    assert [records[network]["linear"] for network in NETWORKS] == [False, False, True, False]
    # σ of a shuffled network is not oriented by activity
    assert records["forward", 2]["orientation"] != records["forward_shuffled", 2]["orientation"]


def test_maps_use_the_profiles_of_the_training(folder, data):
    for model, seed in NETWORKS:
        network = load(folder / f"{model}.seed{seed}.keras")
        shuffled = model == "forward_shuffled"
        profiles = (shuffle_bins(data, seed) if shuffled else data).profiles
        found = MapPrediction.load(folder / f"{model}.{seed}.npz")
        assert np.array_equal(found.band, predict_test_map(network, data, profiles).band, True)


def test_filter_weights_are_those_of_each_seed(folder):
    tables = {seed: pd.read_csv(folder / f"weights.{seed}", sep="\t") for seed in (1, 2)}
    for seed, table in tables.items():
        kernel = load(folder / f"forward.seed{seed}.keras").get_layer("sigma").get_weights()[0]
        assert np.allclose(table.weight, kernel.ravel(), rtol=1e-5)
    assert not np.allclose(tables[1].weight, tables[2].weight)


def test_the_table_of_layers_has_both_networks(folder):
    table = pd.read_csv(folder / "layers.tsv", sep="\t")
    for name, rows in table.groupby("network"):
        network = load(folder / f"{name}.seed1.keras")
        assert rows.parameters.sum() == network.count_params()
    assert set(table.network) == {"forward", "backward"}


# FAULTS B3
def test_the_backward_network_has_the_dropout_of_its_settings(folder):
    network = load(folder / "backward.seed1.keras")
    rates = [layer.rate for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.25, 0.25]
