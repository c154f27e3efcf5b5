"""Windows along a genome: their profiles, their maps, and the map averaged back from them.

A window is named by `first`, the first bin of its receptive field of 3w bins: w bins of flank, the
w bins whose map it is (its inner window), and w bins of flank again. Maps are flat: the upper
triangle of the inner window with its diagonal, P = w(w + 1)/2 pixels, row by row.
"""

from dataclasses import dataclass

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData


@dataclass(frozen=True)
class Segment:
    """A run of bins `start` to `stop` (indices into the N bins) of one chromosome and one part."""

    chrom: str
    part: str
    start: int
    stop: int


def pixel_index(w: int) -> tuple[np.ndarray, np.ndarray]:
    """Bins i <= j of the pixels of a flat map, counted within the inner window; each (P,) int."""
    return np.triu_indices(w)


def segments(data: ConformationData) -> list[Segment]:
    """Runs of bins of one chromosome and part, in order; also those of the part `none`.

    Bins that do not follow each other on the chromosome (two regions of one) are two runs.
    """
    joined = (
        (data.chrom[1:] == data.chrom[:-1])
        & (data.part[1:] == data.part[:-1])
        & (data.start[1:] == data.end[:-1])
    )
    starts = np.concatenate([[0], np.flatnonzero(~joined) + 1])
    stops = [*starts[1:], len(data.part)]
    return [
        Segment(str(data.chrom[start]), str(data.part[start]), int(start), int(stop))
        for start, stop in zip(starts, stops, strict=True)
    ]


def window_firsts(start: int, stop: int, w: int) -> np.ndarray:
    """First bins of all windows whose receptive field lies in bins `start` to `stop`, ascending."""
    return np.arange(start, max(start, stop - 3 * w + 1))


def part_firsts(data: ConformationData, part: str) -> np.ndarray:
    """First bins of all windows of a part; each receptive field lies within one segment."""
    found = [window_firsts(s.start, s.stop, data.window) for s in segments(data) if s.part == part]
    return np.concatenate([np.empty(0, int), *found])


def window_profiles(profiles: np.ndarray, firsts: np.ndarray, w: int) -> np.ndarray:
    """Profiles of windows: (M, N) values and (W,) first bins to (W, 3w, M)."""
    return np.ascontiguousarray(profiles.T)[np.asarray(firsts)[:, None] + np.arange(3 * w)]


def window_maps(oe: np.ndarray, firsts: np.ndarray, w: int) -> np.ndarray:
    """Maps of windows: band (N, w) of O/E and (W,) first bins to (W, P); NaN stays NaN."""
    i, j = pixel_index(w)
    return oe[np.asarray(firsts)[:, None] + w + i, j - i]


def average_maps(predicted: np.ndarray, firsts: np.ndarray, w: int, n_bins: int) -> np.ndarray:
    """Average of each pixel over all windows that hold it.

    Parameters
    ----------
    predicted : float array, shape=(W, P)
        Maps of windows; NaN pixels do not count.
    firsts : int array, shape=(W,)
        First bins of the windows; one may come more than once.
    w, n_bins
        Bins of a window, and of the whole band.

    Returns
    -------
    float64 array, shape=(n_bins, w)
        Value of pixel (bin, bin + d); NaN where no window holds it.
    """
    total, count = np.zeros((n_bins, w)), np.zeros((n_bins, w))
    rows = np.asarray(firsts) + w
    for pixel, (i, j) in enumerate(zip(*pixel_index(w), strict=True)):
        known = np.isfinite(predicted[:, pixel])
        np.add.at(total[:, j - i], rows[known] + i, predicted[known, pixel])
        np.add.at(count[:, j - i], rows[known] + i, 1)
    with np.errstate(invalid="ignore"):
        return total / count


def flip_profiles(profiles: np.ndarray) -> np.ndarray:
    """Profiles (W, 3w, M), or σ (W, 3w) or (W, w), read from right to left."""
    return profiles[:, ::-1]


def flip_maps(maps: np.ndarray, w: int) -> np.ndarray:
    """Maps (W, P) of the windows read from right to left: pixel (i, j) to (w-1-j, w-1-i)."""
    return maps[:, flip_order(w)]


def flip_order(w: int) -> np.ndarray:
    """Where pixel p of a flipped map lies in the map itself, (P,) int."""
    i, j = pixel_index(w)
    flat = np.full((w, w), -1)
    flat[i, j] = np.arange(len(i))
    return flat[w - 1 - j, w - 1 - i]


def training_windows(data: ConformationData, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Windows of training and validation, both ways read.

    Data with a part `valid` (split `blocked`) give each part its own. Data without (split `paper`)
    give a random fifth of the training windows to validation, flips apart: windows overlap, and one
    may be trained on whose mirror image validates, as in Farré 2018. It leaks; the test part does
    not.

    Returns
    -------
    dict
        For `train` and `valid`: first bins (int) and whether the window is flipped (bool).
    """
    both = {part: _both_ways(part_firsts(data, part)) for part in ("train", "valid")}
    if (data.part == "valid").any():
        return both
    firsts, flipped = both["train"]
    order = np.random.default_rng(seed).permutation(len(firsts))
    number = -(-len(firsts) * 4 // 5)
    chosen = {"train": np.sort(order[:number]), "valid": np.sort(order[number:])}
    return {part: (firsts[rows], flipped[rows]) for part, rows in chosen.items()}


def _both_ways(firsts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.tile(firsts, 2), np.repeat([False, True], len(firsts))


def check_disjoint(data: ConformationData) -> dict[str, int]:
    """Assert that receptive fields of different parts share no bin; count the windows of each.

    Raises
    ------
    UserError
        A bin is in the receptive fields of two parts.
    """
    counts, owner = {}, np.full(len(data.part), "", dtype="U8")
    for part in ("train", "valid", "test"):
        firsts = part_firsts(data, part)
        counts[part] = len(firsts)
        covered = np.zeros(len(data.part), bool)
        covered[(firsts[:, None] + np.arange(3 * data.window)).ravel()] = True
        if (shared := np.flatnonzero(covered & (owner != ""))).size:
            bin_ = shared[0]
            raise UserError(
                f"conformation: bin {data.chrom[bin_]}:{data.start[bin_]}-{data.end[bin_]} is in"
                f" receptive windows of {owner[bin_]} and {part}; allowed: one part"
            )
        owner[covered] = part
    return counts
