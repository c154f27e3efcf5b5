from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.unit.deepexpression.small_networks import (
    BINS,
    LENGTH,
    MOTIF,
    cell,
    folds_of,
    settings,
)
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.folds import split_genes
from workflow_scripts.deepexpression.models.fold_models import (
    TargetScale,
    combine_members,
    first_kernels,
)
from workflow_scripts.deepexpression.models.networks import joint_network, promoter_network
from workflow_scripts.deepexpression.training.fitting import (
    TrainingJob,
    train_best_rate,
    train_network,
)


def job(folder: Path, task: str = "regression", **training) -> TrainingJob:
    return TrainingJob(
        task=task, settings=settings(training=training)["training"], seed=1, store=folder,
        fingerprint="x", checkpoint_seconds=1000.0, genes=40,
    )  # fmt: skip


def agreement(kernels: np.ndarray) -> float:
    """Largest correlation of a kernel with the planted motif, at any shift."""
    planted = np.eye(4)[MOTIF] - 0.25
    found = np.moveaxis(kernels - kernels.mean(1, keepdims=True), -1, 0)
    scores = []
    for shift in range(-2, 3):
        a = found[:, max(0, shift) : 8 + min(0, shift)]
        b = planted[max(0, -shift) : 8 + min(0, -shift)]
        norm = np.sqrt((a**2).sum((1, 2)) * (b**2).sum())
        scores.append((a * b).sum((1, 2)) / norm)
    return float(np.max(scores))


def test_first_kernels_learn_the_planted_motif(tmp_path):
    data, everything = cell(400, loops=0.0), np.arange(400)
    # without dense blocks, so that the kernels have to learn the motif
    network = settings({"blocks": 0, "dense_units": [8]})["network"]
    build = partial(promoter_network, network, length=LENGTH, task="regression", seed=1)
    scale = TargetScale.of(data.expression, "regression", True)
    trained, history = train_network(
        "motif", build, kind="motif", inputs=[data.promoters],
        targets=scale.apply(data.expression, "regression"),
        genes=(everything[:350], everything[350:]), learning_rate=0.01, seed=1,
        job=job(tmp_path, epochs=40),
    )  # fmt: skip
    assert history.valid_score.max() > 0.9
    found, chance = (
        agreement(first_kernels(combine_members([model], scale))[0]) for model in (trained, build())
    )
    assert found > 0.8
    assert found > chance + 0.2


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_overfits_eight_genes(tmp_path, task):
    data = cell(8)
    chosen = settings()
    build = lambda: promoter_network(  # noqa: E731
        chosen["network"] | {"global_pooling": "flatten"}, length=LENGTH, task=task, seed=1
    )
    truth = data.truth(task)
    targets = TargetScale.of(truth, task, True).apply(truth, task)
    everything = np.arange(8)
    network, history = train_network(
        "small", build, kind="small", inputs=[data.promoters], targets=targets,
        genes=(everything, everything),
        learning_rate=0.01, seed=1,
        job=job(tmp_path, task, epochs=60, batch_size=4, monitor="loss"),
    )  # fmt: skip
    assert history.loss.min() < 0.02
    assert history.valid_loss.min() < 0.1
    predicted = network.predict(data.promoters, verbose=0)
    if task == "classification":
        np.testing.assert_allclose(predicted.sum(1), 1, rtol=1e-5)
        assert np.array_equal(predicted[:, 1] > 0.5, data.label)


def test_the_learning_rate_is_chosen_on_validation_and_diverging_ones_are_skipped(tmp_path):
    data = cell(60)
    train, valid, _ = split_genes(folds_of(data), 0, 1)
    build = lambda: joint_network(  # noqa: E731
        settings()["network"], promoter=0, bins=BINS, window=slice(0, BINS), task="regression",
        seed=1,
    )  # fmt: skip
    more = dict(
        kind="x", inputs=[data.hichip], targets=data.expression.astype("float32"),
        genes=(train, valid), seed=1, job=job(tmp_path, epochs=5, optimizer="sgd"),
    )  # fmt: skip
    _, _, rate = train_best_rate("x", build, [1e-9, 1e-2, 1e30], **more)
    assert rate == 1e-2
    with pytest.raises(UserError, match="diverged"):
        train_best_rate("y", build, [1e30, 1e31], **more)


def test_last_epoch_of_training_on_all_genes(tmp_path):
    data = cell(60)
    train, valid, _ = split_genes(folds_of(data), 0, 1)
    build = lambda: promoter_network(  # noqa: E731
        settings()["network"], length=LENGTH, task="regression", seed=1
    )
    _, history = train_network(
        "x", build, kind="x", inputs=[data.promoters], targets=data.expression.astype("float32"),
        genes=(train, valid), learning_rate=0.01, seed=1,
        job=job(tmp_path, epochs=3, train_on="train_valid", keep_epoch="last"),
    )  # fmt: skip
    assert history.best.tolist() == [False, False, True]
    assert history.valid_loss.isna().all()
