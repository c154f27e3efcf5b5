"""Inputs that a trained network takes for a class, by following the gradient of its input.

The one module of the paper that calls TensorFlow itself: Keras 3 gives no gradient with respect to
an input that works on all its backends. Under another backend it refuses.
"""

import logging
import time
from dataclasses import dataclass

import keras
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")

# Torch7's optim.rmsprop, which the released code calls
SMOOTHING, EPSILON = 0.99, 1e-8


@dataclass(frozen=True)
class Recipe:
    """How inputs are optimised: `rmsprop` or `descent`, and its rate."""

    optimiser: str
    rate: float


# `released`: the code (7_viz.lua). `paper`: plain gradient descent, whose rate is not
# told; with 1, 1000 steps come to rest.
RECIPES = {"released": Recipe("rmsprop", 0.1), "paper": Recipe("descent", 1.0)}


def objective(networks: list[keras.Model], inputs, classes, *, decay: float, scale):
    """Negative mean log-probability of each input's class, plus `decay` times its squared norm.

    Parameters
    ----------
    networks
        Take (batch, bins, marks), give log-probabilities (batch, classes). Their mean counts.
    inputs : tensor of float32, shape=(batch, bins, marks)
        What is optimised; the networks see `inputs * scale`.
    classes : array of int, shape=(batch,)
        Wanted class of each input.
    decay
        λ of Singh 2016, on the squared Euclidean norm.
    scale : array of float32, shape=(marks,)
        Counts that 1 stands for.

    Returns
    -------
    tensor of float32, shape=(batch,)
    """
    scores = sum(network(inputs * scale, training=False) for network in networks) / len(networks)
    wanted = keras.ops.take_along_axis(scores, keras.ops.reshape(classes, (-1, 1)), axis=1)
    return decay * keras.ops.sum(inputs**2, axis=(1, 2)) - wanted[:, 0]


def optimise(
    networks: list[keras.Model],
    inputs: np.ndarray,
    classes: np.ndarray,
    *,
    recipe: str,
    steps: int,
    decay: float,
    scale: np.ndarray,
    rate: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Follow the gradient of `objective` from many starts at once, dropout off.

    Parameters
    ----------
    networks, classes, decay, scale
        As for `objective`.
    inputs : array of float32, shape=(batch, bins, marks)
        The starts; each is optimised for itself.
    recipe, rate
        Name in `RECIPES`; a rate in place of the recipe's.
    steps
        Steps of the optimiser; values are not bounded on the way, as in the released code.

    Returns
    -------
    inputs : array of float32, shape=(batch, bins, marks)
        Optimised, not yet bounded.
    probability : array of float32, shape=(batch,)
        That the networks give to the wanted class there (geometric mean over networks).

    Raises
    ------
    UserError
        Keras runs on another backend than TensorFlow; the optimisation diverged.
    """
    if keras.backend.backend() != "tensorflow":
        raise UserError(
            f"class maps: Keras backend {keras.backend.backend()!r}; allowed: tensorflow"
        )
    import tensorflow as tf

    chosen, started = RECIPES[recipe], time.monotonic()
    rate = chosen.rate if rate is None else rate
    x = tf.Variable(inputs.astype("float32"))
    mean_square = tf.Variable(tf.zeros_like(x))
    classes, scale = tf.constant(classes, tf.int32), tf.constant(scale, tf.float32)

    @tf.function
    def follow():
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(objective(networks, x, classes, decay=decay, scale=scale))
            gradient = tape.gradient(loss, x)
            if chosen.optimiser == "rmsprop":
                mean_square.assign(SMOOTHING * mean_square + (1 - SMOOTHING) * gradient**2)
                gradient = gradient / (tf.sqrt(mean_square) + EPSILON)
            x.assign_sub(rate * gradient)
        return -objective(networks, x, classes, decay=0.0, scale=scale)

    probability = np.exp(follow().numpy())
    if not np.isfinite(x.numpy()).all():
        raise UserError(
            f"class maps: recipe {recipe} with rate {rate} diverged; allowed: a lower"
            " deepchrome.class_maps.rate"
        )
    log.info("%d inputs, %d steps, %.1f s", len(inputs), steps, time.monotonic() - started)
    return x.numpy(), probability
