import keras
import pandas as pd
import pytest
from planted_marks import one_mark

from workflow_scripts.chromaloom.ml import training
from workflow_scripts.deepchrome.config.plan import TWO_CONVOLUTIONS, setting_name
from workflow_scripts.deepchrome.config.presets import training_settings
from workflow_scripts.deepchrome.models.network import build_network
from workflow_scripts.deepchrome.training.train_deepchrome import train_network
from workflow_scripts.deepchrome.training.tune_deepchrome import main as tune_deepchrome

pytestmark = pytest.mark.usefixtures("device")

NETWORK = {"filters": 6, "kernel": 4, "pool": 3, "hidden": [8, 6], "dropout": 0.2}
OWN = setting_name({**NETWORK, "convolutions": 1})
NETWORKS = {
    OWN: {**NETWORK, "convolutions": 1},
    TWO_CONVOLUTIONS: {**NETWORK, "convolutions": 2},
}
TRAINING = training_settings("default", {"epochs": 3, "batch_size": 16})


@pytest.fixture
def cell():
    return one_mark(150, bins=20, at=slice(8, 12))


def run(folder, networks, **changes):
    keywords = {"training": TRAINING, "seed": 1, "gpu": 0, "threads": 1,
                "checkpoints": str(folder / "c"), "checkpoint_seconds": 0}  # fmt: skip
    tune_deepchrome(
        str(folder / "A.npz"), cell="A", networks=networks, table=str(folder / "t.tsv"),
        **{**keywords, **changes},
    )  # fmt: skip
    return pd.read_csv(folder / "t.tsv", sep="\t")


def test_a_killed_tuning_resumes_within_a_network_and_gives_the_same_table(
    cell, tmp_path, monkeypatch
):
    class Killed(BaseException):
        pass

    folders = [tmp_path / name for name in ("whole", "broken")]
    for folder in folders:
        folder.mkdir()
        cell.save(folder / "A.npz")
    whole = run(folders[0], NETWORKS)
    save, saved = training.save_state, []

    def dying(*args, **state):
        save(*args, **state)
        saved.append(None)
        if len(saved) == 5:  # in the second network
            raise Killed

    monkeypatch.setattr(training, "save_state", dying)
    with pytest.raises(Killed):
        run(folders[1], NETWORKS)
    monkeypatch.setattr(training, "save_state", save)
    assert len(list((folders[1] / "c").glob("*.json"))) == 1
    assert (folders[1] / "c" / TWO_CONVOLUTIONS / "state.json").exists()
    assert run(folders[1], NETWORKS).equals(whole)
    assert not (folders[1] / "c").exists()
    assert whole["model"].tolist() == list(NETWORKS)
    two = build_network(n_bins=20, n_marks=5, **NETWORKS[TWO_CONVOLUTIONS])
    assert whole.parameters.iloc[-1] == two.count_params()


def test_the_tuned_network_of_the_run_s_own_sizes_is_the_run_s_network(cell, tmp_path):
    cell.save(tmp_path / "A.npz")
    table = run(tmp_path, {OWN: NETWORKS[OWN]})
    keras.backend.clear_session()
    _, epochs = train_network(
        cell, cell.label, network_settings=NETWORK, training=TRAINING, seed=1, device="cpu",
        checkpoints=tmp_path / "own", checkpoint_seconds=1e9,
    )  # fmt: skip
    assert table.roc_auc_valid[0] == pytest.approx(epochs.valid_auc.max(), abs=1e-6)
