from dataclasses import replace

import keras
import numpy as np
import pytest
from conformation_data import random_data
from scipy.ndimage import gaussian_filter1d

from workflow_scripts.chromaloom.ml.training import fit_resumable
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.presets import training_settings
from workflow_scripts.conformation.data.dataset import shuffle_bins
from workflow_scripts.conformation.data.windows import (
    find_segments,
    training_windows,
)
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.sigma import (
    average_sigma,
    backward_sigma,
    choose_smoothing_width,
    inner_window_first_bins,
    network_sigma,
    smooth,
)
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.networks import build_backward, build_forward
from workflow_scripts.conformation.models.orientation import orient_filters
from workflow_scripts.conformation.training.fitting import (
    MapSamples,
    SigmaSamples,
    join_samples,
    train_network,
    validation_scores,
)
from workflow_scripts.conformation.training.train_forward import forward_builder

W, N = 6, 500


WEIGHTS = np.array([3.0, 1.5, -3.0, 0.0])


@pytest.fixture(scope="module")
def planted():
    """Map of one planted filter: contacts are the product of σ of the two bins."""
    rng = np.random.default_rng(0)
    # as in chromatin, factors correlate: each has a common and a separate component
    activity, *separate = gaussian_filter1d(rng.standard_normal((5, N)), 1.5, axis=1)
    profiles = np.outer([1, 1, -1, 0], activity) + 0.5 * np.array(separate)
    profiles = (profiles - profiles.min(1, keepdims=True)) / np.ptp(profiles, axis=1)[:, None]
    drive = WEIGHTS @ (profiles - profiles.mean(1, keepdims=True))
    sigma = 1 / (1 + np.exp(-2 * drive))
    oe = np.full((N, W), np.nan)
    for d in range(W):
        oe[: N - d, d] = 0.5 + 1.5 * sigma[: N - d] * sigma[d:] + 0.05 * rng.random(N - d)
    oe[40] = np.nan  # a masked bin
    oe /= np.nanmean(oe, axis=0)
    split = np.repeat(["train", "valid", "test"], [300, 80, 120])
    data = random_data({"a": N}, split, W)
    data = replace(
        data,
        profiles=profiles.astype("float32"),
        oe=oe.astype("float32"),
        factors=np.array(list("ABCD")),
    )
    return data, sigma


def settings(**changes):
    given = {"batch_size": 32, "epochs": 10, "learning_rates": [5e-3]}
    return training_settings("default", "forward", given | changes)


def fitted(data, folder, *, seed=1, linear=False, **changes):
    training = settings(**changes)
    build = forward_builder(
        data,
        network_settings={"filters": 1, "dropout": 0.0},
        training=training,
        linear=linear,
        seed=seed,
    )
    windows = training_windows(data, seed)
    return train_network(
        build,
        samples={split: MapSamples(data, found) for split, found in windows.items()},
        loss=MaskedSquaredError(training["target_transform"]),
        training=training,
        seed=seed,
        folder=folder,
        fingerprint="x",
        checkpoint_seconds=1000,
    )


def test_samples_flip_profiles_and_maps_together(planted):
    data, sigma = planted
    first_bins = np.array([5, 5])
    samples = MapSamples(data, (first_bins, np.array([False, True])))
    profiles, maps = samples.take(np.array([1, 0]))
    assert (profiles[0] == profiles[1][::-1]).all()
    i, j = np.triu_indices(W)
    square = np.zeros((W, W))
    square[i, j] = square[j, i] = maps[1]
    assert (square[::-1, ::-1][i, j] == maps[0]).all()
    _, inner = SigmaSamples(data, sigma, samples.windows).take(np.array([0, 1]))
    assert (inner[0] == sigma[5 + W : 5 + 2 * W]).all()
    assert (inner[0] == inner[1][::-1]).all()


@pytest.fixture(scope="module")
def forward(planted, tmp_path_factory):
    return fitted(planted[0], tmp_path_factory.mktemp("forward") / "ck")[0]


def test_the_planted_filter_is_found(planted, forward):
    data, sigma = planted
    orient_filters(forward, data.profiles, sigma)
    kernel = forward.get_layer("sigma").get_weights()[0][0, :, 0]
    assert (np.sign(kernel[:3]) == np.sign(WEIGHTS[:3])).all()
    assert abs(kernel[3]) < abs(kernel[:3]).min() / 2
    found = network_sigma(forward, data.profiles)[:, 0]
    assert np.corrcoef(found, sigma)[0, 1] > 0.9
    assert np.nanmean(predict_test_map(forward, data, data.profiles).window_r) > 0.7


