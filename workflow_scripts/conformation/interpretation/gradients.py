"""Derivatives of trained networks by automatic differentiation, and their check by differences.

The one module of the paper that calls TensorFlow itself: Keras 3 gives no gradient with respect to
an input that works on all its backends. Under another backend it refuses.
"""

import logging
import time
from collections.abc import Iterator, Sequence

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")

# Values that one step of `output_gradients` may hold at its widest layer
MOST_VALUES = 16_000_000
PROGRESS_SECONDS = 10


def require_tensorflow() -> None:
    """Refuse another backend than TensorFlow with a `UserError`."""
    if (backend := keras.backend.backend()) != "tensorflow":
        raise UserError(f"gradients: Keras backend {backend!r}; allowed: tensorflow")


def output_gradients(
    network: keras.Model, inputs: np.ndarray, outputs: Sequence[int]
) -> Iterator[np.ndarray]:
    """Derivatives of chosen outputs with respect to all inputs, dropout off, batch by batch.

    Parameters
    ----------
    network
        Takes (batch, ...), gives (batch, outputs); rows of a batch do not touch each other.
    inputs : float array, shape=(B, ...)
        Where the derivatives are taken.
    outputs
        Which outputs, n of them.

    Yields
    ------
    float array, shape=(b, n, ...)
        `[:, q]` is ∂ output[outputs[q]] / ∂ input; the batches follow each other and have B rows
        in all. The type is the network's.

    Raises
    ------
    UserError
        Keras runs on another backend than TensorFlow.
    """
    require_tensorflow()
    import tensorflow as tf

    dtype, outputs = network.outputs[0].dtype, np.asarray(outputs, dtype=int)
    # a product with it picks the outputs: its gradient is a product as well, hence repeatable
    chosen = np.zeros((network.output_shape[-1], len(outputs)), dtype)
    chosen[outputs, np.arange(len(outputs))] = 1
    chosen = tf.constant(chosen)

    @tf.function(reduce_retracing=True)
    def jacobian(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.matmul(network(x, training=False), chosen)
        return tape.batch_jacobian(y, x)

    widest = max(network.output_shape[-1], int(np.prod(inputs.shape[1:])))
    batch = max(1, MOST_VALUES // (widest * len(outputs)))
    started = said = time.monotonic()
    for row in range(0, len(inputs), batch):
        yield jacobian(tf.constant(inputs[row : row + batch], dtype)).numpy()
        if time.monotonic() - said > PROGRESS_SECONDS:
            said, done = time.monotonic(), min(row + batch, len(inputs))
            log.info("%d of %d windows, %.0f s", done, len(inputs), said - started)


def gradients_at(network: keras.Model, inputs: np.ndarray, outputs: Sequence[int]) -> np.ndarray:
    """All batches of `output_gradients` as one array, shape=(B, n, ...)."""
    return np.concatenate(list(output_gradients(network, inputs, outputs)))


def as_float64(network: keras.Model) -> keras.Model:
    """The same network with the same weights, calculating in float64."""
    copy = keras.models.model_from_json(network.to_json().replace('"float32"', '"float64"'))
    copy.set_weights(network.get_weights())
    return copy


def check_gradients(
    network: keras.Model,
    inputs: np.ndarray,
    *,
    pairs: int,
    seed: int,
    step: float = 1e-5,
    least: float = 1e-8,
) -> pd.DataFrame:
    """Compare derivatives with central differences in float64, at random (output, input) pairs.

    A network of ReLU layers has kinks, at which it has no derivative. A pair is left out where the
    slopes to the left and to the right differ by more than 1e-3 of their size: a kink lies within
    the step. The derivative itself has no say in it. Pairs whose slopes are both below `least` of
    the network's largest derivative (an output at 0 by its ReLU) are left out too: they have no
    relative error.

    Parameters
    ----------
    network
        Any; a copy in float64 is taken.
    inputs : float array, shape=(B, ...)
        A few; pairs are drawn over all of them.
    pairs, seed
        Number of pairs, and the seed of their draw.
    step
        Of the differences, in units of the inputs.
    least
        See above.

    Returns
    -------
    pandas.DataFrame
        A row per pair drawn: row, output, input (flat), gradient, difference, kept (bool), error
        (relative; NaN where not kept).
    """
    network, rng = as_float64(network), np.random.default_rng(seed)
    inputs = inputs.astype("float64")
    rows = rng.integers(0, len(inputs), pairs)
    outputs = rng.integers(0, network.output_shape[-1], pairs)
    places = rng.integers(0, inputs[0].size, pairs)
    found = gradients_at(network, inputs, outputs).reshape(len(inputs), pairs, -1)
    exact, largest = found[rows, np.arange(pairs), places], np.abs(found).max()
    moved = np.stack([inputs[rows]] * 3).reshape(3, pairs, -1)
    moved[0, np.arange(pairs), places] -= step
    moved[2, np.arange(pairs), places] += step
    # not by `predict`, which rounds its inputs to float32
    moved = moved.reshape(3 * pairs, *inputs.shape[1:])
    values = keras.ops.convert_to_numpy(network(keras.ops.convert_to_tensor(moved), training=False))
    values = values.reshape(3, pairs, -1)[:, np.arange(pairs), outputs]
    left, right = np.diff(values, axis=0) / step
    central = (left + right) / 2
    size = np.maximum(np.abs(left), np.abs(right))
    kept = (np.abs(left - right) <= 1e-3 * size) & (size > least * largest)
    error = np.abs(exact - central) / np.maximum(np.abs(central), np.abs(exact) + (exact == 0))
    return pd.DataFrame(
        {
            "row": rows,
            "output": outputs,
            "input": places,
            "gradient": exact,
            "difference": central,
            "kept": kept,
            "error": np.where(kept, error, np.nan),
        }
    )
