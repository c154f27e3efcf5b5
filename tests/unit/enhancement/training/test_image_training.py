"""Training of the image models: what is logged, what is learned, stops and resuming."""

import json

import numpy as np
import pandas as pd
import pytest
from image_windows import BINS, CROP, SMALL, Killed, write_windows

from workflow_scripts.chromaloom.ml.checkpoints import load_state
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.presets import image_settings
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.image_data import ImageSamples, oversample_rare_inputs
from workflow_scripts.enhancement.models.image_models import build_networks
from workflow_scripts.enhancement.models.losses import image_loss_terms
from workflow_scripts.enhancement.training.gan import Gan
from workflow_scripts.enhancement.training.gan_training import (
    fit_gan,
    validation_scores,
)


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    return write_windows(tmp_path_factory.mktemp("windows") / "image.h5")


def settings_of(**training):
    section = {**SMALL, "training": {**SMALL["training"], **training}}
    return image_settings(section, "image")


def make_networks(settings, seed):
    return build_networks("image", settings, size=BINS, crop=CROP, seed=seed)


def make_gan(settings, **more):
    terms = image_loss_terms(settings, None, BINS - 2 * CROP)
    return Gan(*make_networks(settings, 1), terms, settings["training"], **more)


@pytest.fixture(scope="module")
def only_gan():
    return make_gan(settings_of())


@pytest.fixture
def renewed(only_gan):
    """The only compiled network, reset, with its own training settings."""

    def renew(seed=1, **training):
        settings = settings_of(**training)
        only_gan.training = settings["training"]
        only_gan.reset(*make_networks(settings, seed))
        return only_gan

    return renew


def fit(gan, path, folder, **more):
    with EnhancementData(path) as data:
        train, valid = (ImageSamples(data, data.rows(p), CROP) for p in ("train", "valid"))
        score = more.pop("score", validation_scores(valid, "mae"))
        return fit_gan(gan, train, score=score, seed=1, folder=folder, fingerprint="f", **more)


def values_of(gan):
    return [np.array(variable) for variable in gan.variables()]


def test_every_loss_term_is_logged(windows, tmp_path, renewed):
    history = fit(renewed(), windows, tmp_path / "c")
    terms = ["pixel", "insulation", "adversarial", "discriminator"]
    assert history.phase.tolist() == ["pretrain", "full", "full"]
    full = history[history.phase == "full"]
    assert (full[terms] > 0).all(axis=None)
    weights = settings_of()["training"]["loss_weights"]
    total = sum(weights[name] * full[name] for name in terms[:3])
    assert np.allclose(full.loss, total, rtol=1e-5)
    pretrain = history[history.phase == "pretrain"]
    assert (pretrain[terms[1:]] == 0).all(axis=None)
    assert np.allclose(pretrain.loss, pretrain.pixel)


def test_a_small_model_learns_and_beats_its_input(windows, tmp_path, renewed):
    gan = renewed(epochs=40, pretrain_epochs=39, learning_rate=5e-3)
    with EnhancementData(windows) as data:
        score = validation_scores(ImageSamples(data, data.rows("valid"), CROP), "mae")
        bilinear = score(lambda low: low[:, CROP:-CROP, CROP:-CROP])
        history = fit(gan, windows, tmp_path / "c", score=score)
        best = history[history.best].iloc[0]
        assert history.pixel.iloc[-1] < 0.8 * history.pixel.iloc[0]
        assert best.valid_mae < 0.9 * bilinear["valid_mae"]
        # the weights that are left are those of the best epoch
        assert score(gan.predict)["valid_mae"] == pytest.approx(best.valid_mae, abs=1e-6)


