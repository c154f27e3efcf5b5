"""Whole networks from the settings of a preset: the sequence model, and those with HiChIP."""

import keras
import numpy as np

from workflow_scripts.deepexpression.evaluation.inference import apply
from workflow_scripts.deepexpression.models.heads import build_branch, build_head, chain
from workflow_scripts.deepexpression.models.promoter_network import PROMOTER, build_trunk

OF_TRUNK = (
    "filters", "kernel", "strands", "activation", "first_pool", "pool_first", "blocks", "layers",
    "growth", "block_kernel", "block_dropout", "compression", "transition_norm",
    "transition_dropout", "transitions", "pooling", "pool", "summary", "stretches", "kmers",
    "kmer_dropout", "summary_dropout", "dense", "dense_norm", "dropout",
    "dropout_after", "shift", "norm_momentum",
)  # fmt: skip


def trunk_from(settings: dict, *, length: int, seed: int) -> keras.Model:
    """The promoter trunk of a preset's `network`."""
    return build_trunk(length=length, seed=seed, **{key: settings[key] for key in OF_TRUNK})


def promoter_network(settings: dict, *, length: int, task: str, seed: int) -> keras.Model:
    """The sequence model, DeepExpression-seq: trunk and a head of its own.

    Takes uint8 (batch, length) base codes. With the paper's settings it has 960,361 parameters for
    regression, 960,402 for classification, all but the head's 41 or 82 in the trunk.
    """
    trunk = trunk_from(settings, length=length, seed=seed)
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
    """HiChIP branch and joint head: what is trained on the vectors of a frozen trunk.

    Parameters
    ----------
    settings, task, seed
        A preset's `network`; the task; of weights and dropout.
    promoter
        Length of the trunk's vectors; 0 for a network of HiChIP alone.
    bins, window
        Bins of a gene's HiChIP vector; those that the network sees.

    Returns
    -------
    keras.Model
        Takes (batch, promoter) vectors, unless there are none, and (batch, bins) signal.
    """
    branch = build_branch(
        bins=bins, units=settings["hichip"], dropout=settings["hichip_dropout"],
        per_position=settings["per_position"], window=window, seed=seed + 2,
    )  # fmt: skip
    size = branch.output.shape[-1]
    if not promoter:
        return chain([branch], _head(settings, [size], task, seed + 3, joint=True), "hichip_only")
    vector = keras.Input((promoter,), name="vector")
    same = keras.Model(vector, keras.layers.Identity()(vector), name=f"{PROMOTER}_vector")
    head = _head(settings, [promoter, size], task, seed + 3, joint=True)
    return chain([same, branch], head, "joint")


def whole_network(trunk: keras.Model, joint: keras.Model, name: str = "full") -> keras.Model:
    """The full network of a trunk and what was trained on its vectors; it shares their weights."""
    signal = joint.inputs[1]
    inputs = [
        keras.Input(trunk.input.shape[1:], dtype=trunk.input.dtype, name=trunk.input.name),
        keras.Input(signal.shape[1:], name=signal.name),
    ]
    return keras.Model(inputs, joint([trunk(inputs[0]), inputs[1]]), name=name)


def promoter_vectors(trunk: keras.Model, promoters: np.ndarray, genes: np.ndarray) -> np.ndarray:
    """A trunk's vectors of some genes, float32, shape=(G, promoter); 0 for the other genes.

    The trunk is at rest: no dropout, batch normalisation by the moments of its training.
    """
    vectors = np.zeros((len(promoters), trunk.output.shape[-1]), "float32")
    vectors[genes] = apply(trunk, promoters[genes])
    return vectors


def _head(settings: dict, sizes: list[int], task: str, seed: int, *, joint: bool) -> keras.Model:
    return build_head(
        sizes=sizes, task=task, units=settings["joint"] if joint else (),
        dropout=settings["joint_dropout"], activation=settings["output"], seed=seed,
    )  # fmt: skip
