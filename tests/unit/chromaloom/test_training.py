import logging

import keras
import numpy as np
import pytest

from workflow_scripts.chromaloom.ml.training import fit_resumable
from workflow_scripts.chromaloom.workflow.errors import UserError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int32")


class Killed(BaseException):
    """Stands for a kill between two epochs."""


def network():
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, "relu", kernel_initializer=keras.initializers.GlorotUniform(1)),
            keras.layers.Dropout(0.5, seed=1),
            keras.layers.Dense(2, kernel_initializer=keras.initializers.GlorotUniform(2)),
        ]
    )
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model


def train(model, folder, *, kill_after=None, mark="a", epochs=6, patience=0, rate=None):
    seen = []
    if rate:
        model.optimizer.learning_rate = rate

    def score(net):
        if kill_after is not None and len(seen) == kill_after:
            raise Killed
        seen.append(None)
        return {"accuracy": float((net.predict(X, verbose=0).argmax(1) == Y).mean())}

    return fit_resumable(
        model, X, Y, score=score, monitor="accuracy", epochs=epochs, patience=patience,
        batch_size=16, seed=5, folder=folder, fingerprint=mark, checkpoint_seconds=0,
    )  # fmt: skip


@pytest.mark.parametrize("killed_after", [1, 3, 5])
def test_a_killed_run_ends_with_the_weights_of_an_undisturbed_one(tmp_path, killed_after):
    whole, broken = network(), network()
    expected = train(whole, tmp_path / "whole")
    with pytest.raises(Killed):
        train(broken, tmp_path / "broken", kill_after=killed_after)
    resumed = network()
    history = train(resumed, tmp_path / "broken")
    for mine, theirs in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
    assert history.equals(expected)
    assert not (tmp_path / "broken").exists()


def test_a_checkpoint_of_other_data_is_not_used(tmp_path, caplog):
    with pytest.raises(Killed):
        train(network(), tmp_path / "c", kill_after=2, mark="old")
    caplog.set_level(logging.INFO, logger="chromaloom")
    assert len(train(network(), tmp_path / "c", mark="new")) == 6
    assert "another config or data" in caplog.text
    assert "resuming" not in caplog.text


def test_the_best_epoch_s_weights_are_kept(tmp_path):
    model = network()
    history = train(model, tmp_path / "c", epochs=10)
    best = history[history.best].iloc[0]
    assert best.accuracy == history.accuracy.max()
    assert best.epoch == history.epoch[history.accuracy.idxmax()]
    accuracy = (model.predict(X, verbose=0).argmax(1) == Y).mean()
    assert accuracy == pytest.approx(best.accuracy)


def test_patience_stops(tmp_path):
    history = train(network(), tmp_path / "c", epochs=200, patience=3)
    assert len(history) == history.epoch[history.best].iloc[0] + 3
    assert len(history) < 200


def test_a_loss_that_is_no_number_stops_and_leaves_the_checkpoint(tmp_path):
    with pytest.raises(UserError, match=r"the loss is (nan|inf)"):
        train(network(), tmp_path / "c", rate=1e30, epochs=50)
    assert not list(tmp_path.glob("*.new"))


def test_progress_has_loss_score_and_time_left(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="chromaloom")
    train(network(), tmp_path / "c", epochs=3)
    lines = [r.getMessage() for r in caplog.records if r.getMessage().startswith("epoch")]
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    assert all("loss" in line and "accuracy" in line and "left" in line for line in lines)
