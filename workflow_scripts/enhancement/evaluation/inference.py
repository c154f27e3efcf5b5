"""Trained networks on windows of a dataset, batch by batch."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from workflow_scripts.enhancement.data.dataset import EnhancementData

# registers the layers that saved networks contain
from workflow_scripts.enhancement.models import autoencoders, sequence_layers  # noqa: F401

BATCH = 4  # maps at once in a hybrid


def load_network(path: str | Path) -> keras.Model:
    """Load a trained network of this paper for prediction."""
    return keras.models.load_model(path, compile=False)


def predict_batches(network: keras.Model, inputs: np.ndarray, batch_size: int) -> np.ndarray:
    """Outputs of a network, `batch_size` inputs at once; first axis the samples."""
    blocks = [inputs[at : at + batch_size] for at in range(0, len(inputs), batch_size)]
    return np.concatenate([network.predict_on_batch(block) for block in blocks])


def predict_head_inputs(
    sequence: keras.Model, image: keras.Model, data: EnhancementData, rows: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Inputs of a hybrid's head, region by region; the DNA of a region is read and run once.

    Parameters
    ----------
    sequence, image
        Parts of a hybrid (`hybrid.hybrid_parts`).
    data, rows
        Windows of kind image.

    Yields
    ------
    tuple of arrays
        Indices into `rows`, and the maps of these windows, float32 (windows, size, size, 2).
    """
    for region in np.unique(data.genome[rows]):
        at = np.flatnonzero(data.genome[rows] == region)
        from_dna = sequence.predict_on_batch(data.codes(rows[at[:1]]))
        low = data.maps_of("low", rows[at])[..., None]
        from_map = predict_batches(image, low, BATCH)
        from_dna = np.repeat(from_dna, len(at), axis=0)
        yield at, np.concatenate([from_dna, from_map], -1, dtype="float32")


def predict_head(head: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """Maps, float32 (n, size, size), of a hybrid's head from its inputs."""
    return predict_batches(head, inputs, BATCH)[..., 0]


def predict_hybrid_maps(
    parts: tuple[keras.Model, keras.Model, keras.Model], low: np.ndarray, codes: np.ndarray
) -> np.ndarray:
    """Maps of a hybrid from low-resolution maps (n, B, B) and DNA (n, window_bp), one by one."""
    sequence, image, head = parts
    # of windows that each have a DNA of their own, as `predict_head_inputs` gives them to the head
    inputs = [
        np.concatenate(
            [sequence.predict_on_batch(codes[at]), image.predict_on_batch(low[at][..., None])],
            -1, dtype="float32",
        )
        for at in np.arange(len(low))[:, None]
    ]  # fmt: skip
    return np.concatenate([predict_head(head, one) for one in inputs])


def predict_hybrid(
    parts: tuple[keras.Model, keras.Model, keras.Model], data: EnhancementData, rows: np.ndarray
) -> np.ndarray:
    """Maps of a hybrid for some windows, float32 (rows, size, size)."""
    sequence, image, head = parts
    size = head.output_shape[1]
    found = np.empty((len(rows), size, size), "float32")
    for at, inputs in predict_head_inputs(sequence, image, data, rows):
        found[at] = predict_head(head, inputs)
    return found


def predicted_image_rows(data: EnhancementData, max_train: int) -> np.ndarray:
    """Rows that image models predict: all splits, at most `max_train` of train; ascending."""
    train = data.rows("train")
    others = np.flatnonzero((data.split != "train") & (data.split != ""))
    if len(train) > max_train:
        train = train[np.linspace(0, len(train) - 1, max_train).astype(int)]
    return np.sort(np.concatenate([train, others]))
