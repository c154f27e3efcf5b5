"""Reading contact maps: bands of balanced contacts, and observed over expected."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import cooler
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError

CHUNK = 10_000_000  # pixels in memory at once


def open_map(
    path: str | Path, resolution: int, sizes: Mapping[str, int] | None = None
) -> cooler.Cooler:
    """Open one resolution of a .mcool, or a .cool of that resolution.

    Parameters
    ----------
    path
        File.
    resolution
        Bin size in bp.
    sizes
        Chromosome lengths (bp) that the map must have, if given.

    Raises
    ------
    UserError
        Not a cooler, no such resolution, or chromosomes of other names or lengths.
    """
    found = map_resolutions(path)
    if resolution not in found:
        there = ", ".join(map(str, sorted(found))) or "none of fixed bins"
        raise UserError(f"{path}: no map of {resolution} bp bins; available: {there}")
    clr = cooler.Cooler(found[resolution])
    if sizes is None:
        return clr
    for chrom, size in clr.chromsizes.items():
        if chrom not in sizes:
            raise UserError(
                f"{path}: chromosome {chrom} is not in the genome; expected: {', '.join(sizes)}"
            )
        if size != sizes[chrom]:
            raise UserError(
                f"{path}: {chrom} has {size} bp, in the genome {sizes[chrom]} bp; the map is of"
                " another assembly"
            )
    return clr


def map_resolutions(path: str | Path) -> dict[int, str]:
    """Find the maps in a .cool or .mcool: bin size (bp) → cooler URI.

    Raises
    ------
    UserError
        The file is neither.
    """
    try:
        places = [f"{path}::{group}" for group in cooler.fileops.list_coolers(str(path))]
    except OSError:
        places = []
    if not places:
        raise UserError(f"{path}: no contact map; expected: .cool or .mcool")
    found = {cooler.Cooler(place).binsize: place for place in places}
    return {int(size): place for size, place in found.items() if size}


def pixel_chunks(
    clr: cooler.Cooler, first: int = 0, stop: int | None = None, chunk: int = CHUNK
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Iterate over bin1_id, bin2_id (int64) and count (float64) of rows `first` to `stop`."""
    with clr.open("r") as group:
        rows = group["indexes/bin1_offset"]
        low, high = int(rows[first]), int(rows[clr.shape[0] if stop is None else stop])
        for start in range(low, high, chunk):
            part = slice(start, min(start + chunk, high))
            pixels = group["pixels"]
            yield (
                pixels["bin1_id"][part].astype(np.int64),
                pixels["bin2_id"][part].astype(np.int64),
                pixels["count"][part].astype(np.float64),
            )


def balanced_band(clr: cooler.Cooler, chrom: str, width: int) -> np.ndarray:
    """Balanced contacts of all pairs of a chromosome's bins up to a distance.

    Parameters
    ----------
    clr
        Balanced map (`weight` column).
    chrom
        Chromosome.
    width
        Number of diagonals, the main one included.

    Returns
    -------
    float64 array, shape=(bins, width)
        `[i, d]` is the balanced contact of bins i and i + d; 0 without contacts, NaN if either bin
        is masked or i + d is beyond the chromosome.

    Raises
    ------
    UserError
        The map is not balanced, or lacks the chromosome.
    """
    weight = chromosome_weights(clr, chrom)
    partner = np.arange(len(weight))[:, None] + np.arange(width)
    inside = partner < len(weight)
    band = np.where(inside, weight[:, None] * weight[np.where(inside, partner, 0)], np.nan)
    return band * count_band(clr, chrom, width)


def count_band(clr: cooler.Cooler, chrom: str, width: int) -> np.ndarray:
    """Raw counts of all pairs of a chromosome's bins up to a distance.

    Returns
    -------
    float64 array, shape=(bins, width)
        `[i, d]` is the count of bins i and i + d, masked or not; 0 beyond the chromosome.
    """
    low, high = clr.extent(chrom)
    counts = np.zeros((high - low, width))
    for one, two, count in pixel_chunks(clr, low, high):
        near = (two < high) & (two - one < width)
        # a sum, not an assignment: some files have a pixel twice
        np.add.at(counts, (one[near] - low, (two - one)[near]), count[near])
    return counts


