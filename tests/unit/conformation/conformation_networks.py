"""A network with known gradients, and random inputs of the forward network."""

import keras
import numpy as np


def dense_network(weights, bias=0.0, shape=None, activation=None):
    """One dense layer with given weights (inputs, outputs): its derivatives are the weights."""
    inputs = keras.Input(shape or (weights.shape[0],))
    flat = keras.layers.Flatten()(inputs)
    dense = keras.layers.Dense(weights.shape[1], activation=activation)
    network = keras.Model(inputs, dense(flat))
    dense.set_weights([weights, np.full(weights.shape[1], bias)])
    return network


def evaluated_at(network, values):
    """Output of a network as an array, without dropout."""
    return keras.ops.convert_to_numpy(network(values))


def random_profiles(n=5, w=6, factors=4, seed=0):
    """Random profiles, float32 (n, 3w, factors)."""
    return np.random.default_rng(seed).random((n, 3 * w, factors)).astype("float32")
