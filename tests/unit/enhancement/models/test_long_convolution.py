"""The fused layer for long sequences against the separate layers, forward and backward."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sequence_reference import convolve, one_hot

from workflow_scripts.enhancement.models.long_convolution import ConvPool, conv_pool, tile_length

EPSILON = 1e-3


@pytest.mark.parametrize("length", [1_000_000, 500_000, 31_250, 15_625, 97, 8])
def test_tiles_fill_a_sequence(length):
    tile = tile_length(length, 4096)
    assert length % tile == 0
    assert tile == length or (tile % 2 == 0 and 512 <= tile <= 4096)


def test_a_sequence_without_divisor_is_one_tile():
    assert tile_length(2 * 10_007, 4096) == 2 * 10_007  # a prime's double
    assert tile_length(1_000_000, 4096) == 4000
    assert tile_length(1_000_000, 0) == 1_000_000


def plain(x, kernel, gamma, beta, statistics):
    """Convolution, normalization and pooling of the backend as separate steps."""
    y = tf.nn.conv1d(x, kernel, 1, "SAME")
    mean, variance = statistics or tf.nn.moments(y, (0, 1))
    z = (y - mean) / tf.sqrt(variance + EPSILON) * gamma + beta
    half = z.shape[1] // 2
    pairs = tf.reshape(z[:, : 2 * half], (z.shape[0], half, 2, -1))
    return tf.reduce_max(pairs, 2), mean, variance


def gradients(make, variables):
    """Results of a step, and gradients of a randomly weighted sum."""
    with tf.GradientTape() as tape:
        tape.watch(variables)
        made, mean, variance = make()
        weights = np.random.default_rng(1).normal(size=made.shape).astype("float32")
        total = tf.reduce_sum(made * weights) + tf.reduce_sum(made**2)
    return [made, mean, variance, *tape.gradient(total, variables)]


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("length", "size", "tile"),
    [(64, 5, 0), (64, 5, 8), (64, 3, 16), (65, 5, 8), (64, 1, 16), (48, 11, 24)],
)
def test_gradients_are_those_of_the_layers(length, size, tile, known):
    rng = np.random.default_rng(0)
    shapes = [(2, length, 6), (size, 6, 7), (7,), (7,)]
    x, kernel, gamma, beta = (tf.constant(rng.normal(size=s), tf.float32) for s in shapes)
    x = tf.where(tf.abs(x) < 0.05, 0.0, x)
    statistics = (beta / 3, gamma**2 + 0.5) if known else None
    found = gradients(
        lambda: conv_pool(x, kernel, gamma, beta, statistics, epsilon=EPSILON, tile=tile),
        [x, kernel, gamma, beta],
    )
    wanted = gradients(
        lambda: plain(tf.nn.relu(x), kernel, gamma, beta, statistics), [x, kernel, gamma, beta]
    )
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5 * np.abs(other).max())


@pytest.mark.parametrize(("length", "tile"), [(64, 0), (64, 16), (63, 16)])
def test_codes_are_one_hot_sequences(length, tile):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (2, length)).astype("uint8")
    codes[:, 20:50] = 4  # in a stretch of N, equal values compete for the maximum
    kernel, gamma, beta = (
        tf.constant(rng.normal(size=s), tf.float32) for s in [(11, 4, 7), (7,), (7,)]
    )
    found = gradients(
        lambda: conv_pool(
            tf.constant(codes), kernel, gamma, beta, epsilon=EPSILON, tile=tile
        ), [kernel, gamma, beta],
    )  # fmt: skip
    x = tf.constant(one_hot(codes), tf.float32)
    wanted = gradients(lambda: plain(x, kernel, gamma, beta, None), [kernel, gamma, beta])
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5 * np.abs(other).max())


def test_the_convolution_is_that_of_a_loop():
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(1, 12, 2)), rng.normal(size=(3, 2, 3))
    padded = np.pad(x[0], ((1, 1), (0, 0)))
    slow = [sum(padded[t + k] @ kernel[k] for k in range(3)) for t in range(12)]
    np.testing.assert_allclose(convolve(x, kernel)[0], slow, rtol=1e-12)


def test_moving_statistics_are_those_of_batch_normalisation():
    rng = np.random.default_rng(0)
    x = rng.normal(1, 2, (2, 40, 3)).astype("float32")
    layer = ConvPool(4, 3, momentum=0.9, epsilon=EPSILON, tile=8)
    layer(x, training=True)
    y = convolve(np.maximum(x, 0), np.array(layer.kernel))
    np.testing.assert_allclose(layer.moving_mean, 0.1 * y.mean((0, 1)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * y.var((0, 1)), rtol=1e-4)
    before = np.array(layer.moving_mean)
    layer(x, training=False)
    np.testing.assert_array_equal(layer.moving_mean, before)


def test_a_frozen_layer_keeps_its_statistics():
    x = np.random.default_rng(0).normal(size=(2, 40, 3)).astype("float32")
    layer = ConvPool(4, 3)
    layer.build(x.shape)
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), layer(x, training=False))
    np.testing.assert_array_equal(layer.moving_variance, np.ones(4))


def test_16_bit_computation_keeps_statistics_in_32():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (2, 400)).astype("uint8")
    whole, half = (ConvPool(8, 5, tile=40, dtype=d) for d in ("float32", "mixed_bfloat16"))
    whole.build(codes.shape)
    half.build(codes.shape)
    half.set_weights(whole.get_weights())
    found = half(codes, training=True)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    assert half.moving_mean.dtype == "float32"
    np.testing.assert_allclose(np.array(tf.cast(found, "float32")),
                               whole(codes, training=True), atol=0.1)  # fmt: skip
