"""Terms of the image models' losses."""

import keras
import numpy as np
import pytest

from workflow_scripts.enhancement.config.presets import (
    AUTOENCODERS,
    IMAGE_MODELS,
    PAPER,
    RELEASED_CODE,
)
from workflow_scripts.enhancement.models.autoencoders import (
    build_dae,
    build_vae,
    dae_features,
    vae_encoder,
)
from workflow_scripts.enhancement.models.losses import (
    discriminator_loss,
    feature_loss,
    generator_loss,
    image_loss_terms,
    insulation_sizes,
    insulation_vector,
    perceptual_loss,
    total_variation,
)


def naive_vector(matrix, window, reach):
    """A loop: squares along the diagonal, their logarithms, and differences of runs of them."""
    n = len(matrix)
    means = [matrix[i : i + window, i : i + window].mean() for i in range(n - window + 1)]
    level = [np.log2(value / np.mean(means)) for value in means]
    return [
        np.mean(level[i + reach : i + 2 * reach]) - np.mean(level[i : i + reach])
        for i in range(len(level) - 2 * reach + 1)
    ]


@pytest.mark.parametrize(("n", "window", "reach"), [(40, 10, 10), (28, 3, 3), (31, 4, 6)])
def test_insulation_vector_is_the_naive_loop(n, window, reach):
    maps = np.random.default_rng(n).uniform(0.05, 1, (3, n, n, 1)).astype("float32")
    found = np.asarray(insulation_vector(maps, window=window, reach=reach))
    expected = [naive_vector(m[..., 0].astype(float), window, reach) for m in maps]
    assert found.shape == (3, n - window - 2 * reach + 2)
    assert np.allclose(found, expected, atol=1e-5)


def test_insulation_vector_has_160_values_for_maps_of_188_bins():
    assert insulation_sizes(188) == {"window": 10, "reach": 10}
    maps = np.random.default_rng(0).random((1, 188, 188, 1)).astype("float32")
    assert insulation_vector(maps, **insulation_sizes(188)).shape == (1, 160)


def test_insulation_vector_is_scale_free_and_shows_a_border():
    bins = np.arange(60)
    near = np.where((bins[:, None] < 30) == (bins < 30), 1.0, 0.1)[None, ..., None]
    found = np.asarray(insulation_vector(near.astype("float32"), window=6, reach=5))
    assert np.allclose(
        found, insulation_vector((0.2 * near).astype("float32"), window=6, reach=5), atol=1e-5
    )
    falls, rises = found[0].argmin(), found[0].argmax()
    assert falls < rises  # contacts decrease into the border and increase after it
    assert falls + 5 + 3 < 30 < rises + 5 + 3


def test_empty_maps_have_a_finite_vector():
    assert np.isfinite(insulation_vector(np.zeros((1, 40, 40, 1), "float32"))).all()


def features_of(model):
    if AUTOENCODERS.get(model) == "vae":
        return vae_encoder(
            build_vae(size=28, latent_dim=5, filters=[4, 4], kernel_initializer="he_normal")
        )
    return dae_features(build_dae(size=28, filters=[4, 4]))


@pytest.mark.parametrize("model", IMAGE_MODELS)
def test_a_perfect_map_has_no_loss_and_another_has(model):
    rng = np.random.default_rng(0)
    high, fake = (rng.uniform(0.1, 1, (2, 28, 28, 1)).astype("float32") for _ in range(2))
    terms = image_loss_terms(PAPER[model], features_of(model), 28)
    assert set(terms) == set(PAPER[model]["training"]["loss_weights"]) - {"adversarial"}
    for name, term in terms.items():
        assert float(term.of(high, fake)) > 0
        if name != "total_variation":
            assert float(term.of(high, high)) == pytest.approx(0, abs=1e-7)


def test_vae_and_insulation_terms_are_absolute_as_printed_or_squared_as_in_the_code():
    # FAULTS B5: Eq. 5 and Eq. 6 print absolute differences, built were squares
    rng = np.random.default_rng(2)
    high, fake = (rng.uniform(0.1, 1, (2, 28, 28, 1)).astype("float32") for _ in range(2))
    encoder = features_of("image")
    vectors = [[naive_vector(m[..., 0].astype(float), 3, 3) for m in maps] for maps in (high, fake)]
    latent = [np.asarray(encoder(maps, training=False), float) for maps in (high, fake)]
    gaps = {"insulation": np.subtract(*vectors), "vae": np.subtract(*latent)}
    for preset, mean in (
        (PAPER, lambda gap: np.abs(gap).mean()),
        (RELEASED_CODE, lambda gap: (gap**2).mean()),
    ):
        terms = image_loss_terms(preset["image"], encoder, 28)
        for name, gap in gaps.items():
            assert float(terms[name].of(high, fake)) == pytest.approx(mean(gap), rel=1e-3)


def test_total_variation_is_that_of_adjacent_pixels():
    fake = np.random.default_rng(0).random((1, 9, 9, 1))
    down, right = (np.diff(fake[0, ..., 0], axis=axis) for axis in (0, 1))
    expected = (down**2).mean() + (right**2).mean()
    assert float(total_variation(None, fake)) == pytest.approx(expected, rel=1e-5)


def test_hicsr_compares_all_layers_and_deephic_the_last():
    features = features_of("hicsr")
    rng = np.random.default_rng(1)
    a, b = (rng.random((1, 28, 28, 1)).astype("float32") for _ in range(2))
    ours, theirs = (
        [np.asarray(layer) for layer in features(maps, training=False)] for maps in (a, b)
    )
    gaps = [((x - y) ** 2).mean() for x, y in zip(ours, theirs, strict=True)]
    assert float(feature_loss(features)(a, b)) == pytest.approx(sum(gaps), rel=1e-5)
    assert float(perceptual_loss(features)(a, b)) == pytest.approx(gaps[-1], rel=1e-5)


def test_adversarial_losses_are_cross_entropies():
    real, judged = (keras.ops.convert_to_tensor(v, "float32") for v in ([2.0, -1.0], [0.5, 3.0]))
    chance = 1 / (1 + np.exp(-np.array([0.5, 3.0])))
    sure = 1 / (1 + np.exp(-np.array([2.0, -1.0])))
    assert float(generator_loss(judged, "entropy")) == pytest.approx(
        -np.log(chance).mean(), rel=1e-5
    )
    assert float(generator_loss(judged, "linear")) == pytest.approx((1 - chance).mean(), rel=1e-5)
    expected = -0.5 * np.log(sure).mean() - 0.5 * np.log(1 - chance).mean()
    assert float(discriminator_loss(real, judged)) == pytest.approx(expected, rel=1e-5)
