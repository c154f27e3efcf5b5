from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from tests.unit.conformation.test_windows import genome
from workflow_scripts.chromaloom.ml.training import fit_resumable
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.presets import PRESETS, training_settings
from workflow_scripts.conformation.data.dataset import shuffle_bins
from workflow_scripts.conformation.data.windows import part_firsts, segments, training_windows
from workflow_scripts.conformation.evaluation.predict_maps import predict_test
from workflow_scripts.conformation.evaluation.sigma import (
    average_sigma,
    backward_sigma,
    choose_width,
    inner_firsts,
    network_sigma,
    smooth,
)
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.networks import build_backward, build_forward
from workflow_scripts.conformation.models.orientation import orient
from workflow_scripts.conformation.training.fitting import (
    MapSamples,
    SigmaSamples,
    fill_masked,
    train,
)
from workflow_scripts.conformation.training.train_forward import network_maker

W, N = 6, 500
WEIGHTS = np.array([3.0, 1.5, -3.0, 0.0])


@pytest.fixture(scope="module")
def planted():
    """A map made by one planted filter: bins alike in σ meet more."""
    rng = np.random.default_rng(0)
    # as in chromatin, factors go together: each follows activity, with a share of its own
    activity, *own = gaussian_filter1d(rng.standard_normal((5, N)), 1.5, axis=1)
    profiles = np.outer([1, 1, -1, 0], activity) + 0.5 * np.array(own)
    profiles = (profiles - profiles.min(1, keepdims=True)) / np.ptp(profiles, axis=1)[:, None]
    drive = WEIGHTS @ (profiles - profiles.mean(1, keepdims=True))
    sigma = 1 / (1 + np.exp(-2 * drive))
    oe = np.full((N, W), np.nan)
    for d in range(W):
        oe[: N - d, d] = 0.5 + 1.5 * sigma[: N - d] * sigma[d:] + 0.05 * rng.random(N - d)
    oe[40] = np.nan  # a masked bin
    oe /= np.nanmean(oe, axis=0)
    part = np.repeat(["train", "valid", "test"], [300, 80, 120])
    data = genome({"a": N}, part, W)
    data = replace(
        data,
        profiles=profiles.astype("float32"),
        oe=oe.astype("float32"),
        factors=np.array(list("ABCD")),
    )
    return data, sigma


def settings(**changes):
    given = {"batch_size": 32, "epochs": 10, "rates": [5e-3]}
    return training_settings("default", "forward", given | changes)


def fitted(data, folder, *, seed=1, linear=False, **changes):
    training = settings(**changes)
    build = network_maker(
        data, network={"filters": 1, "dropout": 0.0}, training=training, linear=linear, seed=seed
    )
    windows = training_windows(data, seed)
    return train(
        build,
        samples={part: MapSamples(data, found) for part, found in windows.items()},
        error=MaskedSquaredError(training["target"]),
        training=training,
        seed=seed,
        folder=folder,
        fingerprint="x",
        checkpoint_seconds=1000,
    )


def test_samples_flip_profiles_and_maps_together(planted):
    data, sigma = planted
    firsts = np.array([5, 5])
    samples = MapSamples(data, (firsts, np.array([False, True])))
    profiles, maps = samples.take(np.array([1, 0]))
    assert (profiles[0] == profiles[1][::-1]).all()
    i, j = np.triu_indices(W)
    square = np.zeros((W, W))
    square[i, j] = square[j, i] = maps[1]
    assert (square[::-1, ::-1][i, j] == maps[0]).all()
    _, inner = SigmaSamples(data, sigma, samples.windows).take(np.array([0, 1]))
    assert (inner[0] == sigma[5 + W : 5 + 2 * W]).all()
    assert (inner[0] == inner[1][::-1]).all()


def test_masked_pixels_are_expected_to_the_backward_network():
    filled = fill_masked(np.array([[np.nan, 0.0, 3.0]], "float32"))
    assert (filled == [[1, 0, 3]]).all()
    assert filled.dtype == "float32"


@pytest.fixture(scope="module")
def forward(planted, tmp_path_factory):
    return fitted(planted[0], tmp_path_factory.mktemp("forward") / "ck")[0]


def test_planted_filter_is_found(planted, forward):
    data, sigma = planted
    orient(forward, data.profiles, sigma)
    kernel = forward.get_layer("sigma").get_weights()[0][0, :, 0]
    assert (np.sign(kernel[:3]) == np.sign(WEIGHTS[:3])).all()
    assert abs(kernel[3]) < abs(kernel[:3]).min() / 2
    found = network_sigma(forward, data.profiles)[:, 0]
    assert np.corrcoef(found, sigma)[0, 1] > 0.9
    assert np.nanmean(predict_test(forward, data, data.profiles).window_r) > 0.7


def test_linear_network_learns_too(planted, tmp_path):
    data = planted[0]
    linear = fitted(data, tmp_path / "ck", linear=True, target="oe", rates=[2e-2])[0]
    assert np.nanmean(predict_test(linear, data, data.profiles).window_r) > 0.5


def test_shuffled_bins_are_at_chance(planted, tmp_path):
    data = shuffle_bins(planted[0], 1)
    network = fitted(data, tmp_path / "ck", epochs=8)[0]
    assert abs(np.nanmean(predict_test(network, data, data.profiles).window_r)) < 0.15


