"""Stretches of bins that `forward_pairwise` is trained on and predicts, cut from segments."""

from collections.abc import Sequence

import keras
import numpy as np

from workflow_scripts.conformation.data.windows import Segment

# Bins predicted at once: bounds the memory, whatever the chromosome
PIECE = 1000


def cut_stretches(
    profiles: np.ndarray, target: np.ndarray, stretches: Sequence[Segment], reach: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut segments into overlapping stretches of 3w bins, one every w // 5 bins.

    Parameters
    ----------
    profiles : float array, shape=(M, N)
        Value of each factor in each bin.
    target : float array, shape=(N, w)
        Target of each pair (bin, bin + d); NaN where unknown.
    stretches
        Segments to cut. One shorter than a stretch is filled up with its mean profile, without
        targets.
    reach
        Bins to either side of a bin that its description takes in. A pair has a target only where
        those of both its bins lie within the stretch, hence within the segment.

    Returns
    -------
    inputs : float32 array, shape=(S, 3w, M)
    targets : float32 array, shape=(S, 3w, w)
        NaN where a pair is unknown or leaves the stretch.
    """
    window = target.shape[1]
    length = 3 * window
    bins, distances = np.arange(length)[:, None], np.arange(window)
    inside = (bins >= reach) & (bins + distances < length - reach)
    inputs, targets = [], []
    for segment in stretches:
        values = profiles[:, segment.start : segment.stop].T
        pairs = np.where(
            np.arange(len(values))[:, None] + distances < len(values) - reach,
            target[segment.start : segment.stop],
            np.nan,
        )
        if short := max(0, length - len(values)):
            values = np.concatenate([values, np.tile(values.mean(0), (short, 1))])
            pairs = np.concatenate([pairs, np.full((short, window), np.nan)])
        last = len(values) - length
        # the last one ends where the segment ends
        for first in sorted({*range(0, last, max(1, window // 5)), last}):
            inputs.append(values[first : first + length])
            targets.append(np.where(inside, pairs[first : first + length], np.nan))
    return np.array(inputs, dtype="float32"), np.array(targets, dtype="float32")


def predict_band(
    network: keras.Model,
    profiles: np.ndarray,
    stretches: Sequence[Segment],
    window: int,
    reach: int,
) -> np.ndarray:
    """Predicted log O/E of all pairs within segments, float64 (N, w); NaN elsewhere.

    Bins beyond a segment are not looked at, but count as average.
    """
    band = np.full((profiles.shape[1], window), np.nan)
    for segment in stretches:
        for start in range(segment.start, segment.stop, PIECE):
            stop = min(start + PIECE, segment.stop)
            left = max(segment.start, start - reach)
            right = min(segment.stop, stop + window + reach)
            stretch = profiles[None, :, left:right].transpose(0, 2, 1).astype("float32")
            found = keras.ops.convert_to_numpy(network(stretch, training=False))[0]
            band[start:stop] = found[start - left : stop - left]
        leaves = np.arange(segment.start, segment.stop)[:, None] + np.arange(window) >= segment.stop
        band[segment.start : segment.stop][leaves] = np.nan
    return band