def test_the_linear_network_learns(planted, tmp_path):
    data = planted[0]
    linear = fitted(
        data, tmp_path / "ck", linear=True, target_transform="none", learning_rates=[2e-2]
    )[0]
    assert np.nanmean(predict_test_map(linear, data, data.profiles).window_r) > 0.5


def test_shuffled_bins_give_correlations_near_0(planted, tmp_path):
    data = shuffle_bins(planted[0], 1)
    network = fitted(data, tmp_path / "ck", epochs=8)[0]
    assert abs(np.nanmean(predict_test_map(network, data, data.profiles).window_r)) < 0.15


def test_overfits_eight_windows(planted):
    data, _ = planted
    x, y = MapSamples(data, (np.arange(100, 180, 10), np.zeros(8, bool))).take(np.arange(8))
    network = build_forward(
        n_factors=4, window=W, hidden_units=(40, 40), dropout=0.0, output_bias=1.0, seed=1
    )
    network.compile(keras.optimizers.Adam(5e-3), loss=MaskedSquaredError())
    many = [np.tile(values, (100, *(1,) * (values.ndim - 1))) for values in (x, y)]
    spread = np.nanvar(y - np.nanmean(y, axis=0))
    loss = network.fit(*many, epochs=6, batch_size=8, shuffle=False, verbose=0).history["loss"]
    assert loss[-1] < 0.02 * spread


def test_resumed_training_ends_at_the_same_weights(planted, tmp_path):
    data, windows = planted[0], training_windows(planted[0], 1)
    samples = MapSamples(data, windows["train"])

    def run(folder, stop_at=None):
        network = build_forward(n_factors=4, window=W, seed=1, output_bias=1.0)
        network.compile(keras.optimizers.Adam(1e-3), loss=MaskedSquaredError("log1p"))
        epochs = []

        def score(model):
            epochs.append(1)
            if stop_at and len(epochs) == stop_at:
                raise KeyboardInterrupt
            return {"monitor": float(np.abs(model.get_weights()[0]).sum())}

        fit_resumable(
            network, samples, None, score=score, monitor="monitor", epochs=3, patience=0,
            batch_size=64, seed=1, folder=folder, fingerprint="x", checkpoint_seconds=0,
        )  # fmt: skip
        return network.get_weights()

    whole = run(tmp_path / "a")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", stop_at=3)
    for one, two in zip(whole, run(tmp_path / "b"), strict=True):
        np.testing.assert_array_equal(one, two)


