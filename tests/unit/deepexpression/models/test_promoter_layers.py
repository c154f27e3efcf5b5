from itertools import pairwise

import keras
import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.presets import PRESETS
from workflow_scripts.deepexpression.models.layers import (
    CountKmers,
    OneHotBases,
    ShiftBases,
    TwoStrandConv1D,
)
from workflow_scripts.deepexpression.models.networks import joint_network, promoter_network

RNG = np.random.default_rng(0)


def norm(channels: int) -> int:
    """Parameters of a batch normalization: gain, shift, moving mean and variance."""
    return 4 * channels


def block_parameters(channels: int, layers: int, growth: int, kernel: int) -> tuple[int, int]:
    """Parameters of a dense block without biases, and the channels that leave it."""
    total = 0
    for _ in range(layers):
        total += norm(channels) + kernel * channels * growth
        channels += growth
    return total, channels


def dense(*sizes: int) -> int:
    """Parameters of dense layers one after the other."""
    return sum((a + 1) * b for a, b in pairwise(sizes))


@pytest.mark.parametrize(("task", "outputs"), [("classification", 2), ("regression", 1)])
def test_paper_network_has_the_parameters_of_its_layers(task, outputs):
    expected, channels, length = 4 * 8 * 128 + norm(128), 128, 2000
    for _ in range(3):
        block, channels = block_parameters(channels, layers=4, growth=12, kernel=4)
        expected += block + channels**2  # the transition's 1 x 1 convolution
        length //= 4
    assert (channels, length) == (272, 31)
    expected += dense(31 * 272, 80, 40, 40)
    assert expected == 960_320
    network = promoter_network(PRESETS["paper"]["network"], length=2000, task=task, seed=1)
    assert network.count_params() == expected + dense(40, outputs)


@pytest.mark.parametrize(("after", "dropped"), [("each", [1, 2, 3]), ("last", [3])])
def test_dropout_follows_each_dense_layer_or_the_last(after, dropped):
    settings = PRESETS["paper"]["network"] | {"dense_dropout_after": after}
    network = promoter_network(settings, length=200, task="regression", seed=1)
    names = [layer.name for layer in network.get_layer("promoter").layers]
    assert [n for n in (1, 2, 3) if f"dense_{n}_drop" in names] == dropped
    # with dropout after each, the paper's network did not learn in the epochs tried
    assert PRESETS["paper"]["network"]["dense_dropout_after"] == "last"


@pytest.mark.parametrize(("task", "outputs"), [("classification", 2), ("regression", 1)])
def test_joint_network_has_the_parameters_of_its_layers(task, outputs):
    about = dict(bins=400, window=slice(0, 400), task=task, seed=1)
    settings = PRESETS["paper"]["network"]
    full = joint_network(settings, promoter=40, **about)
    assert full.count_params() == dense(400, 80, 40) + dense(80, outputs)
    assert joint_network(settings, promoter=0, **about).count_params() == dense(
        400, 80, 40
    ) + dense(40, outputs)


def test_released_code_has_the_parameters_of_its_layers():
    settings = PRESETS["released_code"]["network"]
    expected, channels, length = 4 * 8 * 128 + norm(128), 128, 2000
    for _ in range(3):
        block, channels = block_parameters(channels, layers=12, growth=12, kernel=4)
        expected += block + channels**2
        length //= 2
    expected += dense(length * channels, 40) + dense(40, 1)
    network = promoter_network(settings, length=2000, task="regression", seed=1)
    assert network.count_params() == expected
    # it ends in a ReLU: no expression below 0
    assert network.get_layer("head").get_layer("output").activation is keras.activations.relu


def test_one_hot_of_unknown_bases_is_zero():
    codes = np.array([[0, 1, 2, 3, 4]], "uint8")
    assert np.array_equal(OneHotBases()(codes), np.vstack([np.eye(4), np.zeros(4)])[None])


@pytest.mark.parametrize("strands", ["max", "concatenate"])
def test_two_strands_treat_a_sequence_and_its_reverse_complement_alike(strands):
    codes = RNG.integers(0, 4, (3, 30)).astype("uint8")
    layer = TwoStrandConv1D(5, 7, strands=strands, seed=1)
    given, turned = (
        np.asarray(layer(OneHotBases()(c))) for c in (codes, (3 - codes[:, ::-1]).copy())
    )
    if strands == "concatenate":  # the strands change places
        turned = np.concatenate([turned[..., 5:], turned[..., :5]], -1)
    np.testing.assert_allclose(given, turned[:, ::-1], atol=1e-5)
    plain = keras.layers.Conv1D(5, 7, padding="same", use_bias=False)
    plain.build((None, 30, 4))
    plain.set_weights([layer.kernel])
    forward = np.asarray(plain(OneHotBases()(codes)))
    if strands == "concatenate":
        np.testing.assert_allclose(given[..., :5], forward, atol=1e-5)
    else:
        assert (given >= forward - 1e-5).all()


def test_shift_moves_whole_sequences_only_in_training():
    codes = RNG.integers(0, 4, (20, 50)).astype("uint8")
    layer = ShiftBases(3, seed=1)
    assert np.array_equal(layer(codes), codes)
    moved = np.asarray(layer(codes, training=True))
    padded = np.pad(codes, ((0, 0), (3, 3)), constant_values=4)
    steps = [
        next(s for s in range(7) if np.array_equal(row, whole[s : s + 50]))
        for row, whole in zip(moved, padded, strict=True)
    ]
    assert len(set(steps)) > 3


def test_promoters_too_short_to_pool_are_rejected():
    with pytest.raises(
        UserError,
        match=r"transition_3_pool: too few positions \(3\); expected: at least the pool size 4",
    ):
        promoter_network(PRESETS["paper"]["network"], length=60, task="regression", seed=1)


def test_a_saved_network_predicts_the_same(tmp_path):
    for strands in ("forward", "max"):
        more = {"strands": strands, "max_shift": 5, "kmers": [[2, 3], [1, 1]],
                "global_pooling": "segments"}  # fmt: skip
        settings = PRESETS["default"]["network"] | more
        network = promoter_network(settings, length=400, task="regression", seed=3)
        codes = RNG.integers(0, 5, (4, 400)).astype("uint8")
        network.save(tmp_path / "a.keras")
        loaded = keras.models.load_model(tmp_path / "a.keras")
        assert np.array_equal(network.predict(codes, verbose=0), loaded.predict(codes, verbose=0))


@pytest.mark.parametrize(("k", "segments"), [(2, 1), (3, 4)])
def test_kmer_counts_are_those_of_a_loop(k, segments):
    codes = RNG.integers(0, 5, (6, 41)).astype("uint8")
    expected = np.zeros((6, segments, 4**k))
    places = 41 - k + 1
    for row, sequence in enumerate(codes):
        for at in range(places):
            kmer = sequence[at : at + k]
            if (kmer < 4).all():
                number = int("".join(map(str, kmer)), 4)
                expected[row, at * segments // places, number] += 1
    found = CountKmers(k, segments)(codes)
    np.testing.assert_allclose(found, np.sqrt(expected.reshape(6, -1)), atol=1e-6)
