"""Gradients of trained networks by automatic differentiation, checked by finite differences.

The only module of this paper that calls TensorFlow directly: Keras 3 has no backend-independent
gradient with respect to an input. Other backends are rejected.
"""

import logging
import time
from collections.abc import Iterator, Sequence

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")

# Maximum number of values at the widest layer in one batch of `output_gradients`
MAX_VALUES = 16_000_000
PROGRESS_SECONDS = 10


def require_tensorflow() -> None:
    """Reject backends other than TensorFlow with a `UserError`."""
    if (backend := keras.backend.backend()) != "tensorflow":
        raise UserError(
            f"gradients: the Keras backend is {backend!r}; expected: tensorflow;"
            " fix: set KERAS_BACKEND=tensorflow"
        )


def output_gradients(
    network: keras.Model, inputs: np.ndarray, outputs: Sequence[int]
) -> Iterator[np.ndarray]:
    """Gradients of chosen outputs with respect to all inputs, without dropout, batch by batch.

    Parameters
    ----------
    network
        (batch, ...) to (batch, outputs); the samples of a batch must be independent.
    inputs : float array, shape=(B, ...)
        Points at which the gradients are computed.
    outputs
        Indices of n outputs.

    Yields
    ------
    float array, shape=(b, n, ...)
        `[:, q]` is ∂ output[outputs[q]] / ∂ input, with the network's dtype; B rows in all batches.

    Raises
    ------
    UserError
        The Keras backend is not TensorFlow.
    """
    require_tensorflow()
    import tensorflow as tf

    dtype, outputs = network.outputs[0].dtype, np.asarray(outputs, dtype=int)
    # selection by a matrix product, whose gradient is deterministic
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
    batch = max(1, MAX_VALUES // (widest * len(outputs)))
    started = logged = time.monotonic()
    for row in range(0, len(inputs), batch):
        yield jacobian(tf.constant(inputs[row : row + batch], dtype)).numpy()
        if time.monotonic() - logged > PROGRESS_SECONDS:
            logged, done = time.monotonic(), min(row + batch, len(inputs))
            log.info("%d of %d windows, %.0f s", done, len(inputs), logged - started)


def gradients_at(network: keras.Model, inputs: np.ndarray, outputs: Sequence[int]) -> np.ndarray:
    """All batches of `output_gradients` as one array, shape=(B, n, ...)."""
    return np.concatenate(list(output_gradients(network, inputs, outputs)))


def as_float64(network: keras.Model) -> keras.Model:
    """Copy of a network with the same weights that computes in float64."""
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
    min_slope: float = 1e-8,
) -> pd.DataFrame:
    """Compare gradients with central differences in float64, at random (output, input) pairs.

    A ReLU network is not differentiable at its kinks. Pairs are excluded if the left and right
    slopes differ by more than 1e-3 of their size, because a kink lies within the step; the gradient
    is not part of this criterion. Pairs are also excluded if both slopes are below `min_slope` of
    the largest gradient (an output at 0), where a relative error is meaningless.

    Parameters
    ----------
    network
        Any network; it is copied to float64.
    inputs : float array, shape=(B, ...)
        Points from which the pairs are drawn.
    pairs, seed
        Number of pairs, and seed of the random draw.
    step
        Step of the differences, in units of the inputs.
    min_slope
        Minimum slope relative to the largest gradient.

    Returns
    -------
    pandas.DataFrame
        One row per pair: row, output, input (flat index), gradient, difference, kept (bool), error
        (relative; NaN if not kept).
    """
    network, rng = as_float64(network), np.random.default_rng(seed)
    inputs = inputs.astype("float64")
    rows = rng.integers(0, len(inputs), pairs)
    outputs = rng.integers(0, network.output_shape[-1], pairs)
    positions = rng.integers(0, inputs[0].size, pairs)
    found = gradients_at(network, inputs, outputs).reshape(len(inputs), pairs, -1)
    exact, largest = found[rows, np.arange(pairs), positions], np.abs(found).max()
    moved = np.stack([inputs[rows]] * 3).reshape(3, pairs, -1)
    moved[0, np.arange(pairs), positions] -= step
    moved[2, np.arange(pairs), positions] += step
    # not `predict`, which rounds its inputs to float32
    moved = moved.reshape(3 * pairs, *inputs.shape[1:])
    values = keras.ops.convert_to_numpy(network(keras.ops.convert_to_tensor(moved), training=False))
    values = values.reshape(3, pairs, -1)[:, np.arange(pairs), outputs]
    left, right = np.diff(values, axis=0) / step
    central = (left + right) / 2
    size = np.maximum(np.abs(left), np.abs(right))
    kept = (np.abs(left - right) <= 1e-3 * size) & (size > min_slope * largest)
    error = np.abs(exact - central) / np.maximum(np.abs(central), np.abs(exact) + (exact == 0))
    return pd.DataFrame(
        {
            "row": rows,
            "output": outputs,
            "input": positions,
            "gradient": exact,
            "difference": central,
            "kept": kept,
            "error": np.where(kept, error, np.nan),
        }
    )
