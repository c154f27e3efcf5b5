"""Windows, pairs and positions at which gradients are computed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workflow_scripts.chromaloom.genomics.regions import parse_region
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import split_first_bins, window_maps

# Default pairs and positions, as fractions of the window: close together on either side, far apart,
# and across the middle
DEFAULT_PAIRS = ((1 / 8, 3 / 8), (11 / 16, 7 / 8), (1 / 8, 7 / 8), (7 / 16, 9 / 16))
DEFAULT_POSITIONS = (1 / 4, 1 / 2, 3 / 4)


@dataclass(frozen=True)
class GradientWindow:
    """The window of the figures of one region.

    Attributes
    ----------
    chrom : str
    starts : int64 array, shape=(3w,)
        Starts (bp) of the bins of the receptive field; the inner window is w … 2w - 1.
    first, w, resolution : int
        First bin of the receptive field (index into the data's bins); w; bin size (bp).
    """

    chrom: str
    starts: np.ndarray
    first: int
    w: int
    resolution: int


def find_window(data: ConformationData, region: str, where: str) -> GradientWindow:
    """The window in the middle of a region of the data, or of the test split.

    Parameters
    ----------
    data
        The cell.
    region
        `chrom:start-end` (bp, 0-based half-open), at least one receptive field (3w bins) long, in
        any split; empty: the middle one of the test windows.
    where
        Config key, for error messages.

    Raises
    ------
    UserError
        The region cannot be parsed, is not in the data, or is shorter than a receptive field.
    """
    w, size = data.window, data.resolution
    if not region:
        first_bins = split_first_bins(data, "test")
        if not len(first_bins):
            raise UserError(
                f"{where}: the test split has no window; expected: a region of the data"
            )
        first = int(first_bins[len(first_bins) // 2])
    else:
        chrom, start, end = data_region(data, region, where)
        inside = np.flatnonzero((data.chrom == chrom) & (data.start >= start) & (data.end <= end))
        gapless = (np.diff(data.start[inside]) == size).all()
        if len(inside) < 3 * w or not gapless:
            raise UserError(
                f"{where}: {region!r} has {len(inside)} whole bins of {size} bp; expected: at least"
                f" {3 * w} without a gap ({3 * w * size} bp: a window with its flanks)"
            )
        first = int(inside[0] + (len(inside) - 3 * w) // 2)
    return GradientWindow(
        chrom=str(data.chrom[first]),
        starts=data.start[first : first + 3 * w],
        first=first,
        w=w,
        resolution=size,
    )


def data_region(data: ConformationData, text: str, where: str) -> tuple[str, int, int]:
    """Chromosome, start and end (bp) of a region; a `UserError` if it leaves the data."""
    ends = {
        str(chrom): int(data.end[data.chrom == chrom].max()) for chrom in dict.fromkeys(data.chrom)
    }
    chrom, start, end = parse_region(text, ends, where)
    if start < (low := int(data.start[data.chrom == chrom].min())):
        raise UserError(
            f"{where}: {text!r} is not within the data;"
            f" expected: within {chrom}:{low}-{ends[chrom]}"
        )
    return chrom, start, end


def choose_pairs(
    window: GradientWindow, pairs: Sequence[Sequence[int]], where: str
) -> list[tuple[int, int]]:
    """Bins (i, j), i <= j, of the inner window at given positions (bp), or the default pairs."""
    if not pairs:
        w = window.w
        return [tuple(sorted(int(fraction * w) for fraction in pair)) for pair in DEFAULT_PAIRS]
    return [tuple(sorted(inner_bin(window, bp, where) for bp in pair)) for pair in pairs]


def choose_positions(window: GradientWindow, positions: Sequence[int], where: str) -> list[int]:
    """Bins k of the inner window at the given positions (bp), or the default positions."""
    if not positions:
        return [int(fraction * window.w) for fraction in DEFAULT_POSITIONS]
    return [inner_bin(window, bp, where) for bp in positions]


def inner_bin(window: GradientWindow, position: int, where: str) -> int:
    """Bin of the inner window, 0 … w - 1, that contains a position (bp) of its chromosome."""
    w = window.w
    low, high = int(window.starts[w]), int(window.starts[2 * w - 1]) + window.resolution
    if not low <= position < high:
        raise UserError(
            f"{where}: {position} bp is outside the window;"
            f" expected: {low} to {high} on {window.chrom}"
        )
    return int((position - low) // window.resolution)


def subsample_windows(first_bins: np.ndarray, max_windows: int) -> np.ndarray:
    """At most `max_windows` evenly spaced windows; 0: all."""
    if not max_windows or max_windows >= len(first_bins):
        return first_bins
    return first_bins[np.linspace(0, len(first_bins) - 1, max_windows).round().astype(int)]


def centered_pairs(w: int) -> tuple[np.ndarray, np.ndarray]:
    """Bins (i, i + d) around the center of the window, for d = 0 … w - 1.

    For even w and d the middle of the pair is half a bin left of the center.
    """
    distance = np.arange(w)
    i = (w - 1 - distance) // 2
    return i, i + distance


def pixel_number(i: np.ndarray, j: np.ndarray, w: int) -> np.ndarray:
    """Index of the pixels i <= j in a flat map (see windows.py)."""
    i = np.asarray(i)
    return i * w - i * (i - 1) // 2 + np.asarray(j) - i


def sigma_with_flips(sigma: np.ndarray, first_bins: np.ndarray, w: int) -> np.ndarray:
    """σ (N, filters) of windows, followed by the flipped windows: (2W, 3w, filters)."""
    windows = sigma[np.asarray(first_bins)[:, None] + np.arange(3 * w)]
    return np.concatenate([windows, windows[:, ::-1]])


def observed_band(data: ConformationData, window: GradientWindow) -> np.ndarray:
    """Observed O/E of the receptive field, float32 (3w, w); pairs that leave it are NaN."""
    band = data.oe[window.first : window.first + 3 * window.w].copy()
    i, d = np.indices(band.shape)
    band[i + d >= len(band)] = np.nan
    return band


def observed_map(data: ConformationData, window: GradientWindow) -> np.ndarray:
    """Observed O/E of the inner window, float32 (P,)."""
    return window_maps(data.oe, np.array([window.first]), window.w)[0]
