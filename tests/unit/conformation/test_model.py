import keras
import numpy as np
import pytest
from keras import ops

from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.models.losses import SCALES, MaskedSquaredError
from workflow_scripts.conformation.models.networks import (
    backward_sizes,
    build_backward,
    build_forward,
    decoder_model,
    forward_sizes,
    sigma_model,
)
from workflow_scripts.conformation.models.orientation import (
    mirror_filter,
    orient,
    reference_track,
    start_at_components,
)


def predicted(network, values):
    return ops.convert_to_numpy(network(values))


def profiles(n=5, w=6, factors=4, seed=0):
    return np.random.default_rng(seed).random((n, 3 * w, factors)).astype("float32")


def test_the_paper_s_sizes():
    assert forward_sizes(80) == [460, 881, 1690]
    assert backward_sizes(80) == [943, 274]
    network = build_forward(n_factors=50, window=80)
    assert network.count_params() == 7_486_472
    assert network.output_shape == (None, 3240)
    assert build_backward(window=80).output_shape == (None, 80)


@pytest.mark.parametrize(("filters", "linear"), [(1, False), (3, False), (1, True), (2, True)])
def test_the_halves_make_the_whole(filters, linear):
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


def test_penalty_is_on_the_filter_alone():
    network = build_forward(n_factors=4, window=6, l2=0.5)
    kernel = network.get_layer("sigma").get_weights()[0]
    assert float(sum(network.losses)) == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-5)


@pytest.mark.parametrize(("filters", "linear"), [(1, False), (3, False), (2, True)])
def test_mirroring_a_filter_leaves_the_output(filters, linear):
    network = build_forward(n_factors=4, window=6, filters=filters, linear=linear, seed=2)
    values = profiles()
    before, sigma = predicted(network, values), predicted(sigma_model(network), values)
    mirror_filter(network, filters - 1)
    np.testing.assert_allclose(predicted(network, values), before, atol=1e-6)
    turned = predicted(sigma_model(network), values)[..., -1]
    np.testing.assert_allclose(turned, (0 if linear else 1) - sigma[..., -1], atol=1e-6)


def test_orientation_follows_the_reference():
    track = np.random.default_rng(3).random((4, 200)).astype("float32")
    for seed in range(4):
        network = build_forward(n_factors=4, window=6, filters=2, seed=seed)
        reference = track[0] - track[1]
        reference[::7] = np.nan
        orient(network, track, reference)
        known = np.isfinite(reference)
        # the sigmoid's input: σ itself is a monotone function of it
        kernel, bias = network.get_layer("sigma").get_weights()
        for drive in (track.T @ kernel[0] + bias).T:
            assert np.corrcoef(drive[known], reference[known])[0, 1] > 0
        assert orient(network, track, reference) == [False, False]


def test_orientation_without_activity_takes_the_sum_of_profiles():
    track = np.random.default_rng(3).random((4, 20))
    known, name = reference_track(np.repeat([0.0, 1.0, np.nan], [5, 5, 10]), track)
    assert name == "activity"
    assert np.isnan(known[10:]).all()
    for nothing in (None, np.full(20, np.nan), np.ones(20)):
        assert (reference_track(nothing, track)[0] == track.sum(0)).all()


def test_filters_start_at_the_principal_components():
    rng = np.random.default_rng(4)
    hidden = rng.standard_normal(500)
    track = (np.outer([1, -1, 0.5, 0], hidden) + 0.1 * rng.random((4, 500))).astype("float32")
    network = build_forward(n_factors=4, window=6, filters=2)
    start_at_components(network, track)
    kernel, bias = network.get_layer("sigma").get_weights()
    drive = track.T @ kernel[0] + bias
    assert abs(np.corrcoef(drive[:, 0], hidden)[0, 1]) > 0.99
    np.testing.assert_allclose(drive.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(drive.std(0), 1.5, rtol=1e-3)
    assert abs(np.corrcoef(drive.T)[0, 1]) < 1e-3


# ------------------------------------------------------------------ loss


@pytest.mark.parametrize("scale", SCALES)
def test_masked_pixels_give_neither_loss_nor_gradient(scale):
    rng = np.random.default_rng(5)
    truth, guess = rng.random((2, 3, 8)).astype("float32")
    masked = truth.copy()
    masked[:, 2] = np.nan
    masked[1] = np.nan
    known = np.isfinite(masked)
    error = MaskedSquaredError(scale)
    change = [np.asarray(SCALES[scale](x)) for x in (guess, truth)]
    expected = ((change[0] - change[1])[known] ** 2).mean()
    assert float(error(masked, guess)) == pytest.approx(expected, rel=1e-4)

    # the slope of the loss by each pixel, by differences, is 0 where it is masked
    def loss(at, step):
        moved = guess.astype("float64")
        moved[at] += step
        return float(error(masked.astype("float64"), moved))

    assert loss((1, 0), 0.1) == loss((1, 0), 0) == loss((0, 2), 0.1)
    assert loss((0, 0), 0.1) != loss((0, 0), 0)


def test_a_training_step_with_masked_targets_stays_finite():
    network = build_forward(n_factors=4, window=6, output_bias=1.0)
    network.compile(keras.optimizers.SGD(0.1), loss=MaskedSquaredError("log1p"))
    targets = np.ones((5, 21), "float32")
    targets[:, 3] = np.nan
    targets[0] = np.nan
    targets[:, 4] = 2
    before = network.get_layer("pixels").get_weights()[1]
    network.fit(profiles(), targets, verbose=0)
    after = network.get_layer("pixels").get_weights()[1]
    assert all(np.isfinite(values).all() for values in network.get_weights())
    assert before[3] == after[3]  # no gradient
    assert before[4] != after[4]


def test_a_batch_without_any_measured_pixel_has_no_loss():
    empty = np.full((2, 4), np.nan, "float32")
    assert float(MaskedSquaredError()(empty, np.ones((2, 4), "float32"))) == 0
