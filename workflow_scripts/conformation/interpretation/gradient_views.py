"""Which window, pairs, positions and test windows the gradients are taken for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import parse_region
from workflow_scripts.conformation.data.windows import part_firsts, window_maps

# Pairs and positions drawn where the config names none, as fractions of the window: close together
# on either side, far apart, and across the middle
PAIRS = ((1 / 8, 3 / 8), (11 / 16, 7 / 8), (1 / 8, 7 / 8), (7 / 16, 9 / 16))
POSITIONS = (1 / 4, 1 / 2, 3 / 4)


@dataclass(frozen=True)
class View:
    """One window for the figures of a region.

    Attributes
    ----------
    chrom : str
    starts : int64 array, shape=(3w,)
        Starts (bp) of the bins of the receptive field; the inner window is w … 2w - 1.
    first, window, resolution : int
        First bin of the receptive field (index into the data's bins), w, and bin size (bp).
    """

    chrom: str
    starts: np.ndarray
    first: int
    window: int
    resolution: int


def find_view(data: ConformationData, region: str, where: str) -> View:
    """The window in the middle of a region of the data, or of the test part.

    Parameters
    ----------
    data
        The cell.
    region
        `chrom:start-end` (bp, 0-based half-open), at least a receptive field (3w bins) long, in any
        part; empty: the middle one of the test windows.
    where
        Config key, for messages.

    Raises
    ------
    UserError
        The text is no region; it is not in the data, or shorter than a receptive field.
    """
    w, size = data.window, data.resolution
    if not region:
        firsts = part_firsts(data, "test")
        if not len(firsts):
            raise UserError(
                f"{where}: the test part holds no window; allowed: a region of the data"
            )
        first = int(firsts[len(firsts) // 2])
    else:
        chrom, start, end = data_region(data, region, where)
        inside = np.flatnonzero((data.chrom == chrom) & (data.start >= start) & (data.end <= end))
        gapless = (np.diff(data.start[inside]) == size).all()
        if len(inside) < 3 * w or not gapless:
            raise UserError(
                f"{where}: {region!r} has {len(inside)} whole bins of {size} bp; allowed:"
                f" {3 * w} or more without a gap ({3 * w * size} bp: a window and as much on either"
                " side)"
            )
        first = int(inside[0] + (len(inside) - 3 * w) // 2)
    return View(
        chrom=str(data.chrom[first]),
        starts=data.start[first : first + 3 * w],
        first=first,
        window=w,
        resolution=size,
    )


def data_region(data: ConformationData, text: str, where: str) -> tuple[str, int, int]:
    """Chromosome, start and end (bp) of a region within the data; else a `UserError`."""
    ends = {
        str(chrom): int(data.end[data.chrom == chrom].max()) for chrom in dict.fromkeys(data.chrom)
    }
    chrom, start, end = parse_region(text, ends, where)
    if start < (low := int(data.start[data.chrom == chrom].min())):
        raise UserError(
            f"{where}: {text!r} leaves the data; allowed: within {chrom}:{low}-{ends[chrom]}"
        )
    return chrom, start, end


def choose_pairs(view: View, pairs: Sequence[Sequence[int]], where: str) -> list[tuple[int, int]]:
    """Bins (i, j), i <= j, of the inner window at given places (bp), or spread over it."""
    w = view.window
    if not pairs:
        return [tuple(sorted(int(part * w) for part in pair)) for pair in PAIRS]
    return [tuple(sorted(inner_bin(view, place, where) for place in pair)) for pair in pairs]


def choose_positions(view: View, positions: Sequence[int], where: str) -> list[int]:
    """Bins k of the inner window at given places (bp), or spread over it."""
    if not positions:
        return [int(part * view.window) for part in POSITIONS]
    return [inner_bin(view, place, where) for place in positions]


def inner_bin(view: View, place: int, where: str) -> int:
    """Bin of the inner window, 0 … w - 1, that holds a place (bp) of the view's chromosome."""
    w = view.window
    low, high = int(view.starts[w]), int(view.starts[2 * w - 1]) + view.resolution
    if not low <= place < high:
        raise UserError(
            f"{where}: {place} bp is outside the window; allowed: {view.chrom}, {low} to {high}"
        )
    return int((place - low) // view.resolution)


def spread(firsts: np.ndarray, most: int) -> np.ndarray:
    """At most so many windows, evenly over all; 0 takes all."""
    if not most or most >= len(firsts):
        return firsts
    return firsts[np.linspace(0, len(firsts) - 1, most).round().astype(int)]


def centred_pairs(w: int) -> tuple[np.ndarray, np.ndarray]:
    """Bins (i, j) with j = i + d and the window's centre between them, for d = 0 … w - 1.

    For an even w and d the middle of the pair is half a bin left of the centre.
    """
    distance = np.arange(w)
    i = (w - 1 - distance) // 2
    return i, i + distance


def pixel_number(i: np.ndarray, j: np.ndarray, w: int) -> np.ndarray:
    """Where the pixels i <= j lie in a flat map (see windows.py)."""
    i = np.asarray(i)
    return i * w - i * (i - 1) // 2 + np.asarray(j) - i


def both_ways_sigma(sigma: np.ndarray, firsts: np.ndarray, w: int) -> np.ndarray:
    """σ (N, filters) of windows as they are, then of the same read backwards: (2W, 3w, filters)."""
    ahead = sigma[np.asarray(firsts)[:, None] + np.arange(3 * w)]
    return np.concatenate([ahead, ahead[:, ::-1]])


def observed_band(data: ConformationData, view: View) -> np.ndarray:
    """Observed O/E of the receptive field, float32 (3w, w): pairs that leave it are NaN."""
    band = data.oe[view.first : view.first + 3 * view.window].copy()
    i, d = np.indices(band.shape)
    band[i + d >= len(band)] = np.nan
    return band


def observed_map(data: ConformationData, view: View) -> np.ndarray:
    """Observed O/E of the inner window, float32 (P,)."""
    return window_maps(data.oe, np.array([view.first]), view.window)[0]
