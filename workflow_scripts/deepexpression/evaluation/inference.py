"""Outputs of trained networks."""

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.training import Inputs

BATCH = 256  # genes at once where nothing is trained


def apply(network: keras.Model, inputs: Inputs) -> np.ndarray:
    """Outputs for some genes, first axis the genes, of a network at rest.

    Layer by layer: a loaded network is used for some dozen batches, and making its graph takes as
    long.
    """
    number = len(keras.tree.flatten(inputs)[0])
    batches = [slice(first, first + BATCH) for first in range(0, number, BATCH)]
    outputs = [
        network(keras.tree.map_structure(lambda x, b=batch: x[b], inputs), training=False)
        for batch in batches
    ]
    return np.concatenate([keras.ops.convert_to_numpy(output) for output in outputs])
