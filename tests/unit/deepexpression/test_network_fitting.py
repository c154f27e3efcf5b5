from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.unit.deepexpression.small_networks import (
    BINS,
    LENGTH,
    MOTIF,
    RESOLUTION,
    cell,
    folds_of,
    settings,
)
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.folds import parts
from workflow_scripts.deepexpression.models.networks import joint_network, promoter_network
from workflow_scripts.deepexpression.training.fitting import (
    Scale,
    Training,
    train_best_rate,
    train_kept,
)
from workflow_scripts.deepexpression.training.fold_models import (
    combine,
    first_kernels,
    inputs_for,
    member_networks,
    predict,
    predict_from,
    window_bins,
    without,
)


def job(folder: Path, task: str = "regression", **training) -> Training:
    return Training(
        task=task, settings=settings(training=training)["training"], seed=1, store=folder,
        fingerprint="x", checkpoint_seconds=1000.0, genes=40,
    )  # fmt: skip


def agreement(kernels: np.ndarray) -> float:
    """Correlation of the planted motif and the most alike of some kernels; it may be shifted."""
    planted = np.eye(4)[MOTIF] - 0.25
    found = np.moveaxis(kernels - kernels.mean(1, keepdims=True), -1, 0)
    scores = []
    for shift in range(-2, 3):
        a = found[:, max(0, shift) : 8 + min(0, shift)]
        b = planted[max(0, -shift) : 8 + min(0, -shift)]
        norm = np.sqrt((a**2).sum((1, 2)) * (b**2).sum())
        scores.append((a * b).sum((1, 2)) / norm)
    return float(np.max(scores))


def test_first_kernels_hold_the_planted_motif(tmp_path):
    data, everything = cell(400, loops=0.0), np.arange(400)
    # no dense blocks: what a kernel finds is what counts
    network = settings({"blocks": 0, "dense": [8]})["network"]
    build = partial(promoter_network, network, length=LENGTH, task="regression", seed=1)
    scale = Scale.of(data.expression, "regression", True)
    trained, history = train_kept(
        "motif", build, kind="motif", inputs=[data.promoters],
        targets=scale.divide(data.expression, "regression"),
        genes=(everything[:350], everything[350:]), rate=0.01, seed=1,
        training=job(tmp_path, epochs=40),
    )  # fmt: skip
    assert history.valid_score.max() > 0.9
    found, chance = (
        agreement(first_kernels(combine([model], scale))[0]) for model in (trained, build())
    )
    assert found > 0.8
    assert found > chance + 0.2


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_overfits_eight_genes(tmp_path, task):
    data = cell(8)
    chosen = settings()
    build = lambda: promoter_network(  # noqa: E731
        chosen["network"] | {"summary": "flatten"}, length=LENGTH, task=task, seed=1
    )
    truth = data.truth(task)
    targets = Scale.of(truth, task, True).divide(truth, task)
    everything = np.arange(8)
    network, history = train_kept(
        "small", build, kind="small", inputs=[data.promoters], targets=targets,
        genes=(everything, everything),
        rate=0.01, seed=1, training=job(tmp_path, task, epochs=60, batch_size=4, watch="loss"),
    )  # fmt: skip
    assert history.loss.min() < 0.02
    assert history.valid_loss.min() < 0.1
    predicted = network.predict(data.promoters, verbose=0)
    if task == "classification":
        np.testing.assert_allclose(predicted.sum(1), 1, rtol=1e-5)
        assert np.array_equal(predicted[:, 1] > 0.5, data.label)


def test_model_of_several_networks_is_their_mean():
    data, genes = cell(20), np.arange(20)
    joint = [
        joint_network(
            settings()["network"], promoter=0, bins=BINS, window=slice(0, BINS),
            task="regression", seed=seed,
        )
        for seed in (1, 2)
    ]  # fmt: skip
    single = [predict_from(m, [data.hichip]) for m in joint]
    assert not np.allclose(*single)
    model = combine(joint, Scale(mean=5.0, deviation=3.0))
    expected = np.mean(single, 0) * 3 + 5
    np.testing.assert_allclose(predict(model, data, genes), expected, rtol=1e-4, atol=1e-5)
    assert member_networks(model) == joint


def test_rate_is_chosen_on_validation_and_a_diverging_one_is_left_out(tmp_path):
    data = cell(60)
    train, valid, _ = parts(folds_of(data), 0, 1)
    build = lambda: joint_network(  # noqa: E731
        settings()["network"], promoter=0, bins=BINS, window=slice(0, BINS), task="regression",
        seed=1,
    )  # fmt: skip
    more = dict(
        kind="x", inputs=[data.hichip], targets=data.expression.astype("float32"),
        genes=(train, valid), seed=1, training=job(tmp_path, epochs=5, optimiser="sgd"),
    )  # fmt: skip
    _, _, rate = train_best_rate("x", build, [1e-9, 1e-2, 1e30], **more)
    assert rate == 1e-2
    with pytest.raises(UserError, match="diverged"):
        train_best_rate("y", build, [1e30, 1e31], **more)


def test_last_epoch_of_training_on_all_genes(tmp_path):
    data = cell(60)
    train, valid, _ = parts(folds_of(data), 0, 1)
    build = lambda: promoter_network(  # noqa: E731
        settings()["network"], length=LENGTH, task="regression", seed=1
    )
    _, history = train_kept(
        "x", build, kind="x", inputs=[data.promoters], targets=data.expression.astype("float32"),
        genes=(train, valid), rate=0.01, seed=1,
        training=job(tmp_path, epochs=3, train_on="all", keep="last"),
    )  # fmt: skip
    assert history.best.tolist() == [False, False, True]
    assert history.valid_loss.isna().all()


def test_inputs_without_a_part():
    model = keras.Model(
        inputs := [keras.Input((LENGTH,), name="bases"), keras.Input((BINS,), name="signal")],
        inputs[1],
    )
    data = cell(4)
    given = inputs_for(model, data, np.arange(4))
    assert (without(model, given, "bases")[0] == 4).all()
    assert (without(model, given, "signal")[1] == 0).all()
    assert np.array_equal(without(model, given, "bases")[1], data.hichip)


@pytest.mark.parametrize("name", ["full_12kb", "full_500kb"])
def test_windows_off_the_grid_are_refused(name):
    with pytest.raises(UserError, match="allowed: multiples of the bins' 5000 bp up to 50000"):
        window_bins(name, bins=BINS, resolution=RESOLUTION)