def test_samples_in_blocks_take_the_same_steps(planted, tmp_path, monkeypatch):
    data, windows = planted[0], training_windows(planted[0], 1)["train"]
    rows = np.arange(len(windows[0]))
    x, y = MapSamples(data, windows).take(rows)

    def run(inputs, targets):
        network = build_forward(n_factors=4, window=W, seed=1)
        network.compile(keras.optimizers.SGD(0.1), loss=MaskedSquaredError())
        history = fit_resumable(
            network, inputs, targets, score=lambda model: {"monitor": 0.0},
            monitor="monitor", epochs=1,
            patience=0, batch_size=32, seed=1, folder=tmp_path / "ck", fingerprint="x",
        )  # fmt: skip
        return network.get_weights(), history.loss[0]

    monkeypatch.setattr("workflow_scripts.chromaloom.ml.training.BLOCK", 70)
    (lazy, loss), (whole, loss2) = run(MapSamples(data, windows), None), run(x, y)
    assert loss == pytest.approx(loss2, rel=1e-5)
    for one, two in zip(lazy, whole, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_the_learning_rate_is_chosen_on_validation_without_diverging_ones(planted, tmp_path):
    _, history, rate = fitted(
        planted[0], tmp_path / "ck", optimizer="sgd",
        learning_rates=[1e-6, 0.3, 1e20], trial_epochs=2,
        epochs=2, kernel_initializer="glorot_uniform", target_transform="none",
    )  # fmt: skip
    assert rate == 0.3
    assert len(history) == 2
    with pytest.raises(UserError, match=r"diverged with each of \[1e\+20, 1e\+21\]"):
        fitted(
            planted[0], tmp_path / "ck", optimizer="sgd",
            learning_rates=[1e20, 1e21], trial_epochs=2,
            target_transform="none",
        )  # fmt: skip


# FAULTS B4
@pytest.mark.parametrize("monitor", ["valid_r", "valid_loss"])
def test_the_monitored_score_marks_the_best_epoch_and_the_learning_rate(planted, tmp_path, monitor):
    """A rate that overshoots has the better correlation or the better cost, not both."""
    given = dict(optimizer="sgd", target_transform="none", kernel_initializer="glorot_uniform",
                 learning_rates=[0.3, 0.03], trial_epochs=3, epochs=4, monitor=monitor)  # fmt: skip
    _, history, rate = fitted(planted[0], tmp_path / "ck", **given)
    best = history.valid_r.idxmax() if monitor == "valid_r" else history.valid_loss.idxmin()
    assert history.best.tolist() == [row == best for row in history.index]
    scores = {}
    for candidate in given["learning_rates"]:
        alone = given | {"learning_rates": [candidate], "epochs": 3}
        trial = fitted(planted[0], tmp_path / f"{candidate}", **alone)[1]
        scores[candidate] = trial.valid_r.max() if monitor == "valid_r" else -trial.valid_loss.min()
    assert rate == max(scores, key=scores.get)


# FAULTS B4
def test_the_best_correlation_and_the_best_cost_may_differ(planted):
    """A network that predicts three times the map has the better r and the worse cost."""
    data = planted[0]
    windows = training_windows(data, 1)["valid"]
    samples, loss = MapSamples(data, windows), MaskedSquaredError()

    class Fixed:
        def __init__(self, factor, noise):
            self.factor, self.noise = factor, noise

        def predict_on_batch(self, inputs):
            maps = np.nan_to_num(samples.take(np.arange(len(samples)))[1], nan=1.0)
            noise = np.random.default_rng(1).normal(0, self.noise, maps.shape)
            return (self.factor * maps + noise).astype("float32")[: len(inputs)]

    def better(monitor):
        scores = [
            validation_scores(Fixed(*kind), samples, loss, monitor)["monitor"]
            for kind in ((3, 0.01), (1, 0.2))
        ]
        return int(np.argmax(scores))

    assert len(samples) <= 256  # one batch
    assert better("valid_r") == 0
    assert better("valid_loss") == 1


# FAULTS A8
def test_a_refit_trains_on_the_windows_of_training_and_validation(planted, tmp_path):
    data = planted[0]
    windows = training_windows(data, 1)
    samples = {split: MapSamples(data, found) for split, found in windows.items()}
    both = join_samples(**samples)
    assert len(both) == len(samples["train"]) + len(samples["valid"])
    for rows, split in ((np.arange(3), "train"), (len(samples["train"]) + np.arange(3), "valid")):
        for found, expected in zip(both.take(rows), samples[split].take(np.arange(3)), strict=True):
            np.testing.assert_array_equal(found, expected)
    network, history, _ = fitted(data, tmp_path / "a", epochs=3, refit=True)
    chosen = history[history.fit == "train"]
    best = int(chosen.epoch[chosen.best].iloc[0])
    assert (history.fit == "train and valid").sum() == best
    # without validation windows of its own the same network learns other weights
    alone, _, _ = fitted(data, tmp_path / "b", epochs=3)
    assert not np.array_equal(network.get_weights()[0], alone.get_weights()[0])


def test_the_backward_network_recovers_the_planted_sigma(planted, tmp_path):
    data, sigma = planted
    windows = training_windows(data, 1)
    network, _, _ = train_network(
        lambda: build_backward(window=W, seed=1),
        samples={split: SigmaSamples(data, sigma.astype("float32"), found)
                 for split, found in windows.items()},
        loss=MaskedSquaredError(),
        training=training_settings(
            "default", "backward", {"batch_size": 32, "epochs": 10, "learning_rates": [5e-3]}
        ),
        seed=1,
        folder=tmp_path / "ck",
        fingerprint="x",
        checkpoint_seconds=1000,
    )  # fmt: skip
    test = next(s for s in find_segments(data) if s.split == "test")
    first_bins = inner_window_first_bins(test, W)
    seen = average_sigma(backward_sigma(network, data, first_bins).mean(0), first_bins, N)
    inside = np.arange(test.start, test.stop)
    assert np.isfinite(seen[inside]).all()  # up to the segment's ends
    assert np.isnan(np.delete(seen, inside)).all()
    assert np.corrcoef(seen[inside], sigma[inside])[0, 1] > 0.8


def test_the_smoothing_width_of_the_track_is_chosen(planted):
    data, sigma = planted
    true = smooth(sigma, data, 2)
    rows = np.arange(300, 380)
    width, scores = choose_smoothing_width(sigma, true, data, [0.5, 1, 2, 4], rows)
    assert width == 2
    assert scores[2] == pytest.approx(1)
    assert (np.diff([scores[w] for w in (0.5, 1, 2)]) > 0).all()


def test_a_split_without_windows_is_rejected(planted, tmp_path):
    data = replace(
        planted[0], split=np.where(planted[0].split == "train", "none", planted[0].split)
    )
    with pytest.raises(UserError, match="split train has no window"):
        fitted(data, tmp_path / "ck")
