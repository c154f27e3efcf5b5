"""Signal in windows of equal bins: read counts, weighted intervals, mean tracks.

Coordinates are 0-based half-open bp.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

Spans = dict[str, tuple[np.ndarray, np.ndarray]]


def place_windows(
    tss: np.ndarray, strand: np.ndarray, sizes: np.ndarray, *, bin_size: int, n_bins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Windows of `n_bins` bins, half of them upstream and half from the TSS on.

    The windows of both strands are mirror images: in the gene's direction the TSS is the first base
    of the second half. Of an even number of bases W, a
    window is [tss - W / 2, tss + W / 2) on + and [tss - W / 2 + 1, tss + W / 2 + 1) on -.

    Parameters
    ----------
    tss : int array, shape=(genes,)
        0-based position of each transcription start.
    strand : str array, shape=(genes,)
        + or -.
    sizes : int array, shape=(genes,)
        Length (bp) of each gene's chromosome.
    bin_size : int
        Width of a bin, bp.
    n_bins : int
        Bins per window.

    Returns
    -------
    starts : int64 array, shape=(genes,)
        First base of each window, negative if it begins before the chromosome.
    inside : bool array, shape=(genes,)
        Whether the whole window is on the chromosome.
    """
    width = n_bins * bin_size
    before = np.where(np.asarray(strand) == "-", width - 1 - width // 2, width // 2)
    starts = np.asarray(tss, dtype=np.int64) - before
    inside = (starts >= 0) & (starts + width <= np.asarray(sizes))
    return starts, inside


def count_reads(
    chroms: np.ndarray, starts: np.ndarray, reads: Spans, *, bin_size: int, n_bins: int
) -> np.ndarray:
    """Number of reads that overlap each bin by one base or more, as `bedtools multicov`.

    A read that spans several bins counts in each of them. Computed by two sorted searches: the
    number of reads that begin before a bin's end, minus those that end before its start.

    Parameters
    ----------
    chroms, starts : arrays, shape=(windows,)
        Chromosome (str) and first base (int) of each window.
    reads : dict
        Chromosome → (starts, ends) of the reads, int arrays of equal length, in any order.
    bin_size : int
        Width of a bin, bp.
    n_bins : int
        Bins per window.

    Returns
    -------
    float32 array, shape=(windows, n_bins)
    """
    counts = np.zeros((len(starts), n_bins), dtype=np.float32)
    offsets = np.arange(n_bins) * bin_size
    for chrom, (first, last) in reads.items():
        here = np.flatnonzero(chroms == chrom)
        left = np.asarray(starts)[here, None] + offsets
        begun = np.searchsorted(np.sort(first), left + bin_size, side="left")
        ended = np.searchsorted(np.sort(last), left, side="right")
        counts[here] = begun - ended
    return counts


def weigh_intervals(
    chroms: np.ndarray, starts: np.ndarray, intervals: pd.DataFrame, *, bin_size: int, n_bins: int
) -> np.ndarray:
    """Sum over intervals of value × fraction of the bin covered by the interval.

    Parameters
    ----------
    chroms, starts : arrays, shape=(windows,)
        Chromosome (str) and first base (int) of each window.
    intervals : pandas.DataFrame
        chrom, start, end (bp), value.
    bin_size : int
        Width of a bin, bp.
    n_bins : int
        Bins per window.

    Returns
    -------
    float32 array, shape=(windows, n_bins)
    """
    import bioframe  # imported here: it takes half a second, and most jobs do not need it

    width = n_bins * bin_size
    windows = pd.DataFrame({"chrom": chroms, "start": starts, "end": np.asarray(starts) + width})
    pairs = bioframe.overlap(windows.assign(row=range(len(windows))), intervals, how="inner")
    begin = np.maximum(pairs.start_.to_numpy(np.int64) - pairs.start.to_numpy(np.int64), 0)
    end = np.minimum(pairs.end_.to_numpy(np.int64) - pairs.start.to_numpy(np.int64), width)
    # one entry per interval and overlapping bin
    first, last = begin // bin_size, (end - 1) // bin_size
    touched = last - first + 1
    pair = np.repeat(np.arange(len(pairs)), touched)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(touched) - touched, touched)
    bins = first[pair] + within
    covered = np.minimum(end[pair], (bins + 1) * bin_size) - np.maximum(
        begin[pair], bins * bin_size
    )
    weights = pairs.value_.to_numpy(float)[pair] * covered / bin_size
    flat = pairs.row.to_numpy(np.int64)[pair] * n_bins + bins
    values = np.bincount(flat, weights=weights, minlength=len(windows) * n_bins)
    return values.reshape(len(windows), n_bins).astype(np.float32)


def average_track(
    chroms: np.ndarray,
    starts: np.ndarray,
    fetch: Callable[[str, int, int], np.ndarray],
    *,
    bin_size: int,
    n_bins: int,
) -> tuple[np.ndarray, int]:
    """Mean of a track in each bin; bases without value count as 0.

    Parameters
    ----------
    chroms, starts : arrays, shape=(windows,)
        Chromosome (str) and first base (int) of each window.
    fetch
        Returns the track's values (NaN where it has none) for chromosome, start and end.
    bin_size : int
        Width of a bin, bp.
    n_bins : int
        Bins per window.

    Returns
    -------
    values : float32 array, shape=(windows, n_bins)
    missing : int
        Number of bases without value, over all windows.
    """
    values, missing = np.zeros((len(starts), n_bins), dtype=np.float32), 0
    for row, (chrom, start) in enumerate(zip(chroms, np.asarray(starts).tolist(), strict=True)):
        bases = np.asarray(fetch(chrom, start, start + n_bins * bin_size), dtype=float)
        missing += int(np.isnan(bases).sum())
        values[row] = np.nan_to_num(bases, nan=0.0).reshape(n_bins, bin_size).mean(axis=1)
    return values, missing


def orient_rows(values: np.ndarray, strand: np.ndarray) -> np.ndarray:
    """Reverse the bins (last axis) of rows on the minus strand."""
    minus = (np.asarray(strand) == "-").reshape(-1, *[1] * (values.ndim - 1))
    return np.where(minus, values[..., ::-1], values)