def chromosome_weights(clr: cooler.Cooler, chrom: str) -> np.ndarray:
    """Balancing weight of each bin of a chromosome; float64, shape=(bins,), NaN where masked."""
    if "weight" not in clr.bins().columns:
        raise UserError(f"{clr.filename}: the map of {clr.binsize} bp is not balanced")
    if chrom not in clr.chromnames:
        raise UserError(
            f"{clr.filename}: no chromosome {chrom!r}; available: {', '.join(clr.chromnames)}"
        )
    return clr.bins()["weight"].fetch(chrom).to_numpy(dtype=np.float64)


def diagonal_means(*bands: np.ndarray) -> np.ndarray:
    """Mean of each diagonal over its unmasked pairs: the expected contact at each distance.

    Parameters
    ----------
    bands : float arrays, shape=(bins, width)
        From `balanced_band`: of one chromosome, or of all for the genome-wide mean.

    Returns
    -------
    float64 array, shape=(width,)
        NaN where a diagonal has no unmasked pair.
    """
    total = sum(np.nansum(band, axis=0, dtype=np.float64) for band in bands)
    valid = sum((~np.isnan(band)).sum(axis=0) for band in bands)
    return np.divide(total, valid, out=np.full(total.shape, np.nan), where=valid > 0)


def observed_expected(band: np.ndarray, expected: np.ndarray | None = None) -> np.ndarray:
    """Divide each diagonal of a band by its expected contact.

    Parameters
    ----------
    band : float array, shape=(bins, width)
        From `balanced_band`.
    expected : float array, shape=(width,), optional
        By default the band's own `diagonal_means`.

    Returns
    -------
    float64 array, shape=(bins, width)
        NaN where the band is NaN, and on diagonals whose expected contact is 0 or NaN.
    """
    expected = diagonal_means(band) if expected is None else np.asarray(expected, dtype=np.float64)
    return band / np.where(expected > 0, expected, np.nan)


def marginals(
    clr: cooler.Cooler, weight: np.ndarray, ignore_diags: int, cis_only: bool = False
) -> np.ndarray:
    """Sum of balanced contacts of each bin, without the diagonals that balancing ignored.

    Equal to `cooltools.coverage`, except that it does not round sums of unbalanced counts to
    integers, for maps with fractional counts.

    Returns
    -------
    float64 array, shape=(bins,)
        NaN where `weight` is: masked bins.
    """
    total = np.zeros(len(weight))
    safe = np.nan_to_num(weight)
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy() if cis_only else np.zeros(len(weight))
    for one, two, count in pixel_chunks(clr):
        used = (two - one >= ignore_diags) & (chrom[one] == chrom[two])
        one, two = one[used], two[used]
        balanced = count[used] * safe[one] * safe[two]
        total += np.bincount(one, balanced, len(total))
        # pixels of the main diagonal count twice, as in cooler
        total += np.bincount(two, balanced, len(total))
    return np.where(np.isnan(weight), np.nan, total)


def flatness(clr: cooler.Cooler) -> float:
    """Maximum relative deviation of an unmasked bin's balanced sum from the mean.

    The balancing settings are read from the map. If it was balanced by chromosome, the mean is per
    chromosome. NaN if all bins are masked.
    """
    with clr.open("r") as group:
        settings = dict(group["bins/weight"].attrs)
        weight = group["bins/weight"][:]
    cis_only = bool(settings["cis_only"])
    total = marginals(clr, weight, int(settings["ignore_diags"]), cis_only)
    parts = [clr.extent(chrom) for chrom in clr.chromnames] if cis_only else [(0, len(total))]
    deviations = [np.nan]
    for low, high in parts:
        part = total[low:high][~np.isnan(total[low:high])]
        if len(part):
            deviations.append(np.abs(part / part.mean() - 1).max())
    return float(np.nanmax(deviations)) if len(deviations) > 1 else np.nan