def test_the_discriminator_learns_and_only_where_it_is_used(windows, tmp_path, renewed):
    gan = renewed(epochs=1, pretrain_epochs=1)
    before = [np.array(w) for w in gan.discriminator.get_weights()]
    fit(gan, windows, tmp_path / "a")
    after = gan.discriminator.get_weights()
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    gan = renewed(epochs=6, pretrain_epochs=0, learning_rate=1e-9, discriminator_learning_rate=1e-2)
    history = fit(gan, windows, tmp_path / "b")
    assert history.discriminator.iloc[-1] < history.discriminator.iloc[0]


def test_a_killed_image_training_resumes(windows, tmp_path, renewed, monkeypatch):
    training = {"epochs": 2, "pretrain_epochs": 1, "discriminator_learning_rate": 1e-3}
    expected = fit(gan := renewed(**training), windows, tmp_path / "whole")
    values, step, steps = values_of(gan), gan.step, []

    def killed(*args):
        if len(steps) == stop:
            raise Killed
        steps.append(1)
        return step(*args)

    for stop in (2, 15, 12):  # within the first epoch, within the second, between them
        steps.clear()
        folder = tmp_path / str(stop)
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(gan, "step", killed)
            fit(renewed(**training), windows, folder, checkpoint_seconds=0)
        found = fit(renewed(9, **training), windows, folder, checkpoint_seconds=0)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-5)
        for a, b in zip(values, values_of(gan), strict=True):
            assert np.allclose(a, b, rtol=1e-4, atol=1e-6)


def test_checkpoints_of_other_data_are_not_used(windows, tmp_path, renewed):
    gan, folder = renewed(epochs=1, pretrain_epochs=1), tmp_path / "c"
    fit(gan, windows, folder, checkpoint_seconds=0)
    best = gan.generator.get_weights()
    assert load_state(folder, "f", variables=gan.variables(), best=best)
    assert not load_state(folder, "g", variables=gan.variables(), best=best)
    assert not load_state(folder, "f", variables=gan.variables()[1:], best=best)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_epoch(windows, tmp_path, renewed):
    gan, epochs = renewed(epochs=5), []
    with EnhancementData(windows) as data:
        score = validation_scores(ImageSamples(data, data.rows("valid"), CROP), "mae")

        def spoil(generate):
            scores = score(generate)
            epochs.append(values_of(gan))
            return scores

        def step(*args):
            losses = real(*args)
            return losses * np.nan if len(epochs) == 2 else losses

        real, gan.step = gan.step, step
        with pytest.raises(UserError, match=r"loss is not finite in epoch 3 \(kept: epoch 2\)"):
            fit(gan, windows, tmp_path / "c", score=spoil, checkpoint_seconds=1e9)
        gan.step = real
    assert json.loads((tmp_path / "c" / "state.json").read_text())["epoch"] == 2
    with np.load(tmp_path / "c" / "last.npz") as last:
        kept = [last[name] for name in last.files]
    assert all((a == b).all() for a, b in zip(kept, epochs[1], strict=True))


def test_accumulated_batches_move_the_weights_once(windows):
    gan, moved = make_gan(settings_of(), gradient_accumulation_steps=4), []
    before = gan.generator.get_weights()
    with EnhancementData(windows) as data:
        samples = ImageSamples(data, data.rows("train"), CROP)
        for row in range(8):
            gan.step(*samples.take(np.array([row])), False)
            after = gan.generator.get_weights()
            moved.append(any((a != b).any() for a, b in zip(before, after, strict=True)))
            before = after
    assert moved == [False, False, False, True] * 2


def test_a_rare_input_method_is_repeated(tmp_path):
    path = write_windows(tmp_path / "two.h5", n=20, downsampled=(1, 7))
    with EnhancementData(path) as data:
        rows = data.rows("train")
        assert np.array_equal(oversample_rare_inputs(data, rows, 0.0), rows)
        more = oversample_rare_inputs(data, rows, 0.4)
        fraction = (data.input[more] == "downsample").mean()
        assert fraction == pytest.approx(0.4, abs=0.06)
        assert set(more) == set(rows)
        pooled = more[data.input[more] == "pool"]
        assert len(pooled) == len(set(pooled))
