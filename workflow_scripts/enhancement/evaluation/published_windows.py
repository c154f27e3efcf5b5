"""Published networks on the windows of a run, for Table II and Figure 6.

The networks were trained on counts of human cells; here they read the run's Observed maps
(logarithms, in [0, 1]) in place of clipped counts. Table II may have been made in another way.
"""

from pathlib import Path

import numpy as np

from workflow_scripts.enhancement.config.published import PUBLISHED
from workflow_scripts.enhancement.models.published_networks import load_published

BATCH = 8
TILE, INNER = 40, 28  # bins of a tile and of its predicted part, of all methods


def predict_published(
    name: str, path: str | Path, low: np.ndarray, *, crop: int, tiles: str = "whole"
) -> np.ndarray:
    """Maps that a published network predicts for some windows.

    Parameters
    ----------
    name, path
        Key of `PUBLISHED`; file of its weights.
    low : float32 array, shape=(n, B, B)
        Observed maps of low resolution. Of DeepHiC they are the input, of HiCPlus a hundredth of
        it: in [0, 1] and [0, 100] as in the training of these networks.
    crop
        Bins that the result lacks on each side, at least 6.
    tiles
        `whole`: the window at once. `paper`: tiles of 40 bins, of which 28 are predicted, side by
        side from the first bin on; the rest is 0.

    Returns
    -------
    float32 array, shape=(n, B - 2 crop, B - 2 crop)
        The mean of the predicted map and its transpose.
    """
    model, bins = PUBLISHED[name], low.shape[1]
    size = bins if tiles == "whole" else TILE
    network = load_published(model.method, path, size)
    edge = (size - network.output_shape[1]) // 2  # bins that the network removes
    scale = model.clip_value / model.divisor

    def predict(maps: np.ndarray) -> np.ndarray:
        blocks = [
            np.asarray(network.predict_on_batch(maps[first : first + BATCH, ..., None] * scale))
            for first in range(0, len(maps), BATCH)
        ]
        return np.concatenate(blocks)[..., 0] / scale

    found = np.zeros(low.shape, "float32")
    if tiles == "whole":
        found[:, edge : bins - edge, edge : bins - edge] = predict(low)
    else:
        margin = (TILE - INNER) // 2
        inner = slice(margin - edge, margin - edge + INNER)
        for row in range(0, bins - TILE + 1, INNER):
            for column in range(0, bins - TILE + 1, INNER):
                tile = predict(low[:, row : row + TILE, column : column + TILE])
                top, left = row + margin, column + margin
                found[:, top : top + INNER, left : left + INNER] = tile[:, inner, inner]
    inside = found[:, crop : bins - crop, crop : bins - crop]
    return (inside + inside.transpose(0, 2, 1)) / 2
