import keras
import numpy as np
import pytest
from planted_marks import BINS, planted, trained

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.interpretation.optimize_inputs import (
    EPSILON,
    SMOOTHING,
    bound_map,
    input_scale,
    optimize,
)
from workflow_scripts.deepchrome.models.network import build_network


@pytest.fixture
def linear():
    """A network whose gradient is known: log-softmax of a weighted sum."""
    marks = keras.Input((4, 3))
    flat = keras.layers.Dense(2)(keras.layers.Flatten()(marks))
    return keras.Model(marks, keras.layers.Activation("log_softmax")(flat))


def descend(network, inputs, classes, recipe, **more):
    settings = {"steps": 1, "l2": 0.01, "scale": np.ones(inputs.shape[2]), **more}
    return optimize([network], inputs, classes, recipe=recipe, **settings)


def slope(network, x, name, l2, scale):
    """Gradient of the linear network's objective, by hand."""
    weights, bias = (w.numpy() for w in network.layers[2].weights)
    out = (x * scale).reshape(-1) @ weights + bias
    chance = np.exp(out) / np.exp(out).sum()
    return ((weights @ (chance - np.eye(2)[name])).reshape(x.shape)) * scale + 2 * l2 * x


def test_the_gradient_agrees_with_finite_differences():
    rng, scale = np.random.default_rng(0), np.array([1.0, 2.0, 0.5])
    network = build_network(n_bins=12, n_marks=3, filters=3, kernel=4, pool=2, hidden=(6, 4))
    x = rng.random((1, 12, 3)).astype("float32")

    def value(inputs):
        out = network.predict((inputs * scale).astype("float32"), verbose=0)
        return 0.01 * (inputs**2).sum((1, 2)) - out[:, 1]

    step = 1e-2
    steps = step * np.eye(36).reshape(36, 12, 3)
    expected = ((value(x + steps) - value(x - steps)) / (2 * step)).reshape(12, 3)
    after, _ = descend(network, x, [1], "paper", learning_rate=1.0, scale=scale)
    # some steps cross a kink of ReLU or of the max pooling
    close = np.abs((x - after)[0] - expected) < 1e-3
    assert close.mean() > 0.9
    assert np.corrcoef((x - after).ravel(), expected.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("recipe", ["released", "paper"])
def test_recipes_take_the_documented_steps(linear, recipe):
    x = np.random.default_rng(1).random((2, 4, 3)).astype("float32")
    scale = np.array([1.0, 3.0, 0.5])
    found, probability = descend(
        linear, x, [0, 1], recipe, steps=4, learning_rate=0.05, scale=scale
    )
    for name in (0, 1):
        place, square = x[name].astype(float), np.zeros((4, 3))
        for _ in range(4):
            gradient = slope(linear, place, name, 0.01, scale)
            if recipe == "released":
                square = SMOOTHING * square + (1 - SMOOTHING) * gradient**2
                gradient = gradient / (np.sqrt(square) + EPSILON)
            place = place - 0.05 * gradient
        assert found[name] == pytest.approx(place, abs=1e-4)
        at = (place * scale)[None].astype("float32")
        expected = np.exp(linear.predict(at, verbose=0)[0, name])
        assert probability[name] == pytest.approx(expected, abs=1e-4)


def test_starting_points_are_independent():
    x = np.random.default_rng(2).random((3, BINS, 5)).astype("float32")
    together, _ = descend(trained(1), x, [0, 1, 1], "released", steps=5)
    for number, name in enumerate([0, 1, 1]):
        alone, _ = descend(trained(1), x[number : number + 1], [name], "released", steps=5)
        assert together[number] == pytest.approx(alone[0], abs=1e-4)


def test_several_networks_are_averaged(linear):
    x = np.random.default_rng(3).random((2, 4, 3)).astype("float32")
    settings = dict(recipe="paper", steps=3, l2=0.01, scale=np.ones(3))
    once = optimize([linear], x, [0, 1], **settings)
    twice = optimize([linear, linear], x, [0, 1], **settings)
    assert once[0] == pytest.approx(twice[0], abs=1e-5)
    assert once[1] == pytest.approx(twice[1], abs=1e-5)


def test_the_probability_increases_and_the_l2_penalty_limits_it():
    x = np.random.default_rng(4).random((6, BINS, 5)).astype("float32")
    classes = [0, 0, 0, 1, 1, 1]
    _, start = descend(trained(1), x, classes, "paper", steps=0)
    _, free = descend(trained(1), x, classes, "paper", steps=100, learning_rate=0.5, l2=0.0)
    _, held = descend(trained(1), x, classes, "paper", steps=100, learning_rate=0.5, l2=0.1)
    assert (free > start).all()
    assert (free > held).all()


def test_divergence_is_reported(linear):
    x = np.ones((1, 4, 3), "float32")
    with pytest.raises(UserError, match="diverged"):
        descend(linear, x, [0], "paper", steps=200, learning_rate=1e6)


def test_the_quantile_scale_uses_training_genes():
    data = planted()
    assert input_scale(data, "counts").tolist() == [1] * 5
    data.values[data.split != "train"] = 1e6
    data.values[:, :, 2] = 0
    found = input_scale(data, "quantile")
    assert found.max() < 100
    assert found[2] == 1


@pytest.mark.parametrize("recipe", ["released", "paper"])
def test_maps_lie_between_0_and_1_and_reach_1(recipe):
    inputs = np.random.default_rng(0).normal(0, 2, (4, 3, 20, 5))
    inputs[0, 0] = -1
    maps = bound_map(inputs, recipe)
    assert maps.min() == 0
    largest = maps.max((2, 3))
    assert largest[0, 0] == 0  # no positive value
    assert (np.delete(largest.ravel(), 0) == 1).all()
    assert ((maps > 0) == (inputs > 0)).all()
    assert bound_map(maps, recipe) == pytest.approx(maps)


def test_only_the_released_recipe_clips_at_1():
    inputs = np.array([[[4.0, 2.0, 1.0]]])
    assert bound_map(inputs, "paper").tolist() == [[[1.0, 0.5, 0.25]]]
    assert bound_map(inputs, "released").tolist() == [[[1.0, 1.0, 1.0]]]


def test_another_backend_is_rejected(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(UserError, match=r"'torch'.*tensorflow"):
        optimize([], np.zeros((1, 2, 1)), np.zeros(1, int), recipe="adam", steps=1, l2=0.0,
                 scale=np.ones(1))  # fmt: skip
