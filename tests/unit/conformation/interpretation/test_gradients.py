import keras
import numpy as np
import pytest
from conformation_networks import dense_network

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.interpretation import gradients
from workflow_scripts.conformation.interpretation.gradients import (
    as_float64,
    check_gradients,
    gradients_at,
)
from workflow_scripts.conformation.models.networks import (
    build_backward,
    build_forward,
    decoder_model,
)

W = 6  # bins of a window in these tests


def test_gradients_of_a_linear_decoder_are_its_weights():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3 * W * 2, 21)).astype("float32")
    network = dense_network(weights, shape=(3 * W, 2))
    found = gradients_at(network, rng.random((5, 3 * W, 2)), [20, 3, 3])
    assert found.shape == (5, 3, 3 * W, 2)
    for number, output in enumerate([20, 3, 3]):
        expected = weights[:, output].reshape(3 * W, 2)
        assert found[:, number] == pytest.approx(np.tile(expected, (5, 1, 1)))


def test_gradients_of_a_sigmoid_are_exact_and_independent_of_batches(monkeypatch):
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(8, 3)).astype("float32")
    network = dense_network(weights, bias=0.3, activation="sigmoid")
    x = rng.normal(size=(7, 8)).astype("float32")
    y = 1 / (1 + np.exp(-(x @ weights + 0.3)))
    expected = (y * (1 - y))[:, :, None] * weights.T
    whole = gradients_at(network, x, [0, 1, 2])
    assert whole == pytest.approx(expected, abs=1e-5)
    monkeypatch.setattr(gradients, "MAX_VALUES", 50)
    assert len(list(gradients.output_gradients(network, x, [0, 1, 2]))) > 1
    assert gradients_at(network, x, [0, 1, 2]) == pytest.approx(whole, abs=1e-6)


def test_other_backends_are_rejected(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UserError, match="'jax'; expected: tensorflow"):
        gradients_at(dense_network(np.ones((2, 2))), np.ones((1, 2)), [0])


@pytest.mark.parametrize("kind", ["decoder", "whole", "backward"])
def test_small_networks_agree_with_central_differences(kind):
    rng = np.random.default_rng(2)
    forward = build_forward(n_factors=5, window=W, filters=2, output_bias=0.5, seed=3)
    network = {
        "decoder": decoder_model(forward),
        "whole": forward,
        "backward": build_backward(window=W, seed=3),
    }[kind]
    check = check_gradients(network, rng.random((4, *network.input_shape[1:])), pairs=200, seed=0)
    assert check.kept.mean() > 0.8
    assert check.error.max() < 1e-3


def test_networks_of_the_paper_agree_with_central_differences():
    rng = np.random.default_rng(3)
    forward = build_forward(n_factors=50, window=80, output_bias=0.5, seed=1)
    backward = build_backward(window=80, seed=1)
    for network in (decoder_model(forward), forward, backward):
        values = rng.random((2, *network.input_shape[1:]))
        check = check_gradients(network, values, pairs=40, seed=4)
        assert check.kept.sum() > 30
        assert check.error.max() < 1e-3


def test_the_check_finds_wrong_gradients_and_excludes_kinks(monkeypatch):
    rng = np.random.default_rng(4)
    network = dense_network(rng.normal(size=(6, 4)))
    right = gradients_at(network, np.zeros((1, 6)), [0, 1])
    # 0 is the kink of the ReLU of every output
    kinked = dense_network(rng.normal(size=(6, 4)), activation="relu")
    assert not check_gradients(kinked, np.zeros((1, 6)), pairs=30, seed=0).kept.any()
    monkeypatch.setattr(
        gradients, "gradients_at", lambda n, x, outputs: 1.01 * gradients_at(n, x, outputs)
    )
    check = check_gradients(network, np.zeros((1, 6)), pairs=30, seed=0)
    assert right.any()
    assert (check.error > 5e-3).all()


def test_the_float64_copy_has_the_same_weights_and_output():
    network = build_forward(n_factors=3, window=W, seed=2)
    copy = as_float64(network)
    assert all(
        np.array_equal(a, b) for a, b in zip(network.get_weights(), copy.get_weights(), strict=True)
    )
    x = np.random.default_rng(0).random((2, 3 * W, 3))
    found = keras.ops.convert_to_numpy(copy(keras.ops.convert_to_tensor(x)))
    assert found.dtype == "float64"
    assert found == pytest.approx(network.predict(x, verbose=0), abs=1e-5)
