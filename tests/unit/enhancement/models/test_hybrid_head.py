"""Head and hybrid: size, comparison with a NumPy reference, symmetry, and zeroed inputs."""

import numpy as np
import pytest
from hybrid_example import BINS, RESOLUTION, SIZE, image_model, sequence_model, symmetric

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.models.hybrid import (
    build_active_head,
    build_head,
    build_hybrid,
    hybrid_parts,
    sequence_channel,
    zero_channel,
)


@pytest.fixture(scope="module")
def maps():
    return symmetric(np.random.default_rng(0).random((3, 2, SIZE, SIZE))).transpose(0, 2, 3, 1)


@pytest.fixture(scope="module")
def dna():
    rng = np.random.default_rng(1)
    return rng.integers(0, 5, (2, BINS * RESOLUTION)).astype("uint8")


@pytest.fixture(scope="module")
def hybrid():
    known = sequence_channel(sequence_model(), bins=BINS, size=SIZE, clip_value=2.0)
    return build_hybrid(known, image_model(), build_head(size=SIZE))


def run(network, *inputs):
    """Outputs without a compiled function, whose compilation would take longer."""
    return np.asarray(network(inputs[0] if len(inputs) == 1 else list(inputs), training=False))


def convolved(maps, kernel, bias):
    """3 x 3 convolution with zero padding, ReLU, and the symmetric mean, in NumPy."""
    n, size, _, _ = maps.shape
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))
    found = np.zeros((n, size, size, kernel.shape[-1])) + bias
    for i in range(3):
        for j in range(3):
            found += padded[:, i : i + size, j : j + size] @ kernel[i, j]
    found = np.maximum(found, 0)
    return (found + found.transpose(0, 2, 1, 3)) / 2


def test_published_head_has_449_parameters():
    assert build_head(size=188).count_params() == 449


@pytest.mark.parametrize("initializer", ["random", "image"])
def test_head_equals_the_reference(maps, initializer):
    head, _ = build_active_head(maps, initializer=initializer, filters=5, seed=3)
    first, first_bias, second, second_bias = head.get_weights()
    rng = np.random.default_rng(2)
    head.set_weights([first, rng.normal(0, 0.1, first_bias.shape), second, second_bias + 0.1])
    first, first_bias, second, second_bias = head.get_weights()
    expected = convolved(convolved(maps, first, first_bias), second, second_bias)
    np.testing.assert_allclose(run(head, maps), expected, atol=1e-4)
    assert np.ptp(expected) > 0.01


def test_head_is_symmetric(maps):
    rng = np.random.default_rng(4)
    found = run(build_head(size=SIZE), rng.random(maps.shape))[..., 0]
    np.testing.assert_array_equal(found, found.swapaxes(1, 2))


def test_a_head_can_start_as_the_image_model_s_map(maps):
    head = build_head(size=SIZE, initializer="image")
    np.testing.assert_allclose(run(head, maps)[..., 0], maps[..., 1], atol=1e-6)


def test_an_inactive_head_is_drawn_again(maps):
    heads = [build_active_head(maps, seed=seed) for seed in range(6)]
    assert {draws > 1 for _, draws in heads} == {True, False}
    for head, _ in heads:
        assert (run(head, maps) > 0).mean() >= 0.5
    with pytest.raises(UserError, match="20 random heads"):
        build_active_head(np.zeros_like(maps), seed=0)


def test_head_gets_the_center_of_the_sequence_model_s_map(dna):
    sequence = sequence_model()
    whole = run(sequence, dna)
    known = run(sequence_channel(sequence, bins=BINS, size=SIZE, clip_value=2.0), dna)
    np.testing.assert_allclose(known[..., 0], (whole[:, 6:-6, 6:-6] + 2) / 4, atol=1e-6)
    with pytest.raises(UserError, match="maps have 24 bins; expected: 30"):
        sequence_channel(sequence, bins=30, size=SIZE, clip_value=2.0)


def test_hybrid_is_its_parts(hybrid, dna):
    low = symmetric(np.random.default_rng(5).random((2, BINS, BINS)))[..., None]
    known, image, head = hybrid_parts(hybrid)
    maps = [run(part, x) for part, x in ((known, dna), (image, low))]
    expected = run(head, np.concatenate(maps, -1))
    np.testing.assert_allclose(run(hybrid, dna, low), expected, atol=1e-6)


def test_maps_of_a_region_share_its_dna(hybrid, dna):
    """With an axis for maps, the network is the one without it, map by map."""
    known, image, head = hybrid_parts(hybrid)
    low = symmetric(np.random.default_rng(6).random((2, 3, BINS, BINS)))
    found = run(build_hybrid(known, image, head, maps=3), dna, low)
    assert found.shape == (2, 3, SIZE, SIZE)
    for region in range(2):
        for number in range(3):
            one = [dna[region : region + 1], low[region, number][None, ..., None]]
            expected = run(hybrid, *one)[0, ..., 0]
            np.testing.assert_allclose(found[region, number], expected, atol=1e-5)


def test_a_zeroed_channel_has_no_effect(maps):
    """With one channel set to 0, the output depends on the other one only."""
    head, _ = build_active_head(maps, seed=1)
    other = symmetric(np.random.default_rng(8).random(maps.shape[:3]))
    for number, channel in enumerate(("sequence", "image")):
        changed = maps.copy()
        changed[..., number] = other
        one, two = (run(head, zero_channel(m, channel)) for m in (maps, changed))
        np.testing.assert_array_equal(one, two)
        assert np.abs(run(head, changed) - run(head, maps)).max() > 1e-3
        assert (zero_channel(maps, channel)[..., 1 - number] == maps[..., 1 - number]).all()
