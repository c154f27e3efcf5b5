"""Networks built from a preset: the sequence model, and models with HiChIP."""

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.training import Inputs
from workflow_scripts.deepexpression.models.heads import build_branch, build_head, chain
from workflow_scripts.deepexpression.models.promoter_network import PROMOTER, build_trunk

BATCH = 256  # genes per batch in inference
# keys of a preset's `network` that the trunk uses
TRUNK_KEYS = (
    "filters", "kernel_size", "strands", "activation", "first_pool_size", "pool_before_batchnorm",
    "blocks", "layers_per_block", "growth_rate", "block_kernel_size", "block_dropout",
    "compression", "transition_batchnorm", "transition_dropout", "transitions", "pooling",
    "pool_size", "global_pooling", "segments", "global_pooling_dropout", "kmers", "kmer_dropout",
    "dense_units", "dense_batchnorm", "dense_dropout", "dense_dropout_after", "max_shift",
    "batchnorm_momentum",
)  # fmt: skip


def trunk_network(settings: dict, *, length: int, seed: int) -> keras.Model:
    """Build the promoter trunk from a preset's `network`."""
    return build_trunk(length=length, seed=seed, **{key: settings[key] for key in TRUNK_KEYS})


def promoter_network(settings: dict, *, length: int, task: str, seed: int) -> keras.Model:
    """Build the sequence model, DeepExpression-seq: trunk and head.

    It takes uint8 (batch, length) base codes. With the paper's settings it has 960,361 parameters
    for regression and 960,402 for classification, of which 41 and 82 are in the head.
    """
    trunk = trunk_network(settings, length=length, seed=seed)
    head = _head(settings, [trunk.output.shape[-1]], task, seed + 1, joint=False)
    return chain([trunk], head, "seq")


def joint_network(
    settings: dict,
    *,
    promoter: int,
    bins: int,
    window: slice,
    task: str,
    seed: int,
) -> keras.Model:
    """Build HiChIP branch and joint head, which are trained on the vectors of a frozen trunk.

    Parameters
    ----------
    settings, task, seed
        A preset's `network`; the task; seed of weights and dropout.
    promoter
        Length of the trunk's vectors; 0 for a network of HiChIP only.
    bins, window
        Number of bins of a gene's HiChIP vector; bins that the network uses.

    Returns
    -------
    keras.Model
        Takes vectors (batch, promoter), unless promoter is 0, and signal (batch, bins).
    """
    branch = build_branch(
        bins=bins, units=settings["hichip_units"], dropout=settings["hichip_dropout"],
        per_bin=settings["hichip_per_bin"], window=window, seed=seed + 2,
    )  # fmt: skip
    size = branch.output.shape[-1]
    if not promoter:
        return chain([branch], _head(settings, [size], task, seed + 3, joint=True), "hichip_only")
    vector = keras.Input((promoter,), name="vector")
    same = keras.Model(vector, keras.layers.Identity()(vector), name=f"{PROMOTER}_vector")
    head = _head(settings, [promoter, size], task, seed + 3, joint=True)
    return chain([same, branch], head, "joint")


def whole_network(trunk: keras.Model, joint: keras.Model, name: str = "full") -> keras.Model:
    """Join a trunk and the network trained on its vectors; the result shares their weights."""
    signal = joint.inputs[1]
    inputs = [
        keras.Input(trunk.input.shape[1:], dtype=trunk.input.dtype, name=trunk.input.name),
        keras.Input(signal.shape[1:], name=signal.name),
    ]
    return keras.Model(inputs, joint([trunk(inputs[0]), inputs[1]]), name=name)


def promoter_vectors(trunk: keras.Model, promoters: np.ndarray, genes: np.ndarray) -> np.ndarray:
    """Vectors of a trunk for some genes, float32, shape=(G, promoter); 0 for the other genes.

    The trunk is in inference mode: no dropout, and batch normalization by its moving averages.
    """
    vectors = np.zeros((len(promoters), trunk.output.shape[-1]), "float32")
    vectors[genes] = predict_batches(trunk, promoters[genes])
    return vectors


def predict_batches(network: keras.Model, inputs: Inputs) -> np.ndarray:
    """Outputs of a network in inference mode, first axis the genes.

    The network is called directly: it is used for some dozens of batches, and building a graph for
    `predict` takes as long as these.
    """
    number = len(keras.tree.flatten(inputs)[0])
    batches = [slice(first, first + BATCH) for first in range(0, number, BATCH)]
    outputs = [
        network(keras.tree.map_structure(lambda x, b=batch: x[b], inputs), training=False)
        for batch in batches
    ]
    return np.concatenate([keras.ops.convert_to_numpy(output) for output in outputs])


def _head(settings: dict, sizes: list[int], task: str, seed: int, *, joint: bool) -> keras.Model:
    return build_head(
        sizes=sizes, task=task, units=settings["joint_units"] if joint else (),
        dropout=settings["joint_dropout"], activation=settings["output_activation"], seed=seed,
    )  # fmt: skip
