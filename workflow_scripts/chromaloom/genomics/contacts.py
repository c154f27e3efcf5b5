"""Reading contact maps: bands of balanced contacts, and observed over expected."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.genomics.map_formats import check_map_format
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


def split_uri(path: str | Path) -> tuple[str, str]:
    """File and group of a cooler URI, `map.mcool::/resolutions/5000`; the group may be empty."""
    file, _, group = str(path).partition("::")
    return file, group


def map_resolutions(path: str | Path) -> dict[int, str]:
    """Find the maps in a .cool or .mcool: bin size (bp) → cooler URI.

    Parameters
    ----------
    path
        File, or one group of it (`map.mcool::/resolutions/5000`).

    Raises
    ------
    UserError
        The file is neither or is damaged, lacks the group, or has two maps of one bin size.
    """
    file, group = split_uri(path)
    groups = list_groups(file)
    if group:
        wanted = "/" + group.strip("/")
        if wanted not in groups:
            raise UserError(
                f"{file}: no map in group {group!r}; expected: one of {some(groups)}; fix: correct"
                " the group"
            )
        groups = [wanted]
    found: dict[int, str] = {}
    for name in groups:
        uri = f"{file}::{name}"
        try:
            size = cooler.Cooler(uri).binsize
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise UserError(damaged_map(uri, error)) from None
        if size and int(size) in found:
            raise UserError(
                f"{file}: several maps of {size} bp bins ({found[int(size)].split('::')[1]},"
                f" {name}); expected: one; fix: name the group in the run sheet, as in {uri}"
            )
        if size:
            found[int(size)] = uri
    return found


def list_groups(file: str) -> list[str]:
    """Groups of a file that hold a map.

    Raises
    ------
    UserError
        No .cool or .mcool, or a damaged one.
    """
    check_map_format(file)
    try:
        groups = cooler.fileops.list_coolers(file)
    except (OSError, KeyError, ValueError, RuntimeError, AttributeError) as error:
        raise UserError(damaged_map(file, error)) from None
    if not groups:
        raise UserError(f"{file}: an HDF5 file without contact map; expected: .cool or .mcool")
    return groups


def damaged_map(place: str, error: Exception) -> str:
    """Message for a map that HDF5 cannot read."""
    text = " ".join(str(error).split())[:120]
    return (
        f"{place}: damaged or incomplete map ({text}); expected: a complete .cool or .mcool;"
        " fix: copy or download it again"
    )


def pixel_chunks(
    clr: cooler.Cooler, first: int = 0, stop: int | None = None, chunk: int = CHUNK
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Iterate over bin1_id, bin2_id (int64) and count (float64) of rows `first` to `stop`.

    Raises
    ------
    UserError
        The file is damaged.
    """
    with clr.open("r") as group:
        rows, pixels = group["indexes/bin1_offset"], group["pixels"]
        try:
            low, high = int(rows[first]), int(rows[clr.shape[0] if stop is None else stop])
        except OSError as error:
            raise UserError(damaged_map(clr.uri, error)) from None
        for start in range(low, high, chunk):
            part = slice(start, min(start + chunk, high))
            try:
                one, two, count = (pixels[name][part] for name in ("bin1_id", "bin2_id", "count"))
            except OSError as error:
                raise UserError(damaged_map(clr.uri, error)) from None
            yield one.astype(np.int64), two.astype(np.int64), count.astype(np.float64)


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

    Bins are placed by their start; counts of the same pair of bins are summed, and of square
    storage only the upper triangle is read.

    Returns
    -------
    float64 array, shape=(bins, width)
        `[i, d]` is the count of bins i and i + d, masked or not; 0 beyond the chromosome.
    """
    low, high = chromosome_rows(clr, chrom)
    place, bins = chromosome_bins(clr, chrom)
    counts = np.zeros((bins, width))
    for one, two, count in pixel_chunks(clr, low, high):
        cis = (two < high) & (two >= one)
        one, two, count = place[one[cis] - low], place[two[cis] - low], count[cis]
        near = two - one < width
        np.add.at(counts, (one[near], (two - one)[near]), count[near])
    return counts


def chromosome_rows(clr: cooler.Cooler, chrom: str) -> tuple[int, int]:
    """Rows of a chromosome in the table of bins: first, and one past the last.

    cooler's own `extent` and `fetch` compute them from positions, which is wrong with holes.
    """
    number = clr.chromnames.index(chrom)
    with clr.open("r") as group:
        low, high = group["indexes/chrom_offset"][number : number + 2]
    return int(low), int(high)


def chromosome_bins(clr: cooler.Cooler, chrom: str) -> tuple[np.ndarray, int]:
    """Number of each bin of a chromosome, by its start, and the number of bins of all its length.

    A map of a region, or without its bad bins, has fewer bins than the chromosome.
    """
    low, high = chromosome_rows(clr, chrom)
    start = clr.bins()["start"][low:high].to_numpy(dtype=np.int64)
    return start // clr.binsize, int(-(-clr.chromsizes[chrom] // clr.binsize))


def chromosome_weights(clr: cooler.Cooler, chrom: str) -> np.ndarray:
    """Balancing weight of each bin of a chromosome; float64, shape=(bins,).

    NaN where a bin is masked, or absent from the map's table of bins.
    """
    if "weight" not in clr.bins().columns:
        raise UserError(f"{clr.filename}: the map of {clr.binsize} bp is not balanced")
    if chrom not in clr.chromnames:
        raise UserError(
            f"{clr.filename}: no chromosome {chrom!r}; available: {', '.join(clr.chromnames)}"
        )
    place, bins = chromosome_bins(clr, chrom)
    weight = np.full(bins, np.nan)
    low, high = chromosome_rows(clr, chrom)
    weight[place] = clr.bins()["weight"][low:high].to_numpy(dtype=np.float64)
    return weight


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
        # of square storage the upper triangle
        used = (two - one >= max(ignore_diags, 0)) & (chrom[one] == chrom[two])
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
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy() if cis_only else np.zeros(len(total), int)
    known = ~np.isnan(total)
    if not known.any():
        return np.nan
    number = np.bincount(chrom[known])
    mean = np.bincount(chrom[known], total[known]) / np.maximum(number, 1)
    return float(np.abs(total[known] / mean[chrom[known]] - 1).max())
