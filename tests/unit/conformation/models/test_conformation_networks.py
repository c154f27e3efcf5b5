import numpy as np
import pytest
from conformation_networks import evaluated_at, random_profiles

from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.models.networks import (
    backward_hidden_units,
    build_backward,
    build_forward,
    decoder_model,
    forward_hidden_units,
    sigma_model,
)


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
    values = random_profiles()
    sigma = evaluated_at(sigma_model(network), values)
    assert sigma.shape == (5, 18, filters)
    np.testing.assert_allclose(
        evaluated_at(decoder_model(network), sigma), evaluated_at(network, values), atol=1e-6
    )
    track = values.reshape(-1, 4).T
    np.testing.assert_allclose(network_sigma(network, track), sigma.reshape(-1, filters), atol=1e-6)


def test_linear_network_is_linear():
    network = build_forward(n_factors=4, window=6, linear=True, seed=1)
    one, two = random_profiles(seed=1), random_profiles(seed=2)
    zero = evaluated_at(network, 0 * one)
    total = evaluated_at(network, one) + evaluated_at(network, two) - zero
    np.testing.assert_allclose(evaluated_at(network, one + two), total, atol=1e-5)


def test_l2_is_on_the_filter_only():
    network = build_forward(n_factors=4, window=6, l2=0.5)
    kernel = network.get_layer("sigma").get_weights()[0]
    assert float(sum(network.losses)) == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-5)
