"""Readers of imported contact maps: pixels in the bins of the genome."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import map_resolutions, pixel_chunks
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
CHUNK = 5_000_000  # rows of a text table in memory at once


@dataclass(frozen=True)
class ReadyMap:
    """An imported map.

    Attributes
    ----------
    resolution
        Bin size in bp.
    whole
        Whether all counts are whole numbers.
    pixels
        Iterator over tables of bin1_id <= bin2_id and count, in the genome's bins at the
        resolution.
    """

    resolution: int
    whole: bool
    pixels: Callable[[], Iterator[pd.DataFrame]]


def first_bins(sizes: Mapping[str, int], resolution: int) -> dict[str, int]:
    """First bin of each chromosome; the empty name has the total number of bins."""
    counts = [-(-size // resolution) for size in sizes.values()]
    return dict(zip([*sizes, ""], np.cumsum([0, *counts]).tolist(), strict=True))


def sorted_pixels(one: np.ndarray, two: np.ndarray, count: np.ndarray, source: str) -> pd.DataFrame:
    """Sorted table of nonzero pixels, upper triangle.

    Raises
    ------
    UserError
        A count that is negative, infinite or NaN.
    """
    if (wrong := ~np.isfinite(count) | (count < 0)).any():
        raise UserError(
            f"{source}: count {count[wrong][0]:g} among the contacts; expected: 0 or more, no NaN"
        )
    seen = count > 0
    low, high = np.minimum(one, two)[seen], np.maximum(one, two)[seen]
    table = pd.DataFrame({"bin1_id": low, "bin2_id": high, "count": count[seen]})
    return table.sort_values(["bin1_id", "bin2_id"], ignore_index=True)


def read_cool(path: str, sizes: Mapping[str, int], finest: int, *, base: bool = False) -> ReadyMap:
    """Read a .cool, or the coarsest map of a .mcool that divides `finest` (bp); with `base` the
    finest.

    Contacts of chromosomes that the genome lacks are dropped; the log has their number.

    Raises
    ------
    UserError
        Not a cooler, no such resolution, or chromosomes of other names or lengths.
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
    names = match_chromosomes(clr.chromnames, sizes, path)
    for name, target in names.items():
        if clr.chromsizes[name] != sizes[target]:
            raise UserError(
                f"{path}: {name} has {clr.chromsizes[name]} bp, in the genome {sizes[target]} bp;"
                " the map is of another assembly"
            )
    report_absent(path, names.values(), sizes)
    offsets = first_bins(sizes, resolution)
    places = np.full(clr.shape[0], -1)
    for name, target in names.items():
        low, high = clr.extent(name)
        places[low:high] = offsets[target] + np.arange(high - low)

    def pixels() -> Iterator[pd.DataFrame]:
        for one, two, count in pixel_chunks(clr):
            inside = (places[one] >= 0) & (places[two] >= 0)
            if not inside.all():
                log.info("%s: %g contacts of other chromosomes dropped", path,
                         count[~inside].sum())  # fmt: skip
            yield sorted_pixels(places[one[inside]], places[two[inside]], count[inside], path)

    whole = np.issubdtype(clr.pixels().dtypes["count"], np.integer)
    return ReadyMap(resolution, whole, pixels)


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
        Not numeric, not square, of another size than the bins, NaN or negative counts, or not
        symmetric. The lower triangle may be empty.
    """
    name = match_chromosomes([chrom], sizes, f"{path} (file2)")[chrom] if chrom else ""
    try:
        with open_text(path) as handle:
            first = next((line for line in handle if not line.startswith("#")), "")
        separator = "," if "," in first else r"\s+"
        matrix = pd.read_csv(path, sep=separator, header=None, comment="#", dtype=np.float64)
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
    bad = np.isnan(matrix) | (matrix < 0)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise UserError(
            f"{path}: row {row + 1}, column {column + 1}: {matrix[row, column]:g}; expected:"
            f" counts,"
            " 0 or more, no NaN"
        )
    if np.tril(matrix, -1).any() and not np.allclose(matrix, matrix.T):
        row, column = np.argwhere(~np.isclose(matrix, matrix.T))[0]
        raise UserError(
            f"{path}: row {row + 1}, column {column + 1}: {matrix[row, column]:g}, mirrored"
            f" {matrix[column, row]:g}; expected: a symmetric matrix, or its upper half"
        )
    one, two = np.nonzero(np.triu(matrix))
    count, start = matrix[one, two], offsets[name] if name else 0
    whole = bool((count == np.round(count)).all())
    return ReadyMap(
        resolution, whole, lambda: iter([sorted_pixels(one + start, two + start, count, path)])
    )


def report_absent(path: str, found, sizes: Mapping[str, int]) -> None:
    """Log which chromosomes of the genome a map lacks: their bins will be masked."""
    if absent := [name for name in sizes if name not in set(found)]:
        log.warning("%s: chromosomes not in it, masked: %s", path, ", ".join(absent))
