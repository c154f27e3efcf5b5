"""Pairs of bins: which ones a part holds, and their features from the profiles of the two bins.

A pair is a bin and a distance d, in bins, as in the band of O/E: (bin, bin + d), 0 <= d < w.
"""

from collections.abc import Iterable

import numpy as np

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import Segment, part_firsts, segments, window_maps
from workflow_scripts.conformation.evaluation.predictions import MapPrediction

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
        Bins from the first to the second, 0 or more.

    Returns
    -------
    float64 array, shape=(n, 4M)
        Of all factors the products, the absolute differences, the sums, and the means over the
        interval from the first bin to the second, both included.
    """
    values = np.asarray(profiles, dtype="float64").T
    sums = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0)])
    first, second = values[bins], values[bins + distance]
    mean = (sums[bins + distance + 1] - sums[bins]) / (distance + 1)
    return np.hstack([first * second, np.abs(first - second), first + second, mean])


def pairs_within(stretches: Iterable[Segment], n_bins: int, window: int) -> np.ndarray:
    """Pairs of which both bins lie in one and the same segment, bool (N, w)."""
    inside = np.zeros((n_bins, window), bool)
    for segment in stretches:
        for distance in range(window):
            inside[segment.start : max(segment.start, segment.stop - distance), distance] = True
    return inside


def pair_segments(data: ConformationData) -> dict[str, list[Segment]]:
    """Segments of train, valid and test, for models of pairs.

    Data without a part `valid` (split `paper`, which takes a random fifth of the windows) give the
    last fifth of the longest training segment to validation: pairs of neighbouring windows are the
    same pairs, so that a random choice would validate on what was trained on.
    """
    found = segments(data)
    train, valid = ([s for s in found if s.part == part] for part in ("train", "valid"))
    if not valid:
        longest = max(train, key=lambda s: s.stop - s.start)
        border = longest.stop - (longest.stop - longest.start) // 5
        valid = [Segment(longest.chrom, "valid", border, longest.stop)]
        shorter = Segment(longest.chrom, "train", longest.start, border)
        train = [shorter if segment is longest else segment for segment in train]
    return {"train": train, "valid": valid, "test": [s for s in found if s.part == "test"]}


def predict_pairs(data: ConformationData, band: np.ndarray) -> MapPrediction:
    """Keep, of a band of predicted O/E (N, w), the pixels of the test windows, and score them.

    The same pixels as a model of windows predicts; here each has one value, whichever windows hold
    it, so that the average over windows is that value.
    """
    firsts = part_firsts(data, "test")
    return MapPrediction.of(data, firsts, window_maps(band, firsts, data.window))
