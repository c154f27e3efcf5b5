"""Readers of imported contact maps: pixels in the bins of the genome."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import map_resolutions
from workflow_scripts.chromaloom.genomics.cooler_files import (
    bin_places,
    find_storage,
    first_bins,
    pixels_once,
    report_storage,
)
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, some
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts.map_values import LARGEST, ValueSurvey

log = logging.getLogger("chromaloom")
CHUNK = 5_000_000  # rows of a text table in memory at once


@dataclass(frozen=True)
class ReadyMap:
    """An imported map.

    Attributes
    ----------
    resolution
        Bin size in bp.
    values
        Survey of its values.
    pixels
        Iterator over tables of bin1_id <= bin2_id and count, in the genome's bins at the
        resolution.
    """

    resolution: int
    values: ValueSurvey
    pixels: Callable[[], Iterator[pd.DataFrame]]


def sorted_pixels(one: np.ndarray, two: np.ndarray, count: np.ndarray) -> pd.DataFrame:
    """Sorted table of nonzero pixels, upper triangle; counts of the same pixel are summed."""
    seen = count > 0
    low, high = np.minimum(one, two)[seen], np.maximum(one, two)[seen]
    table = pd.DataFrame({"bin1_id": low, "bin2_id": high, "count": count[seen]})
    return table.groupby(["bin1_id", "bin2_id"], as_index=False)["count"].sum()


def read_cool(path: str, sizes: Mapping[str, int], finest: int, *, base: bool = False) -> ReadyMap:
    """Read a .cool, or the coarsest map of a .mcool that divides `finest` (bp); with `base` the
    finest.

    Bins are placed by their start: bins that the map lacks are masked. Contacts of chromosomes that
    the genome lacks are dropped. Of square storage each pair of bins is taken once, and counts of
    duplicate pixels are summed. The log tells each of these.

    Parameters
    ----------
    path
        File, or one group of it (`map.mcool::/resolutions/5000`).
    sizes, finest
        Chromosome lengths, and finest resolution of the run (bp).
    base
        Key `contacts.mcool_base`.

    Raises
    ------
    UserError
        Not a cooler, no such resolution, chromosomes of other names or lengths, other bins, or
        values that are no counts.
    """
    found = map_resolutions(path)
    fitting = [resolution for resolution in found if finest % resolution == 0]
    if not fitting:
        there = ", ".join(map(str, sorted(found))) or "none of fixed bins"
        raise UserError(
            f"{path}: resolutions {there} bp; expected: contacts.resolutions' first,"
            f" {finest}, or a divisor of it"
        )
    resolution = min(fitting) if base else max(fitting)
    clr = cooler.Cooler(found[resolution])
    names = match_chromosomes(clr.chromsizes.to_dict(), sizes, path)
    places = bin_places(clr, names, sizes, path)
    report_absent(path, names.values(), sizes)
    report_holes(path, places, names, sizes, resolution)
    storage = find_storage(clr, path)
    finer = "" if base or resolution == min(fitting) else (
        "; if they are errors, set contacts.mcool_base: true to take the finest map"
    )  # fmt: skip
    report_storage(clr, storage, path, finer)

    def placed() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        for one, two, count in pixels_once(clr, storage):
            inside = (places[one] >= 0) & (places[two] >= 0)
            yield places[one[inside]], places[two[inside]], count[inside]

    values = ValueSurvey(path, sizes, resolution)
    for part in placed():
        values.add(*part)
    return ReadyMap(resolution, values, lambda: (sorted_pixels(*part) for part in placed()))


def read_matrix(path: str, chrom: str, sizes: Mapping[str, int], resolution: int) -> ReadyMap:
    """Read dense text: one row per bin, numbers separated by blanks, tabs or commas; `#` for
    comments.

    Parameters
    ----------
    path
        File, plain or gzip.
    chrom
        Chromosome of the matrix; empty for the whole genome, in its order.
    sizes, resolution
        In bp.

    Raises
    ------
    UserError
        Not numeric, not square, of another size than the bins, values that are no counts, or not
        symmetric. One of the triangles may be empty.
    """
    name = match_chromosomes([chrom], sizes, f"{path} (file2)")[chrom] if chrom else ""
    try:
        with open_text(path) as handle:
            first = next((line for line in handle if not line.startswith("#")), "")
        separator = "," if "," in first else r"\s+"
        with open_text(path) as handle:
            matrix = pd.read_csv(handle, sep=separator, header=None, comment="#", dtype=np.float64)
        matrix = matrix.to_numpy()
    except (ValueError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(f"{path}: not a matrix of numbers ({str(error).strip()})") from None
    offsets = first_bins(sizes, resolution)
    bins = -(-sizes[name] // resolution) if name else offsets[""]
    if matrix.shape != (bins, bins):
        raise UserError(
            f"{path}: matrix of {matrix.shape[0]} rows and {matrix.shape[1]} columns; expected:"
            f" {bins} of each, the bins of {name or 'the genome'} at {resolution} bp"
            " (contacts.matrix_resolution)"
        )
    bad = ~np.isfinite(matrix) | (matrix < 0) | (matrix > LARGEST)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise UserError(
            f"{path}: row {row + 1}, column {column + 1}: {matrix[row, column]:g} ({bad.sum()} such"
            f" values); expected: counts, 0 or more (at most {LARGEST:.0f}), no NaN; fix: import"
            " raw counts, with 0 in masked bins"
        )
    halves = np.tril(matrix, -1).any(), np.triu(matrix, 1).any()
    if all(halves) and not np.allclose(matrix, matrix.T):
        row, column = np.argwhere(~np.isclose(matrix, matrix.T))[0]
        raise UserError(
            f"{path}: row {row + 1}, column {column + 1}: {matrix[row, column]:g}, mirrored"
            f" {matrix[column, row]:g}; expected: a symmetric matrix, or one half of it"
        )
    # the one triangle that is filled, or the upper of two equal ones
    filled = matrix if np.triu(matrix, 1).any() else matrix.T
    one, two = np.nonzero(np.triu(filled))
    count, start = filled[one, two], offsets[name] if name else 0
    values = ValueSurvey(path, sizes, resolution)
    values.add(one + start, two + start, count)
    return ReadyMap(
        resolution, values, lambda: iter([sorted_pixels(one + start, two + start, count)])
    )


def report_absent(path: str, found, sizes: Mapping[str, int]) -> None:
    """Log which chromosomes of the genome a map lacks: their bins will be masked."""
    if absent := [name for name in sizes if name not in set(found)]:
        log.warning("%s: chromosomes not in it, masked: %s", path, ", ".join(absent))


def report_holes(
    path: str, places: np.ndarray, names: Mapping[str, str], sizes: Mapping[str, int], size: int
) -> None:
    """Log how many bins of its chromosomes a map lacks: they will be masked."""
    expected = {target: -(-sizes[target] // size) for target in names.values()}
    if missing := sum(expected.values()) - int((places >= 0).sum()):
        first = first_bins(sizes, size)
        seen = np.unique(places[places >= 0])
        edges = np.searchsorted(seen, [[first[c], first[c] + n] for c, n in expected.items()])
        short = [c for (c, n), (low, high) in zip(expected.items(), edges, strict=True)
                 if high - low < n]  # fmt: skip
        log.warning(
            "%s: %d of %d bins are absent from its table of bins (%s); they are masked",
            path, missing, sum(expected.values()), some(short),
        )  # fmt: skip
