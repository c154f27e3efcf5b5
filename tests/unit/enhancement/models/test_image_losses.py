"""The parts of the image models' losses."""

import keras
import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.image_presets import (
    DEFAULT,
    ENCODERS,
    MODELS,
    PAPER,
    image_crop,
    image_settings,
)
from workflow_scripts.enhancement.models import deephic, hicsr, vae
from workflow_scripts.enhancement.models.image_models import measures_of
from workflow_scripts.enhancement.models.insulation import insulation_sizes, insulation_vector
from workflow_scripts.enhancement.training.gan import fooled, told_apart


def naive_vector(matrix, window, reach):
    """A loop: squares along the diagonal, their logarithms, and the steps between runs of them."""
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


def test_insulation_vector_has_160_values_as_published():
    assert insulation_sizes(188) == {"window": 10, "reach": 10}
    maps = np.random.default_rng(0).random((1, 188, 188, 1)).astype("float32")
    assert insulation_vector(maps, **insulation_sizes(188)).shape == (1, 160)


def test_insulation_vector_knows_no_scale_and_shows_a_border():
    place = np.arange(60)
    near = np.where((place[:, None] < 30) == (place < 30), 1.0, 0.1)[None, ..., None]
    found = np.asarray(insulation_vector(near.astype("float32"), window=6, reach=5))
    assert np.allclose(
        found, insulation_vector((0.2 * near).astype("float32"), window=6, reach=5), atol=1e-5
    )
    falls, rises = found[0].argmin(), found[0].argmax()
    assert falls < rises  # contacts fall into the border and rise after it
    assert falls + 5 + 3 < 30 < rises + 5 + 3


def test_black_maps_have_a_finite_vector():
    assert np.isfinite(insulation_vector(np.zeros((1, 40, 40, 1), "float32"))).all()


def features_of(model):
    if ENCODERS.get(model) == "vae":
        return vae.encoder(vae.build_vae(size=28, latent=5, channels=[4, 4], start="he"))
    return vae.feature_model(vae.build_dae(size=28, channels=[4, 4]))


@pytest.mark.parametrize("model", MODELS)
def test_a_perfect_map_costs_nothing_and_another_something(model):
    rng = np.random.default_rng(0)
    high, fake = (rng.uniform(0.1, 1, (2, 28, 28, 1)).astype("float32") for _ in range(2))
    measures = measures_of(PAPER[model], features_of(model), 28)
    assert set(measures) == set(PAPER[model]["training"]["weights"]) - {"adversarial"}
    for name, measure in measures.items():
        assert float(measure.of(high, fake)) > 0
        if name != "variation":
            assert float(measure.of(high, high)) == pytest.approx(0, abs=1e-7)


def test_total_variation_is_that_of_neighbours():
    fake = np.random.default_rng(0).random((1, 9, 9, 1))
    down, right = (np.diff(fake[0, ..., 0], axis=axis) for axis in (0, 1))
    expected = (down**2).mean() + (right**2).mean()
    assert float(deephic.total_variation(None, fake)) == pytest.approx(expected, rel=1e-5)


def test_hicsr_compares_all_layers_and_deephic_the_last():
    features = features_of("hicsr")
    rng = np.random.default_rng(1)
    a, b = (rng.random((1, 28, 28, 1)).astype("float32") for _ in range(2))
    there, here = (
        [np.asarray(layer) for layer in features(maps, training=False)] for maps in (a, b)
    )
    gaps = [((x - y) ** 2).mean() for x, y in zip(there, here, strict=True)]
    assert float(hicsr.feature_loss(features)(a, b)) == pytest.approx(sum(gaps), rel=1e-5)
    assert float(deephic.perceptual(features)(a, b)) == pytest.approx(gaps[-1], rel=1e-5)


def test_adversarial_losses_are_cross_entropies():
    real, judged = (keras.ops.convert_to_tensor(v, "float32") for v in ([2.0, -1.0], [0.5, 3.0]))
    chance = 1 / (1 + np.exp(-np.array([0.5, 3.0])))
    sure = 1 / (1 + np.exp(-np.array([2.0, -1.0])))
    assert float(fooled(judged, "entropy")) == pytest.approx(-np.log(chance).mean(), rel=1e-5)
    assert float(fooled(judged, "linear")) == pytest.approx((1 - chance).mean(), rel=1e-5)
    apart = -0.5 * np.log(sure).mean() - 0.5 * np.log(1 - chance).mean()
    assert float(told_apart(real, judged)) == pytest.approx(apart, rel=1e-5)


def section(**changes):
    parts = ("network", "discriminator", "training", "baselines", "vae", "dae")
    empty = {part: {} for part in parts}
    return {"preset": "default", **empty, **changes}


def test_config_replaces_settings_where_it_means_them():
    changed = section(
        network={"filters": 3, "residual": False},
        training={"epochs": 99, "rate": 7.0, "weights": {"vae": 5.0}},
        baselines={"hicsr": {"training": {"rate": 8.0}}},
    )
    image, hicsr_, plus = (image_settings(changed, m) for m in ("image", "hicsr", "hicplus"))
    assert image["network"] == DEFAULT["image"]["network"] | {"filters": 3, "residual": False}
    assert image["training"]["weights"] == DEFAULT["image"]["training"]["weights"] | {"vae": 5.0}
    assert {s["training"]["epochs"] for s in (image, hicsr_, plus)} == {99}
    assert [s["training"]["rate"] for s in (image, hicsr_)] == [7.0, 8.0]
    assert plus == {
        **DEFAULT["hicplus"],
        "training": DEFAULT["hicplus"]["training"] | {"epochs": 99},
    }
    assert hicsr_["network"] == DEFAULT["hicsr"]["network"] | {"filters": 3}
    assert image_settings(section(), "image") == DEFAULT["image"]
    assert image_settings(section(vae={"epochs": 2}), "vae")["epochs"] == 2


def test_a_setting_that_a_model_lacks_is_refused():
    with pytest.raises(UserError, match=r"discriminator.filters is no setting of hicplus"):
        image_settings(
            section(baselines={"hicplus": {"discriminator": {"filters": [4]}}}), "hicplus"
        )
    # what all methods might share is not asked of those that lack it
    assert image_settings(section(discriminator={"filters": [4]}), "hicplus") == DEFAULT["hicplus"]


def test_presets_of_the_page():
    paper = image_settings(section(preset="paper"), "image")["training"]
    released = image_settings(section(preset="released_code"), "image")["training"]
    assert paper["weights"] == {"adversarial": 0.0025, "pixel": 1, "vae": 0.01, "insulation": 1}
    assert released["weights"] == paper["weights"] | {"vae": 0.001}
    assert (paper["rate"], paper["discriminator_rate"], paper["batch_size"]) == (5e-5, 1e-6, 1)
    assert image_crop(section()) == image_crop(section(preset="paper")) == 6
