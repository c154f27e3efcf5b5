"""Windows along the genome: their profiles and maps, and the average of overlapping maps.

A window is identified by the first bin of its receptive field of 3w bins: a flank of w bins, the w
bins of its map (the inner window), and a flank of w bins. A map is flat: the upper triangle of the
inner window with its diagonal, P = w(w + 1)/2 pixels, row by row.
"""

from dataclasses import dataclass

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData


@dataclass(frozen=True)
class Segment:
    """Adjacent bins `start` to `stop` (indices into the N bins) of one chromosome and split."""

    chrom: str
    split: str
    start: int
    stop: int


def pixel_index(w: int) -> tuple[np.ndarray, np.ndarray]:
    """Bins i <= j of the pixels of a flat map, counted within the inner window; each int (P,)."""
    return np.triu_indices(w)


def find_segments(data: ConformationData) -> list[Segment]:
    """Segments of all splits, `none` included, in order.

    Bins that are not adjacent on the chromosome (two regions) are in different segments.
    """
    joined = (
        (data.chrom[1:] == data.chrom[:-1])
        & (data.split[1:] == data.split[:-1])
        & (data.start[1:] == data.end[:-1])
    )
    starts = np.concatenate([[0], np.flatnonzero(~joined) + 1])
    stops = [*starts[1:], len(data.split)]
    return [
        Segment(str(data.chrom[start]), str(data.split[start]), int(start), int(stop))
        for start, stop in zip(starts, stops, strict=True)
    ]


def window_first_bins(start: int, stop: int, w: int) -> np.ndarray:
    """First bins of all windows whose receptive field lies in bins `start` to `stop`, ascending."""
    return np.arange(start, max(start, stop - 3 * w + 1))


def split_first_bins(data: ConformationData, split: str) -> np.ndarray:
    """First bins of all windows of a split; each receptive field lies within one segment."""
    found = [
        window_first_bins(segment.start, segment.stop, data.window)
        for segment in find_segments(data)
        if segment.split == split
    ]
    return np.concatenate([np.empty(0, int), *found])


def window_profiles(profiles: np.ndarray, first_bins: np.ndarray, w: int) -> np.ndarray:
    """Profiles of windows: (M, N) values and (W,) first bins to (W, 3w, M)."""
    return np.ascontiguousarray(profiles.T)[np.asarray(first_bins)[:, None] + np.arange(3 * w)]


def window_maps(oe: np.ndarray, first_bins: np.ndarray, w: int) -> np.ndarray:
    """Maps of windows: band (N, w) of O/E and (W,) first bins to (W, P); NaN stays NaN."""
    i, j = pixel_index(w)
    return oe[np.asarray(first_bins)[:, None] + w + i, j - i]


def fill_masked(maps: np.ndarray) -> np.ndarray:
    """Maps with 1, the expected O/E, in masked pixels: the input of a network has no NaN."""
    return np.where(np.isnan(maps), np.float32(1), maps)


def average_maps(predicted: np.ndarray, first_bins: np.ndarray, w: int, n_bins: int) -> np.ndarray:
    """Average of each pixel over all windows that contain it.

    Parameters
    ----------
    predicted : float array, shape=(W, P)
        Maps of windows; NaN pixels are ignored.
    first_bins : int array, shape=(W,)
        First bins of the windows; repeated values are allowed.
    w, n_bins
        Bins of a window, and of the whole band.

    Returns
    -------
    float64 array, shape=(n_bins, w)
        Value of pixel (bin, bin + d); NaN where no window contains it.
    """
    total, count = np.zeros((n_bins, w)), np.zeros((n_bins, w))
    rows = np.asarray(first_bins) + w
    for pixel, (i, j) in enumerate(zip(*pixel_index(w), strict=True)):
        known = np.isfinite(predicted[:, pixel])
        np.add.at(total[:, j - i], rows[known] + i, predicted[known, pixel])
        np.add.at(count[:, j - i], rows[known] + i, 1)
    with np.errstate(invalid="ignore"):
        return total / count


def flip_profiles(profiles: np.ndarray) -> np.ndarray:
    """Reverse the bins of profiles (W, 3w, M), or of σ (W, 3w) or (W, w)."""
    return profiles[:, ::-1]


def flip_maps(maps: np.ndarray, w: int) -> np.ndarray:
    """Maps (W, P) of the reversed windows: pixel (i, j) becomes (w-1-j, w-1-i)."""
    return maps[:, flip_order(w)]


def flip_order(w: int) -> np.ndarray:
    """Pixel of a map that becomes pixel p of the flipped map, int (P,)."""
    i, j = pixel_index(w)
    flat = np.full((w, w), -1)
    flat[i, j] = np.arange(len(i))
    return flat[w - 1 - j, w - 1 - i]


def training_windows(data: ConformationData, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Windows of training and validation, each as it is and flipped.

    With validation bins (split `blocked`) each split has its own windows. Without (split `paper`) a
    random fifth of the training windows is for validation. A window and its flip are drawn
    independently, and windows overlap: a window may be in training while its mirror image is in
    validation, as in Farré 2018. This leaks into validation, not into the test split.

    Returns
    -------
    dict
        For `train` and `valid`: first bins (int), and whether the window is flipped (bool).
    """
    windows = {split: _with_flips(split_first_bins(data, split)) for split in ("train", "valid")}
    if (data.split == "valid").any():
        return windows
    first_bins, flipped = windows["train"]
    order = np.random.default_rng(seed).permutation(len(first_bins))
    number = -(-len(first_bins) * 4 // 5)
    chosen = {"train": np.sort(order[:number]), "valid": np.sort(order[number:])}
    return {split: (first_bins[rows], flipped[rows]) for split, rows in chosen.items()}


def _with_flips(first_bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.tile(first_bins, 2), np.repeat([False, True], len(first_bins))


def check_disjoint(data: ConformationData) -> dict[str, int]:
    """Check that receptive fields of different splits share no bin; count the windows of each.

    Raises
    ------
    UserError
        A bin is in the receptive fields of two splits.
    """
    counts, owner = {}, np.full(len(data.split), "", dtype="U8")
    for split in ("train", "valid", "test"):
        first_bins = split_first_bins(data, split)
        counts[split] = len(first_bins)
        covered = np.zeros(len(data.split), bool)
        covered[(first_bins[:, None] + np.arange(3 * data.window)).ravel()] = True
        if (shared := np.flatnonzero(covered & (owner != ""))).size:
            bin_ = shared[0]
            raise UserError(
                f"conformation: bin {data.chrom[bin_]}:{data.start[bin_]}-{data.end[bin_]} is in"
                f" receptive fields of {owner[bin_]} and {split}; expected: disjoint splits"
            )
        owner[covered] = split
    return counts


def check_windows(data: ConformationData, where: str) -> dict[str, int]:
    """Check that training and test have windows that share no bin; count the windows of each split.

    `where` is the config section, for error messages.

    Raises
    ------
    UserError
        Training or test has no window, or a bin is in the receptive fields of two splits.
    """
    counts = check_disjoint(data)
    for split in ("train", "test"):
        if not counts[split]:
            lengths = [s.stop - s.start for s in find_segments(data) if s.split == split]
            raise UserError(
                f"{where}: split {split} has no window: its longest segment has"
                f" {max(lengths, default=0)} bins; expected: at least {3 * data.window}"
                " (3 × window)"
            )
    return counts
