"""Pairs of bins: their features, their segments, and stretches for the pairwise network.

A pair is a bin and a distance d in bins, as in the band of O/E: (bin, bin + d), 0 <= d < w.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import Segment, find_segments

# Of each factor: product, absolute difference, sum, mean over the interval
FEATURES_PER_FACTOR = 4


def pair_features(profiles: np.ndarray, bins: np.ndarray, distance: int) -> np.ndarray:
    """Features of the pairs (bin, bin + distance), symmetric in the two bins.

    Parameters
    ----------
    profiles : float array, shape=(M, N)
        Value of each factor in each bin.
    bins : int array, shape=(n,)
        First bins of the pairs.
    distance
        Distance in bins, 0 or more.

    Returns
    -------
    float64 array, shape=(n, 4M)
        Products, absolute differences, sums, and means over the interval from the first to the
        second bin (both included), each for all factors.
    """
    values = np.asarray(profiles, dtype="float64").T
    sums = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0)])
    first, second = values[bins], values[bins + distance]
    mean = (sums[bins + distance + 1] - sums[bins]) / (distance + 1)
    return np.hstack([first * second, np.abs(first - second), first + second, mean])


def pairs_within(segments: Iterable[Segment], n_bins: int, window: int) -> np.ndarray:
    """Pairs whose bins both lie in one of the segments, bool (N, w)."""
    inside = np.zeros((n_bins, window), bool)
    for segment in segments:
        for distance in range(window):
            inside[segment.start : max(segment.start, segment.stop - distance), distance] = True
    return inside


def split_segments(data: ConformationData) -> dict[str, list[Segment]]:
    """Segments of train, valid and test, for models of pairs.

    Without validation bins (split `paper`, which draws validation windows at random) the last fifth
    of the longest training segment is for validation: overlapping windows share pairs, so that
    random windows would validate on pairs of the training.
    """
    segments = find_segments(data)
    train, valid = ([s for s in segments if s.split == split] for split in ("train", "valid"))
    if not valid:
        longest = max(train, key=lambda s: s.stop - s.start)
        border = longest.stop - (longest.stop - longest.start) // 5
        valid = [Segment(longest.chrom, "valid", border, longest.stop)]
        shorter = Segment(longest.chrom, "train", longest.start, border)
        train = [shorter if segment is longest else segment for segment in train]
    return {"train": train, "valid": valid, "test": [s for s in segments if s.split == "test"]}


def cut_stretches(
    profiles: np.ndarray, target: np.ndarray, segments: Sequence[Segment], margin: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut segments into overlapping stretches of 3w bins, one every w // 5 bins.

    Parameters
    ----------
    profiles : float array, shape=(M, N)
        Value of each factor in each bin.
    target : float array, shape=(N, w)
        Target of each pair (bin, bin + d); NaN where unknown.
    segments
        Segments to cut. A segment shorter than a stretch is padded with its mean profile, without
        targets.
    margin
        Bins on either side of a bin that the network's convolution reads. A pair has a target only
        where the margins of both bins lie within the stretch, and so within the segment.

    Returns
    -------
    inputs : float32 array, shape=(S, 3w, M)
    targets : float32 array, shape=(S, 3w, w)
        NaN where a pair is unknown or leaves the stretch.
    """
    window = target.shape[1]
    length = 3 * window
    bins, distances = np.arange(length)[:, None], np.arange(window)
    inside = (bins >= margin) & (bins + distances < length - margin)
    inputs, targets = [], []
    for segment in segments:
        values = profiles[:, segment.start : segment.stop].T
        pairs = np.where(
            np.arange(len(values))[:, None] + distances < len(values) - margin,
            target[segment.start : segment.stop],
            np.nan,
        )
        if short := max(0, length - len(values)):
            values = np.concatenate([values, np.tile(values.mean(0), (short, 1))])
            pairs = np.concatenate([pairs, np.full((short, window), np.nan)])
        last = len(values) - length
        # the last stretch ends where the segment ends
        for first in sorted({*range(0, last, max(1, window // 5)), last}):
            inputs.append(values[first : first + length])
            targets.append(np.where(inside, pairs[first : first + length], np.nan))
    return np.array(inputs, dtype="float32"), np.array(targets, dtype="float32")
