"""Tracks in the bins of a genome: covered fractions, means of measured values, read depth.

Coordinates are 0-based half-open bp.
"""

import tempfile
from collections.abc import Callable

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.binning import Spans
from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer

Fetch = Callable[[str, int, int], np.ndarray]
CHUNK = 2_000_000  # bp of a track in memory at once


def make_bins(sizes: dict[str, int], resolution: int) -> pd.DataFrame:
    """All bins of a genome: chrom, start, end (bp); the last of a chromosome may be shorter."""
    parts = []
    for chrom, size in sizes.items():
        start = np.arange(0, size, resolution, dtype=np.int64)
        end = np.minimum(start + resolution, size)
        parts.append(pd.DataFrame({"chrom": chrom, "start": start, "end": end}))
    return pd.concat(parts, ignore_index=True)


def cover_bins(bins: pd.DataFrame, intervals: pd.DataFrame) -> np.ndarray:
    """Fraction of each bin that intervals cover; a base in several intervals counts once.

    Parameters
    ----------
    bins, intervals : pandas.DataFrame
        chrom, start, end (bp).

    Returns
    -------
    float64 array, shape=(bins,)
        0 to 1, by bedtools coverage.
    """
    import pybedtools  # imported here: it takes half a second, and most jobs do not need it

    if not len(intervals):
        return np.zeros(len(bins))
    place = ["chrom", "start", "end"]
    before = pybedtools.get_tempdir()
    with tempfile.TemporaryDirectory() as folder:
        pybedtools.set_tempdir(folder)
        try:
            first, second = (
                pybedtools.BedTool.from_dataframe(table[place]) for table in (bins, intervals)
            )
            covered = first.coverage(second).to_dataframe(
                names=[*place, "number", "bases", "width", "share"]
            )
        finally:
            pybedtools.set_tempdir(before)
    # from the number of bases: bedtools prints the fraction with seven digits
    return (covered.bases / covered.width).to_numpy(np.float64)


def average_bins(bins: pd.DataFrame, fetch: Fetch, *, measured_only: bool) -> np.ndarray:
    """Mean of a track over the bases of each bin.

    Parameters
    ----------
    bins : pandas.DataFrame
        chrom, start, end (bp); those of a chromosome follow one another without a gap.
    fetch
        Gives the values of each base, NaN where it has none, from chromosome, start and end.
    measured_only
        If True, the mean is over the bases with a value, NaN in a bin without any; else bases
        without value count as 0.

    Returns
    -------
    float64 array, shape=(bins,)
    """
    means = np.zeros(len(bins))
    chroms, starts, ends = (bins[column].to_numpy() for column in ("chrom", "start", "end"))
    step = max(CHUNK // int((ends - starts).max()), 1)
    first = 0
    while first < len(bins):
        last = first
        while last < len(bins) and last < first + step and chroms[last] == chroms[first]:
            last += 1
        bases = fetch(chroms[first], starts[first], ends[last - 1])
        known = ~np.isnan(bases)
        edges = starts[first:last] - starts[first]
        total = np.add.reduceat(np.where(known, bases, 0.0), edges)
        number = np.add.reduceat(known.astype(np.int64), edges)
        width = number if measured_only else ends[first:last] - starts[first:last]
        with np.errstate(invalid="ignore"):
            means[first:last] = total / width
        first = last
    return means


def sum_strands(plus: Fetch, minus: Fetch) -> Fetch:
    """Sum the absolute values of both strands; no value where neither strand has one."""

    def fetch(chrom: str, start: int, end: int) -> np.ndarray:
        both = np.abs([plus(chrom, start, end), minus(chrom, start, end)])
        return np.where(np.isnan(both).all(axis=0), np.nan, np.nansum(both, axis=0))

    return fetch


def mask_fetch(fetch: Fetch, blacklist: pd.DataFrame) -> Fetch:
    """The same values, NaN in blacklisted regions (chrom, start, end; as `read_blacklist`)."""
    if blacklist.empty:
        return fetch
    regions = interval_fetch(blacklist.assign(value=1.0))

    def masked(chrom: str, start: int, end: int) -> np.ndarray:
        return np.where(np.isnan(regions(chrom, start, end)), fetch(chrom, start, end), np.nan)

    return masked


def interval_fetch(rows: pd.DataFrame) -> Fetch:
    """Values of each base from intervals that do not overlap: chrom, start, end (bp), value."""
    by_chrom = {
        chrom: [table[c].to_numpy() for c in ("start", "end", "value")]
        for chrom, table in rows.sort_values("start", kind="stable").groupby("chrom")
    }

    def fetch(chrom: str, start: int, end: int) -> np.ndarray:
        bases = np.full(end - start, np.nan)
        if chrom in by_chrom:
            begins, stops, values = by_chrom[chrom]
            here = slice(np.searchsorted(stops, start, side="right"), np.searchsorted(begins, end))
            left = np.maximum(begins[here], start) - start
            width = np.minimum(stops[here], end) - start - left
            offset = np.arange(width.sum()) - np.repeat(np.cumsum(width) - width, width)
            bases[np.repeat(left, width) + offset] = np.repeat(values[here], width)
        return bases

    return fetch


def depth_of_reads(bins: pd.DataFrame, reads: Spans) -> np.ndarray:
    """Mean number of reads over each base of a bin; a read counts from its first to last base.

    Returns
    -------
    float64 array, shape=(bins,)
    """
    depth = np.zeros(len(bins))
    for chrom, spans in reads.items():
        here = np.flatnonzero(bins.chrom == chrom)
        left, right = (bins[column].to_numpy()[here] for column in ("start", "end"))
        # bases of reads up to x: Σ max(0, x − start) − Σ max(0, x − end)
        before = []
        for x in (left, right):
            parts = []
            for ends in map(np.sort, spans):
                number = np.searchsorted(ends, x)
                parts.append(number * x - np.append(0, np.cumsum(ends))[number])
            before.append(parts[0] - parts[1])
        depth[here] = (before[1] - before[0]) / (right - left)
    return depth


def write_track(path: str, bins: pd.DataFrame, values: np.ndarray) -> None:
    """Write chrom, start, end, value as gzipped TSV; value is empty where unmeasured."""
    table = bins.assign(value=values)
    with atomic_path(path) as temporary, gzip_writer(temporary) as handle:
        table.to_csv(handle, sep="\t", index=False, float_format="%.7g", lineterminator="\n")


def read_track(path: str) -> pd.DataFrame:
    """Read a track written by `write_track`."""
    return pd.read_csv(path, sep="\t", dtype={"chrom": str, "value": float})
