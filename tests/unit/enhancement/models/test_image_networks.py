"""Published sizes of the image networks, and comparison with a NumPy reference."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from workflow_scripts.enhancement.models import autoencoders, image_models
from workflow_scripts.enhancement.models.layers import EPSILON, halved_sizes


def trainable(network):
    return sum(int(np.prod(w.shape)) for w in network.trainable_variables)


def test_published_numbers_of_parameters():
    generator = image_models.build_generator(size=200)
    discriminator = image_models.build_discriminator(size=188)
    assert trainable(generator) == 2_258_369
    assert generator.output_shape == (None, 188, 188, 1)
    assert trainable(discriminator) == 1_551_168
    assert discriminator.output_shape == (None, 12, 12, 1)
    assert trainable(image_models.build_hicplus(size=200)) == 929
    assert image_models.build_hicplus(size=200).output_shape == (None, 188, 188, 1)
    assert trainable(image_models.build_deephic_generator(size=200, crop=6)) == 418_049


def test_published_vae():
    network = autoencoders.build_vae(size=188)
    assert halved_sizes(188) == [188, 94, 47, 24, 12, 6, 3]
    assert trainable(network) == 7_098_737
    assert network.output_shape == (None, 188, 188, 1)
    assert autoencoders.vae_encoder(network).output_shape == (None, 200)


@pytest.mark.parametrize("size", [20, 28, 37, 64])
def test_depth_of_the_autoencoders_follows_from_the_size(size):
    network = autoencoders.build_vae(size=size, latent_dim=7, filters=[4, 6, 8])
    assert network.output_shape == (None, size, size, 1)
    assert len(autoencoders.widths(size, [4, 6, 8])) == len(halved_sizes(size)) - 1
    assert halved_sizes(size)[-1] <= 3 < halved_sizes(size)[-2]
    assert autoencoders.build_dae(size=size, filters=[4, 4]).output_shape == (None, size, size, 1)


# reference implementation, in float64


def conv(x, kernel, bias=0.0, stride=1, pad=0):
    """x (h, w, c) with kernel (k, k, c, filters)."""
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    found = [
        sum(correlate2d(x[..., i], kernel[..., i, f], "valid") for i in range(x.shape[-1]))
        for f in range(kernel.shape[-1])
    ]
    return np.stack(found, -1)[::stride, ::stride] + bias


class Weights:
    """Weights of a network, layer by layer."""

    def __init__(self, network):
        kinds = (keras.layers.Conv2D, keras.layers.BatchNormalization)
        layers = [layer for layer in network.layers if isinstance(layer, kinds)]
        self.left = [[np.array(w, "float64") for w in layer.get_weights()] for layer in layers]

    def conv(self, x, **more):
        return conv(x, *self.left.pop(0), **more)

    def norm(self, x):
        gain, shift, mean, variance = self.left.pop(0)
        return (x - mean) / np.sqrt(variance + EPSILON) * gain + shift


def spread_statistics(network, seed=3):
    """Set all weights and the statistics of batch normalization to random values."""
    rng = np.random.default_rng(seed)
    for weight in network.variables:
        if "seed" not in weight.path:
            noise = rng.normal(0, 0.1, weight.shape)
            weight.assign(np.abs(noise) + 0.5 if "variance" in weight.path else weight + noise)


def reference_generator(network, x, blocks, tail, batch_norm, residual, symmetric, keep_mean):
    weights, low = Weights(network), x
    norm = weights.norm if batch_norm else lambda values: values
    first = x = np.maximum(weights.conv(x), 0)
    for _ in range(blocks):
        y = np.maximum(norm(weights.conv(x, pad=1)), 0)
        x = x + norm(weights.conv(y, pad=1))
    x = norm(weights.conv(x, pad=1)) + first
    for _ in range(tail + 1):
        x = weights.conv(x)
    if residual:
        inside = np.clip(low[6:-6, 6:-6], image_models.LOGIT_MARGIN, 1 - image_models.LOGIT_MARGIN)
        x = x + np.log(inside / (1 - inside))
    x = (x + x.swapaxes(0, 1)) / 2 if symmetric else x
    assert not weights.left
    x = 1 / (1 + np.exp(-x))
    return np.clip(x + low[6:-6, 6:-6].mean() - x.mean(), 0, 1) if keep_mean else x


@pytest.mark.parametrize("ours", [False, True])
def test_generator_equals_the_reference(ours):
    settings = {"batch_norm": not ours, "residual": ours, "symmetric": ours, "keep_mean": ours}
    network = image_models.build_generator(
        size=22,
        filters=5,
        blocks=3,
        tail=[6, 7, 5, 4],
        seed=1,
        kernel_initializer="he_normal",
        **settings,
    )
    spread_statistics(network)
    maps = np.random.default_rng(0).random((2, 22, 22, 1)).astype("float32")
    found = np.asarray(network(maps, training=False))
    for x, y in zip(maps, found, strict=True):
        expected = reference_generator(network, x.astype(float), 3, 4, **settings)
        assert np.abs(y - expected).max() < 1e-4
    assert found.std() > 0.01


def test_discriminator_equals_the_reference():
    network = image_models.build_discriminator(
        size=21, filters=[3, 4, 5], kernel_initializer="he_normal"
    )
    spread_statistics(network)
    maps = np.random.default_rng(0).random((1, 21, 21, 1)).astype("float32")
    weights, x = Weights(network), maps[0].astype(float)
    for number in range(3):
        x = weights.conv(x, stride=2, pad=1)
        x = weights.norm(x) if number else x
        x = np.where(x > 0, x, 0.2 * x)
    expected = weights.conv(x)
    assert np.abs(np.asarray(network(maps, training=False))[0] - expected).max() < 1e-4


def test_upsampling_is_the_transpose_of_downsampling():
    """<down(x), y> = <x, up(y)> with one kernel: sizes and padding are those of PyTorch."""
    rng = np.random.default_rng(0)
    for size in (12, 23):
        small = -(-size // 2)
        x, y = rng.random((size, size)), rng.random((small, small))
        network = autoencoders.build_dae(
            size=size, filters=[1], noise_stddev=0.0, kernel_initializer="he_normal"
        )
        down = next(layer for layer in network.layers if type(layer) is keras.layers.Conv2D)
        up = next(v for v in network.layers if isinstance(v, keras.layers.Conv2DTranspose))
        kernel = rng.random((3, 3, 1, 1)).astype("float32")
        down.set_weights([kernel, np.zeros(1)])
        up.set_weights([kernel, np.zeros(1)])
        crop = network.layers[network.layers.index(up) + 1]
        padded = np.pad(x, 1)[None, ..., None].astype("float32")
        left = (np.asarray(down(padded))[0, ..., 0] * y).sum()
        right = (np.asarray(crop(up(y[None, ..., None].astype("float32"))))[0, ..., 0] * x).sum()
        assert left == pytest.approx(right, rel=1e-5)


def test_residual_generator_starts_as_its_input():
    network = image_models.build_generator(
        size=24, filters=4, blocks=1, tail=[4] * 4, residual=True, kernel_initializer="he_normal"
    )
    maps = np.random.default_rng(0).uniform(0.1, 0.9, (1, 24, 24, 1)).astype("float32")
    assert np.allclose(network(maps), maps[:, 6:-6, 6:-6], atol=1e-6)


def test_generator_keeps_the_mean_of_its_input():
    network = image_models.build_generator(
        size=24, filters=4, blocks=1, tail=[4] * 4, keep_mean=True, kernel_initializer="normal"
    )
    maps = np.random.default_rng(0).uniform(0.1, 0.4, (3, 24, 24, 1)).astype("float32")
    found = np.asarray(network(maps))
    given = maps[:, 6:-6, 6:-6]
    assert np.allclose(found.mean((1, 2)), given.mean((1, 2)), atol=1e-4)
    assert np.abs(found - given).mean() > 0.01


def test_symmetric_generator_of_symmetric_maps():
    network = image_models.build_generator(
        size=24, filters=4, blocks=1, tail=[4] * 4, symmetric=True, kernel_initializer="he_normal"
    )
    maps = np.random.default_rng(0).random((1, 24, 24, 1)).astype("float32")
    found = np.asarray(network(maps + maps.swapaxes(1, 2)))
    assert np.allclose(found, found.swapaxes(1, 2), atol=1e-6)
    assert found.std() > 0


def test_seeds_set_the_weights():
    one, same, other = (
        image_models.build_generator(size=24, filters=4, blocks=1, tail=[4] * 4, seed=seed)
        for seed in (1, 1, 2)
    )
    pairs = list(zip(one.get_weights(), same.get_weights(), other.get_weights(), strict=True))
    assert all((a == b).all() for a, b, _ in pairs)
    assert any((a != c).any() for a, _, c in pairs)
    kernels = [a for a, _, _ in pairs if a.ndim == 4 and a.shape == (3, 3, 4, 4)]
    assert (kernels[0] != kernels[1]).any()


def test_encoder_is_frozen():
    network = autoencoders.build_vae(size=20, latent_dim=4, filters=[4, 4])
    part = autoencoders.vae_encoder(network)
    assert not part.trainable_variables
    maps = np.random.default_rng(0).random((2, 20, 20, 1)).astype("float32")
    before = [np.array(w) for w in network.get_weights()]
    assert np.array_equal(part(maps, training=False), part(maps, training=False))
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))
