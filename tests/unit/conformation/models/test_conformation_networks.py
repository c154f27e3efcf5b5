import numpy as np
import pytest
from keras import ops

from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.models.networks import (
    backward_hidden_units,
    build_backward,
    build_forward,
    decoder_model,
    forward_hidden_units,
    sigma_model,
)


def predicted(network, values):
    return ops.convert_to_numpy(network(values))


def profiles(n=5, w=6, factors=4, seed=0):
    return np.random.default_rng(seed).random((n, 3 * w, factors)).astype("float32")


def test_sizes_are_those_of_the_paper():
    assert forward_hidden_units(80) == [460, 881, 1690]
    assert backward_hidden_units(80) == [943, 274]
    network = build_forward(n_factors=50, window=80)
    assert network.count_params() == 7_486_472
    assert network.output_shape == (None, 3240)
    assert build_backward(window=80).output_shape == (None, 80)


@pytest.mark.parametrize(("filters", "linear"), [(1, False), (3, False), (1, True), (2, True)])
def test_sigma_model_and_decoder_make_the_network(filters, linear):
    network = build_forward(n_factors=4, window=6, filters=filters, linear=linear, seed=1)
    values = profiles()
    sigma = predicted(sigma_model(network), values)
    assert sigma.shape == (5, 18, filters)
    np.testing.assert_allclose(
        predicted(decoder_model(network), sigma), predicted(network, values), atol=1e-6
    )
    track = values.reshape(-1, 4).T
    np.testing.assert_allclose(network_sigma(network, track), sigma.reshape(-1, filters), atol=1e-6)


def test_linear_network_is_linear():
    network = build_forward(n_factors=4, window=6, linear=True, seed=1)
    one, two = profiles(seed=1), profiles(seed=2)
    zero = predicted(network, 0 * one)
    total = predicted(network, one) + predicted(network, two) - zero
    np.testing.assert_allclose(predicted(network, one + two), total, atol=1e-5)


def test_l2_is_on_the_filter_only():
    network = build_forward(n_factors=4, window=6, l2=0.5)
    kernel = network.get_layer("sigma").get_weights()[0]
    assert float(sum(network.losses)) == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-5)