def test_overfits_eight_windows(planted):
    data, _ = planted
    x, y = MapSamples(data, (np.arange(100, 180, 10), np.zeros(8, bool))).take(np.arange(8))
    network = build_forward(
        n_factors=4, window=W, hidden=(40, 40), dropout=0.0, output_bias=1.0, seed=1
    )
    network.compile(keras.optimizers.Adam(5e-3), loss=MaskedSquaredError("oe"))
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
            return {"watch": float(np.abs(model.get_weights()[0]).sum())}

        fit_resumable(
            network, samples, None, score=score, watch="watch", epochs=3, patience=0,
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
        network.compile(keras.optimizers.SGD(0.1), loss=MaskedSquaredError("oe"))
        history = fit_resumable(
            network, inputs, targets, score=lambda model: {"watch": 0.0}, watch="watch", epochs=1,
            patience=0, batch_size=32, seed=1, folder=tmp_path / "ck", fingerprint="x",
        )  # fmt: skip
        return network.get_weights(), history.loss[0]

    monkeypatch.setattr("workflow_scripts.chromaloom.ml.training.BLOCK", 70)
    (lazy, loss), (whole, loss2) = run(MapSamples(data, windows), None), run(x, y)
    assert loss == pytest.approx(loss2, rel=1e-5)
    for one, two in zip(lazy, whole, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_rate_is_chosen_on_validation_and_a_diverging_one_is_left_out(planted, tmp_path):
    _, history, rate = fitted(
        planted[0], tmp_path / "ck", optimiser="sgd", rates=[1e-6, 0.3, 1e20], trial_epochs=2,
        epochs=2, start="random", target="oe",
    )  # fmt: skip
    assert rate == 0.3
    assert len(history) == 2
    with pytest.raises(UserError, match=r"each of the rates \[1e\+20, 1e\+21\] diverged"):
        fitted(
            planted[0], tmp_path / "ck", optimiser="sgd", rates=[1e20, 1e21], trial_epochs=2,
            target="oe",
        )  # fmt: skip


def test_presets_take_one_of_batch_size_and_steps():
    paper = training_settings("paper", "forward", {})
    assert (paper["steps"], paper["optimiser"], paper["momentum"]) == (30, "sgd", 0.0)
    assert paper["target"] == "oe"
    assert "steps" not in training_settings("paper", "forward", {"batch_size": 8})
    assert "batch_size" not in training_settings("default", "backward", {"steps": 8})
    for preset in PRESETS.values():
        assert set(preset) == {"forward", "backward"}


# ------------------------------------------------------------------ backward


def test_backward_network_sees_the_planted_sigma(planted, tmp_path):
    data, sigma = planted
    windows = training_windows(data, 1)
    network, _, _ = train(
        lambda: build_backward(window=W, seed=1),
        samples={part: SigmaSamples(data, sigma.astype("float32"), found)
                 for part, found in windows.items()},
        error=MaskedSquaredError("oe"),
        training=training_settings(
            "default", "backward", {"batch_size": 32, "epochs": 10, "rates": [5e-3]}
        ),
        seed=1,
        folder=tmp_path / "ck",
        fingerprint="x",
        checkpoint_seconds=1000,
    )  # fmt: skip
    test = next(s for s in segments(data) if s.part == "test")
    firsts = inner_firsts(test, W)
    seen = average_sigma(backward_sigma(network, data, firsts).mean(0), firsts, N)
    inside = np.arange(test.start, test.stop)
    assert np.isfinite(seen[inside]).all()  # up to the segment's ends
    assert np.isnan(np.delete(seen, inside)).all()
    assert np.corrcoef(seen[inside], sigma[inside])[0, 1] > 0.8


def test_average_of_sigma_windows_against_a_naive_loop():
    rng, firsts = np.random.default_rng(0), np.array([0, 2, 2, 9])
    windows = rng.random((4, W))
    values = {}
    for first, row in zip(firsts, windows, strict=True):
        for k, value in enumerate(row):
            values.setdefault(first + W + k, []).append(value)
    expected = [np.mean(values[b]) if b in values else np.nan for b in range(40)]
    np.testing.assert_allclose(average_sigma(windows, firsts, 40), expected)


def test_smoothing_width_is_the_one_that_made_the_track(planted):
    data, sigma = planted
    true = smooth(sigma, data, 2)
    rows = np.arange(300, 380)
    width, agreement = choose_width(sigma, true, data, [0.5, 1, 2, 4], rows)
    assert width == 2
    assert agreement[2] == pytest.approx(1)
    assert (np.diff([agreement[w] for w in (0.5, 1, 2)]) > 0).all()


def test_smoothing_stays_within_a_chromosome():
    data = genome({"a": 20, "b": 20}, np.full(40, "train"), W)
    values = np.repeat([0.0, 1.0], 20)
    assert (smooth(values, data, 3) == values).all()


def test_no_window_in_a_part_is_told(planted, tmp_path):
    data = replace(planted[0], part=np.where(planted[0].part == "train", "none", planted[0].part))
    with pytest.raises(UserError, match="no window in part train"):
        fitted(data, tmp_path / "ck")


def test_first_bins_of_inner_windows_reach_both_ends():
    firsts = inner_firsts(segments(genome({"a": 30}, np.full(30, "test"), W))[0], W)
    assert (firsts[0] + W, firsts[-1] + 2 * W) == (0, 30)
    assert len(part_firsts(genome({"a": 30}, np.full(30, "test"), W), "test")) == 30 - 3 * W + 1
