import keras
import numpy as np
import pytest

from workflow_scripts.deepchrome.models.network import (
    build_network,
    compile_network,
    weights_by_cell,
)


def fitted(values, labels, *, epochs, seed=0, **sizes):
    keras.utils.set_random_seed(seed)
    network = build_network(n_bins=values.shape[1], n_marks=values.shape[2], seed=seed, **sizes)
    compile_network(
        network, learning_rate=0.02, momentum=0.5, learning_rate_decay=1e-7, steps_per_execution=1
    )
    network.fit(values, labels, batch_size=8, epochs=epochs, verbose=0)
    return network


def test_the_paper_s_number_of_parameters():
    assert build_network(n_bins=100, n_marks=5).count_params() == 644_177


def test_the_number_of_parameters_of_two_convolutions_by_hand():
    first = 5 * 10 * 50 + 50
    second = 50 * 10 * 50 + 50
    flat = (100 - 9 - 9) // 5 * 50
    dense = (flat + 1) * 625 + (625 + 1) * 125 + (125 + 1) * 2
    network = build_network(n_bins=100, n_marks=5, convolutions=2)
    assert network.count_params() == first + second + dense == 606_727
    assert [layer.name for layer in network.layers[1:3]] == ["convolution", "convolution_2"]


def test_predictions_agree_with_a_numpy_implementation():
    network = build_network(
        n_bins=20, n_marks=3, filters=4, kernel=5, pool=3, hidden=(6, 5), seed=1
    )
    values = np.random.default_rng(0).poisson(2, (7, 20, 3)).astype("float32")
    (kernel, bias), *dense = [
        [w.numpy() for w in layer.weights] for layer in network.layers if layer.weights
    ]
    steps = np.stack(
        [np.einsum("gbm,bmf->gf", values[:, i : i + 5], kernel) + bias for i in range(16)], axis=1
    )
    x = np.maximum(steps, 0)[:, :15].reshape(7, 5, 3, 4).max(2).reshape(7, -1)
    for number, (weights, offset) in enumerate(dense):
        x = x @ weights + offset
        x = np.maximum(x, 0) if number < 2 else x
    expected = x - np.log(np.exp(x).sum(1, keepdims=True))
    assert network.predict(values, verbose=0) == pytest.approx(expected, abs=1e-5)


def test_outputs_are_log_probabilities():
    values = np.random.default_rng(0).poisson(3, (5, 100, 5)).astype("float32")
    found = build_network(n_bins=100, n_marks=5, seed=2).predict(values, verbose=0)
    assert np.exp(found).sum(1) == pytest.approx(np.ones(5), abs=1e-6)


def test_initial_weights_span_one_over_root_fan_in():
    network = build_network(n_bins=100, n_marks=5, seed=3)
    for layer in network.layers:
        if layer.weights:
            fan_in = int(np.prod(layer.weights[0].shape[:-1]))
            for weight in layer.weights[: 1 if layer.name == "classes" else 2]:
                largest = np.abs(weight.numpy()).max() * fan_in**0.5
                assert 0.85 < largest <= 1


def test_initial_weights_depend_on_the_seed_alone():
    first, same, other = (build_network(n_bins=100, n_marks=5, seed=s) for s in (1, 1, 2))
    for a, b, c in zip(*(n.get_weights() for n in (first, same, other)), strict=True):
        assert np.array_equal(a, b)
        assert not np.array_equal(a, c)


def test_one_convolution_is_the_default():
    one, named = (build_network(n_bins=30, n_marks=5, seed=4, **kw) for kw in
                  ({}, {"convolutions": 1}))  # fmt: skip
    for a, b in zip(one.get_weights(), named.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_eight_genes_can_be_memorized():
    rng = np.random.default_rng(0)
    values, labels = rng.poisson(2, (8, 30, 5)).astype("float32"), np.arange(8) % 2
    network = fitted(values, labels, epochs=60, filters=10, hidden=(30, 15), dropout=0.0)
    assert (network.predict(values, verbose=0).argmax(1) == labels).all()


def test_a_planted_mark_is_learned():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 400)
    values = rng.poisson(1, (400, 30, 5)).astype("float32")
    values[labels == 1, 12:18, 3] += rng.poisson(2, (labels.sum(), 6))
    network = fitted(values[:200], labels[:200], epochs=15, filters=10, hidden=(30, 15))
    right = (network.predict(values[200:], verbose=0).argmax(1) == labels[200:]).mean()
    assert right > 0.9


def test_weights_listed_cell_by_cell_are_grouped_by_cell():
    assert weights_by_cell(["A", "B"], ["a1", "a2", "b1", "b2"]) == {
        "A": ["a1", "a2"], "B": ["b1", "b2"],
    }  # fmt: skip
