import json
import zipfile

import pandas as pd
import pytest
from planted_marks import planted

from workflow_scripts.deepchrome.training import train_deepchrome

pytestmark = pytest.mark.usefixtures("device")

NETWORK = {"filters": 4, "kernel": 5, "hidden": (8, 6)}
TRAINING = {
    "epochs": 3,
    "patience": 0,
    "batch_size": 32,
    "learning_rate": 0.05,
    "momentum": 0.5,
    "learning_rate_decay": 1e-7,
}
ALL = [("deepchrome", 1), ("deepchrome", 2), ("deepchrome_shuffled", 1)]
SUFFIXES = {"weights": "keras", "history": "history.tsv", "record": "run.json"}


class Killed(BaseException):
    """Simulates a kill."""


def train(folder, networks=ALL, **training):
    planted(genes=200).save(folder / "data.npz")
    names = [f"{model}.seed{seed}" for model, seed in networks]
    train_deepchrome.main(
        str(folder / "data.npz"), networks=networks, shuffled=["deepchrome_shuffled"],
        network_settings=NETWORK, training=TRAINING | training, gpu=0, threads=1,
        checkpoints=str(folder / "c"), checkpoint_seconds=0,
        **{key: [str(folder / f"{n}.{suffix}") for n in names] for key, suffix in SUFFIXES.items()},
    )  # fmt: skip
    return {name: weights(folder / f"{name}.keras") for name in names}


def weights(path):
    """The weights of a .keras file, whose other members contain the time."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


@pytest.fixture(scope="module")
def trained(device, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return folder, train(folder)


def test_a_network_does_not_depend_on_the_others_of_its_job(trained, tmp_path):
    _, together = trained
    assert len(set(together.values())) == len(ALL)
    for model, seed in ALL[1:]:
        alone = train(tmp_path, [(model, seed)])
        assert alone == {f"{model}.seed{seed}": together[f"{model}.seed{seed}"]}


def test_every_network_has_a_history_and_a_record(trained):
    folder, _ = trained
    for model, seed in ALL:
        record = json.loads((folder / f"{model}.seed{seed}.run.json").read_text())
        history = pd.read_csv(folder / f"{model}.seed{seed}.history.tsv", sep="\t")
        assert record["seed"] == seed
        assert record["best_epoch"] == int(history.epoch[history.best].iloc[0])
        assert len(history) == TRAINING["epochs"]
    assert not list(folder.glob("c*"))


def test_a_killed_job_resumes_after_its_finished_networks(trained, tmp_path, monkeypatch):
    real, started = train_deepchrome.train_network, []

    def network(*args, kill_at=None, **settings):
        started.append(settings["checkpoints"].rsplit(".c.", 1)[-1].rsplit("/", 1)[-1])
        if len(started) == kill_at:
            raise Killed
        return real(*args, **settings)

    monkeypatch.setattr(
        train_deepchrome, "train_network", lambda *args, **s: network(*args, kill_at=3, **s)
    )
    with pytest.raises(Killed):
        train(tmp_path)
    assert not list(tmp_path.glob("*.keras"))
    started.clear()
    monkeypatch.setattr(train_deepchrome, "train_network", network)
    assert train(tmp_path) == trained[1]
    assert started == ["c.deepchrome_shuffled.seed1"]


def test_other_settings_retrain_every_network(tmp_path, monkeypatch):
    real = train_deepchrome.write_training

    def write(*args, **facts):
        if facts["seed"] == 2:
            raise Killed
        real(*args, **facts)

    monkeypatch.setattr(train_deepchrome, "write_training", write)
    with pytest.raises(Killed):
        train(tmp_path, ALL[:2])
    monkeypatch.setattr(train_deepchrome, "write_training", real)
    train(tmp_path, ALL[:2], epochs=2)
    history = pd.read_csv(tmp_path / "deepchrome.seed1.history.tsv", sep="\t")
    assert len(history) == 2
