"""Coolers written by other programs: bins by their start, and each pair of bins once.

A .cool can be of one region, lack bins, store both triangles, or store a pixel several times. Code
that takes the index of a bin for its place and a pixel for the whole count reads other numbers.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import pixel_chunks
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")


def first_bins(sizes: Mapping[str, int], resolution: int) -> dict[str, int]:
    """First bin of each chromosome; the empty name has the total number of bins."""
    counts = [-(-size // resolution) for size in sizes.values()]
    return dict(zip([*sizes, ""], np.cumsum([0, *counts]).tolist(), strict=True))


def bin_places(
    clr: cooler.Cooler, names: Mapping[str, str], sizes: Mapping[str, int], source: str
) -> np.ndarray:
    """Index of each bin of a map among all bins of the genome, by the bin's start.

    Parameters
    ----------
    clr
        Map with bins of one size; its table of bins may begin anywhere and have holes.
    names
        Chromosome in the map → in the genome.
    sizes
        Chromosome lengths of the genome (bp).
    source
        The file, for messages.

    Returns
    -------
    int array, shape=(bins of the map,)
        -1 for bins of other chromosomes.

    Raises
    ------
    UserError
        A chromosome of another length, or a bin off the grid, beyond its chromosome or repeated.
    """
    size = clr.binsize
    ends = _check_lengths(clr, names, sizes, source)
    offsets = first_bins(sizes, size)
    table = clr.bins()[["chrom", "start", "end"]][:]
    known = table.chrom.isin(list(names)).to_numpy()
    chrom = table.chrom[known].astype(str)
    start, end = (table[column][known].to_numpy(np.int64) for column in ("start", "end"))
    limit = chrom.map({name: ends[name] for name in names}).to_numpy(np.int64)
    off = (start % size != 0) | ((end - start != size) & (end != limit)) | (start >= limit)
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise UserError(
            f"{source}: bin {chrom.iloc[row]}:{start[row]}-{end[row]}; expected: bins of {size} bp"
            f" from multiples of {size} up to {limit[row]}, the chromosome's end"
        )
    places = np.full(len(table), -1)
    first = chrom.map({name: offsets[target] for name, target in names.items()})
    places[known] = first.to_numpy(np.int64) + start // size
    if (twice := pd.Series(places[known]).duplicated().to_numpy()).any():
        row = int(np.flatnonzero(twice)[0])
        raise UserError(
            f"{source}: bin {chrom.iloc[row]}:{start[row]} occurs twice in the table of bins;"
            " expected: once"
        )
    return places


def _check_lengths(
    clr: cooler.Cooler, names: Mapping[str, str], sizes: Mapping[str, int], source: str
) -> dict[str, int]:
    """End of each chromosome in a map, refusing lengths of another assembly.

    The end may be that of the last whole bin. A table of bins that ends earlier, at a whole bin, is
    that of a region.
    """
    ends = {}
    lengths = clr.chromsizes
    for name, target in names.items():
        found, true = int(lengths[name]), sizes[target]
        padded = -(-true // clr.binsize) * clr.binsize
        if found not in (true, padded) and (found > true or found % clr.binsize):
            raise UserError(
                f"{source}: {name} has {found} bp, in the genome {true} bp;"
                " the map is of another assembly"
            )
        ends[name] = max(found, true)
    return ends


@dataclass(frozen=True)
class Storage:
    """How a map stores its pixels.

    Attributes
    ----------
    lower
        Whether the lower triangle is the one to be read; else the upper.
    both
        Whether the other triangle is stored too, and equal.
    duplicates
        Number of pixels that repeat an earlier one of the triangle.
    """

    lower: bool
    both: bool
    duplicates: int


def find_storage(clr: cooler.Cooler, source: str) -> Storage:
    """Find out in one pass which pixels of a map are to be read.

    The triangles are compared by a weighted sum with random weights, which differs with certainty
    if any pixel does, in constant memory.

    Raises
    ------
    UserError
        Both triangles are stored and differ, or the file is damaged.
    """
    rng = np.random.default_rng(0)
    left, right = rng.uniform(1, 2, (2, clr.shape[0]))
    sums, repeats = np.zeros(2), np.zeros(2, dtype=np.int64)
    previous = np.full(2, -1)
    for one, two, count in pixel_chunks(clr):
        for side, kept in enumerate((one <= two, one > two)):
            low, high = np.minimum(one, two)[kept], np.maximum(one, two)[kept]
            off = low != high
            sums[side] += float(np.nansum((count[kept] * left[low] * right[high])[off]))
            # sorted by row: of the upper triangle, repeats are neighbors
            key = one[kept] * clr.shape[0] + two[kept]
            if len(key):
                step = np.diff(key, prepend=previous[side])
                repeats[side] += (
                    (step == 0).sum() if (step >= 0).all() else len(key) - len(np.unique(key))
                )
                previous[side] = key[-1]
    above, below = sums
    if above and below and not np.isclose(above, below, rtol=1e-6):
        raise UserError(
            f"{source}: pixels below the diagonal differ from those above; expected: a symmetric"
            " map, or one triangle; fix: export the upper triangle of a symmetric map"
        )
    lower = bool(below and not above)
    return Storage(lower, bool(above and below), int(repeats[int(lower)]))


def report_storage(clr: cooler.Cooler, storage: Storage, source: str, remedy: str = "") -> None:
    """Log what is unusual in a map; `remedy` ends the warning of duplicate pixels."""
    if storage.both:
        log.warning("%s: both triangles are stored; each pair of bins is taken once", source)
    if storage.duplicates:
        log.warning(
            "%s: %d duplicate pixels of %d bp bins; their counts are summed%s",
            source, storage.duplicates, clr.binsize, remedy,
        )  # fmt: skip


def pixels_once(
    clr: cooler.Cooler, storage: Storage
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Iterate over bin1_id <= bin2_id (of the map) and count of one triangle.

    Duplicate pixels are still repeated: whoever sums the parts sums them.
    """
    for one, two, count in pixel_chunks(clr):
        kept = (one >= two) if storage.lower else (one <= two)
        yield np.minimum(one, two)[kept], np.maximum(one, two)[kept], count[kept]
