"""Which bins the figures of the test part draw."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.splits import parse_region

WHERE = "conformation.figures.region"


def drawn_bins(bins: pd.DataFrame, region: str, *, longest: int, flank: int) -> np.ndarray:
    """Bins of the region that the maps and tracks of the test part are drawn for.

    Parameters
    ----------
    bins
        Columns chrom, start, end (bp) and part of the data's bins, shape=(N,).
    region
        `conformation.figures.region`; empty: the longest test segment without its flanks, as far as
        `longest` goes.
    longest, flank
        bp; bins at either end of a segment that no inner window holds (w).

    Returns
    -------
    int array, shape=(K,)
        Indices of the bins, ascending, without a gap.

    Raises
    ------
    UserError
        The region is none, has no bin of the test part, or a gap.
    """
    chrom, start, end = (bins[name].to_numpy() for name in ("chrom", "start", "end"))
    is_test = (bins.part == "test").to_numpy()
    if not region:
        test = np.flatnonzero(is_test)
        if not test.size:
            raise UserError(f"{WHERE}: the data have no test part; allowed: a region of one")
        joined = (chrom[test][1:] == chrom[test][:-1]) & (start[test][1:] == end[test][:-1])
        run = max(np.split(test, np.flatnonzero(~joined) + 1), key=len)
        run = run[flank:-flank] if len(run) > 2 * flank else run
        return run[end[run] <= start[run[0]] + longest]
    sizes = bins.groupby("chrom", sort=False).end.max().astype(int).to_dict()
    name, low, high = parse_region(region, sizes, WHERE)
    found = np.flatnonzero((chrom == name) & (start >= low) & (end <= high))
    if not is_test[found].any():
        first = bins[is_test].iloc[0] if is_test.any() else None
        there = f"one with, as {first.chrom}:{first.start}-…" if first is not None else "none here"
        raise UserError(f"{WHERE}: {region!r} has no bin of the test part; allowed: {there}")
    if (start[found][1:] != end[found][:-1]).any():
        raise UserError(f"{WHERE}: {region!r} has a gap in the data; allowed: one without")
    return found
