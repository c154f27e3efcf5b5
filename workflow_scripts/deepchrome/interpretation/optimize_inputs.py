"""Class maps (Figure 5): inputs that the trained networks of a cell classify as high or low.

This is the one module of the paper that calls TensorFlow directly, because Keras 3 has no gradient
with respect to an input that works with all its backends.
"""

import logging
import time
from dataclasses import dataclass

import keras
import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.interpretation.mark_roles import CLASSES
from workflow_scripts.deepchrome.models.network import weights_by_cell

log = logging.getLogger("chromaloom")

# as optim.rmsprop of Torch7, which the released code calls
SMOOTHING, EPSILON = 0.99, 1e-8


@dataclass(frozen=True)
class Recipe:
    """Optimizer of inputs, `rmsprop` or `gradient_descent`, and its learning rate."""

    optimizer: str
    learning_rate: float


# `released`: the released code (7_viz.lua). `paper`: plain gradient descent; the paper does not
# give its learning rate, and with 1.0 inputs converge within 1000 steps.
RECIPES = {"released": Recipe("rmsprop", 0.1), "paper": Recipe("gradient_descent", 1.0)}


def objective(networks: list[keras.Model], inputs, classes, *, l2: float, scale):
    """Return the negative mean log-probability of each input's class plus its L2 penalty.

    Parameters
    ----------
    networks
        Networks from (batch, bins, marks) to log-probabilities (batch, classes); their mean is
        used.
    inputs : tensor of float32, shape=(batch, bins, marks)
        Inputs to optimize; the networks see `inputs * scale`.
    classes : array of int, shape=(batch,)
        Target class of each input.
    l2
        Weight of the squared Euclidean norm, λ of Singh 2016.
    scale : array of float32, shape=(marks,)
        Read counts that correspond to an input of 1.

    Returns
    -------
    tensor of float32, shape=(batch,)
    """
    scores = sum(network(inputs * scale, training=False) for network in networks) / len(networks)
    target = keras.ops.take_along_axis(scores, keras.ops.reshape(classes, (-1, 1)), axis=1)
    return l2 * keras.ops.sum(inputs**2, axis=(1, 2)) - target[:, 0]


