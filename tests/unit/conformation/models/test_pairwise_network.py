import keras
import numpy as np
import pytest

from workflow_scripts.conformation.data.pairs import cut_stretches, pair_features
from workflow_scripts.conformation.data.windows import Segment
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.pairwise import PairFeatures, build_pairwise, predict_band

RNG = np.random.default_rng(0)


W, M, N = 6, 4, 60


PROFILES = RNG.random((M, N)).astype("float32")


SIZES = {"channels": 3, "kernel_size": 5, "hidden_units": 4, "distance_functions": 3,
         "factor_dropout": 0.1}  # fmt: skip


def random_network(profiles=PROFILES, seed=1):
    built = build_pairwise(profiles, window=W, seed=seed, **SIZES)
    # away from the initial weights, where all biases are 0 and all gains 1
    rng = np.random.default_rng(5)
    built.set_weights([w + 0.3 * rng.normal(size=w.shape) for w in built.get_weights()])
    return built


def predict(built, profiles):
    return keras.ops.convert_to_numpy(built(profiles.T[None], training=False))[0]


def test_features_of_the_band_are_those_of_the_pairs():
    band = keras.ops.convert_to_numpy(PairFeatures(W)(PROFILES.T[None]))[0]
    for distance in range(W):
        bins = np.arange(N - distance)
        expected = pair_features(PROFILES, bins, distance)
        assert band[: N - distance, distance] == pytest.approx(expected, abs=1e-5)


def test_profiles_moved_along_the_genome_move_the_map():
    built = random_network()
    whole, moved = predict(built, PROFILES), predict(built, PROFILES[:, 10:40])
    # pairs whose bins' surroundings lie within both stretches
    assert moved[2 : 28 - W] == pytest.approx(whole[12 : 38 - W], abs=1e-5)


def test_mirrored_profiles_give_the_mirrored_map():
    built = random_network()
    forward, backward = predict(built, PROFILES), predict(built, PROFILES[:, ::-1])
    for i in range(N):
        for d in range(min(W, N - i)):
            assert backward[N - 1 - i - d, d] == pytest.approx(forward[i, d], abs=1e-5)


def test_a_pair_depends_on_its_surroundings_and_interval_only():
    built, i, d = random_network(), 20, 4
    before = predict(built, PROFILES)[i, d]
    for bin_ in range(N):
        changed = PROFILES.copy()
        changed[:, bin_] += 1
        differs = abs(predict(built, changed)[i, d] - before) > 1e-6
        assert differs <= (i - 2 <= bin_ <= i + d + 2)
        if bin_ in (i, i + d):
            assert differs


def test_a_factor_that_is_constant_in_training_is_harmless():
    constant = PROFILES.copy()
    constant[1] = 0.5
    assert np.isfinite(predict(random_network(constant), PROFILES)).all()
    assert abs(predict(random_network(constant), PROFILES)).max() < 100


def test_a_saved_network_predicts_the_same(tmp_path):
    built = random_network()
    built.save(tmp_path / "n.keras")
    again = keras.models.load_model(tmp_path / "n.keras")
    assert (predict(again, PROFILES) == predict(built, PROFILES)).all()


def test_masked_pairs_do_not_affect_training():
    target = RNG.normal(size=(1, N, W)).astype("float32")
    target[0, 30 - W :] = np.nan
    weights = []
    for change in (0, 5):
        profiles = PROFILES.T[None].copy()
        # bins that only masked pairs, or their surroundings, hold
        profiles[:, 32:] += change
        built = random_network()
        built.get_layer("factor_dropout").rate = 0
        built.compile(keras.optimizers.SGD(0.1), MaskedSquaredError(), jit_compile=False)
        built.fit(profiles, target, verbose=0, shuffle=False)
        weights.append(built.get_weights())
    for start, *after in zip(random_network().get_weights(), *weights, strict=True):
        assert after[0] == pytest.approx(after[1], abs=1e-6)
        assert abs(after[0] - start).max() > 1e-4


def test_stretches_contain_every_pair_with_its_margins_in_a_segment():
    target = np.arange(N * W, dtype=float).reshape(N, W)
    stretches = [Segment("a", "train", 3, 41), Segment("b", "train", 45, 55)]
    inputs, targets = cut_stretches(PROFILES, target, stretches, margin=2)
    assert inputs.shape[1:] == (3 * W, M)
    assert targets.shape == (len(inputs), 3 * W, W)
    expected = set()
    for segment in stretches:
        for i in range(segment.start + 2, segment.stop - 2):
            expected |= {target[i, d] for d in range(W) if i + d < segment.stop - 2}
    assert set(targets[np.isfinite(targets)]) == expected
    for sample, row, d in np.argwhere(np.isfinite(targets)):
        i = int(targets[sample, row, d]) // W
        assert inputs[sample, row] == pytest.approx(PROFILES[:, i])
        assert inputs[sample, row + d] == pytest.approx(PROFILES[:, i + d])


def test_prediction_in_pieces_equals_that_of_the_whole(monkeypatch):
    built, segment = random_network(), Segment("a", "test", 4, 57)
    whole = predict(built, PROFILES[:, 4:57])
    monkeypatch.setattr("workflow_scripts.conformation.models.pairwise.BINS_PER_CALL", 7)
    band = predict_band(built, PROFILES, [segment], W, margin=2)
    known = np.isfinite(band)
    i, d = np.nonzero(known)
    assert known.sum() == sum(min(W, 57 - b) for b in range(4, 57))
    assert (i >= 4).all() and (i + d < 57).all()
    assert band[i, d] == pytest.approx(whole[i - 4, d], abs=1e-5)
