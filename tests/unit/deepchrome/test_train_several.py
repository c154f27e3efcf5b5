import json
import zipfile

import pandas as pd
import pytest

from tests.unit.deepchrome.planted_marks import planted
from workflow_scripts.deepchrome.evaluation import predict_deepchrome
from workflow_scripts.deepchrome.training import train_deepchrome

NETWORK = {"filters": 4, "kernel": 5, "hidden": (8, 6)}
TRAINING = {
    "epochs": 3,
    "patience": 0,
    "batch_size": 32,
    "learning_rate": 0.05,
    "momentum": 0.5,
    "rate_decay": 1e-7,
}
ALL = [("deepchrome", 1), ("deepchrome", 2), ("deepchrome_shuffled", 1)]
FORMS = {"weights": "keras", "history": "history.tsv", "record": "run.json"}


class Killed(BaseException):
    """Stands for a kill."""


@pytest.fixture(autouse=True)
def device(monkeypatch):
    """Threads can be set once in a process only."""
    for script in (train_deepchrome, predict_deepchrome):
        monkeypatch.setattr(script, "prepare_device", lambda **_: "tensorflow cpu")


def train(folder, networks=ALL, **training):
    planted(genes=200).save(folder / "data.npz")
    names = [f"{model}.seed{seed}" for model, seed in networks]
    train_deepchrome.main(
        str(folder / "data.npz"), networks=networks, shuffled=["deepchrome_shuffled"],
        network_settings=NETWORK, training=TRAINING | training, gpu=0, threads=1,
        checkpoints=str(folder / "c"), checkpoint_seconds=0,
        **{key: [str(folder / f"{n}.{form}") for n in names] for key, form in FORMS.items()},
    )  # fmt: skip
    return {name: weights(folder / f"{name}.keras") for name in names}


def weights(path):
    """The weights of a .keras file, whose other members carry a time."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_deepchrome, "prepare_device", lambda **_: "tensorflow cpu")
        return folder, train(folder)


def test_each_network_comes_out_as_from_a_job_of_its_own(trained, tmp_path):
    _, together = trained
    assert len(set(together.values())) == len(ALL)
    for model, seed in ALL[1:]:
        alone = train(tmp_path, [(model, seed)])
        assert alone == {f"{model}.seed{seed}": together[f"{model}.seed{seed}"]}


def test_each_has_its_history_and_record(trained):
    folder, _ = trained
    for model, seed in ALL:
        record = json.loads((folder / f"{model}.seed{seed}.run.json").read_text())
        history = pd.read_csv(folder / f"{model}.seed{seed}.history.tsv", sep="\t")
        assert record["seed"] == seed
        assert record["best_epoch"] == int(history.epoch[history.best].iloc[0])
        assert len(history) == TRAINING["epochs"]
    assert not list(folder.glob("c*"))


def test_a_killed_job_keeps_what_was_trained(trained, tmp_path, monkeypatch):
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


def test_other_settings_train_all_of_them_anew(tmp_path, monkeypatch):
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


def test_cells_and_models_are_predicted_with_their_own_networks(trained, tmp_path):
    folder, _ = trained
    files = [str(folder / f"{model}.seed{seed}.keras") for model, seed in ALL]
    # two cells of the same data, the second with the first's networks in another order
    swapped = [files[1], files[0], files[2]]
    tables = [str(tmp_path / f"{cell}.{m}.tsv.gz") for cell in "ab" for m in ("real", "control")]
    predict_deepchrome.main(
        [str(folder / "data.npz")] * 2, [*files, *swapped],
        seeds={"deepchrome": [1, 2], "deepchrome_shuffled": [1]},
        shuffled=["deepchrome_shuffled"], gpu=0, threads=1, out=tables,
    )  # fmt: skip
    one, one_control, two, two_control = (pd.read_csv(path, sep="\t") for path in tables)
    by_seed = [
        {seed: rows.score.tolist() for seed, rows in table.groupby("seed")} for table in (one, two)
    ]
    assert by_seed[0][1] == by_seed[1][2] != by_seed[0][2] == by_seed[1][1]
    pd.testing.assert_frame_equal(one_control, two_control)
    data = planted(genes=200)
    assert one.label.tolist() == [*data.label, *data.label]
    assert one_control.label.tolist() != data.label.tolist()
    assert (one_control.label.sum()) == data.label.sum()


def test_networks_that_do_not_fit_the_seeds_are_refused(trained, tmp_path):
    folder, _ = trained
    with pytest.raises(ValueError, match="1 networks for 2 cells"):
        predict_deepchrome.main(
            [str(folder / "data.npz")] * 2, [str(folder / "deepchrome.seed1.keras")],
            seeds={"deepchrome": [1]}, shuffled=[], gpu=0, threads=1, out=[str(tmp_path / "a")],
        )  # fmt: skip