def optimize(
    networks: list[keras.Model],
    inputs: np.ndarray,
    classes: np.ndarray,
    *,
    recipe: str,
    steps: int,
    l2: float,
    scale: np.ndarray,
    learning_rate: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Minimize `objective` from many starting points in one batch, without dropout.

    Parameters
    ----------
    networks, classes, l2, scale
        As `objective`.
    inputs : array of float32, shape=(batch, bins, marks)
        Starting points, optimized independently.
    recipe, learning_rate
        Name in `RECIPES`; learning rate, by default that of the recipe.
    steps
        Steps of the optimizer. Values are not bounded during optimization, as in the released code.

    Returns
    -------
    inputs : array of float32, shape=(batch, bins, marks)
        Optimized inputs, not yet bounded.
    probability : array of float32, shape=(batch,)
        Probability of the target class, geometric mean over networks.

    Raises
    ------
    UserError
        The Keras backend is not TensorFlow, or the optimization diverged.
    """
    if keras.backend.backend() != "tensorflow":
        raise UserError(
            f"class maps: Keras backend {keras.backend.backend()!r} is not supported; expected:"
            " tensorflow; fix: set KERAS_BACKEND=tensorflow"
        )
    import tensorflow as tf

    settings, started = RECIPES[recipe], time.monotonic()
    rate = settings.learning_rate if learning_rate is None else learning_rate
    x = tf.Variable(inputs.astype("float32"))
    mean_square = tf.Variable(tf.zeros_like(x))
    classes, scale = tf.constant(classes, tf.int32), tf.constant(scale, tf.float32)

    @tf.function
    def minimize():
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(objective(networks, x, classes, l2=l2, scale=scale))
            gradient = tape.gradient(loss, x)
            if settings.optimizer == "rmsprop":
                mean_square.assign(SMOOTHING * mean_square + (1 - SMOOTHING) * gradient**2)
                gradient = gradient / (tf.sqrt(mean_square) + EPSILON)
            x.assign_sub(rate * gradient)
        return -objective(networks, x, classes, l2=0.0, scale=scale)

    probability = np.exp(minimize().numpy())
    if not np.isfinite(x.numpy()).all():
        raise UserError(
            f"class maps: recipe {recipe} diverged with learning rate {rate}; fix: lower"
            " deepchrome.class_maps.learning_rate"
        )
    log.info("%d inputs, %d steps, %.1f s", len(inputs), steps, time.monotonic() - started)
    return x.numpy(), probability


def bound_map(inputs: np.ndarray, recipe: str) -> np.ndarray:
    """Scale optimized inputs to [0, 1]; the maximum of each map becomes 1.

    Parameters
    ----------
    inputs : array of float, shape=(..., bins, marks)
        Optimized inputs.
    recipe
        `released` clips to [0, 1], `paper` clips at 0 only; both divide by the maximum.

    Returns
    -------
    array of float, shape=(..., bins, marks)
        Class maps. A map without positive values is 0.
    """
    maps = np.clip(inputs, 0, 1 if recipe == "released" else None)
    maximum = maps.max(axis=(-2, -1), keepdims=True)
    return np.divide(maps, maximum, out=np.zeros_like(maps), where=maximum > 0)


def input_scale(data: Marks, scale: str) -> np.ndarray:
    """Return the read counts that correspond to an input of 1, float32, shape=(marks,).

    They are 1 for `scale` "counts"; for "quantile", each mark's 99 % quantile over all bins of the
    training genes, at least 1.
    """
    if scale == "counts":
        return np.ones(len(data.marks), "float32")
    values = data.values[data.split == "train"]
    return np.maximum(np.quantile(values, 0.99, axis=(0, 1)), 1).astype("float32")


def main(
    datasets: list[str],
    weights: list[str],
    *,
    cells: list[str],
    settings: dict,
    seed: int,
    gpu: int,
    threads: int,
    maps: str,
) -> None:
    """Write an NPZ with the maps of all cells, both classes and every starting point.

    maps : float32, shape=(cells, classes, starts, bins, marks), in [0, 1]
    probability : float32, shape=(cells, classes, starts), of the class, before bounding
    scale : float32, shape=(cells, marks)
    cell, class_name, mark : str

    A map maximizes the mean log-probability over the networks of all seeds of a cell. Starting
    points are uniform in [0, 1] and the same for both classes and all cells.

    Parameters
    ----------
    datasets
        `Marks` NPZ of each cell.
    weights
        Networks, listed cell by cell.
    cells
        Names of the cells.
    settings
        Config section `class_maps`: recipe, starts, steps, l2, scale, and optionally learning_rate.
    seed
        Seed of the starting points.
    gpu, threads
        As `prepare_device`.
    maps
        Output.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    files, starts = weights_by_cell(cells, weights), settings["starts"]
    bounded, probabilities, scales = [], [], []
    for number, (cell, path) in enumerate(zip(cells, datasets, strict=True), start=1):
        data = Marks.load(path)
        networks = [keras.models.load_model(file, compile=False) for file in files[cell]]
        shape = (starts, *data.values.shape[1:])
        initial = np.random.default_rng(seed).random(shape, "float32")
        scales.append(input_scale(data, settings["scale"]))
        optimized, probability = optimize(
            networks,
            np.concatenate([initial] * len(CLASSES)),
            np.repeat(np.arange(len(CLASSES)), starts),
            recipe=settings["recipe"],
            steps=settings["steps"],
            l2=settings["l2"],
            learning_rate=settings.get("learning_rate"),
            scale=scales[-1],
        )
        bounded.append(bound_map(optimized, settings["recipe"]).reshape(len(CLASSES), *shape))
        probabilities.append(probability.reshape(len(CLASSES), starts))
        means = [f"{c} {p:.3f}" for c, p in zip(CLASSES, probabilities[-1].mean(1), strict=True)]
        log.info("cell %s (%d of %d): P(class) %s", cell, number, len(cells), ", ".join(means))
    with atomic_path(maps) as temporary:
        np.savez_compressed(
            temporary,
            maps=np.stack(bounded),
            probability=np.stack(probabilities),
            scale=np.stack(scales),
            cell=np.array(cells),
            class_name=np.array(CLASSES),
            mark=data.marks,
        )


if __name__ == "__main__":
    run_script(main, snakemake)
