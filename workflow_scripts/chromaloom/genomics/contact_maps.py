"""Contact maps: pixels to a balanced .mcool, with the same bytes for the same pixels."""

import contextlib
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import cooler
import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import CHUNK, flatness, marginals, pixel_chunks
from workflow_scripts.chromaloom.genomics.intervals import blacklisted_bases, read_blacklist
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
# uncompressed, since balancing reads all pixels in each iteration
PLAIN = {"compression": None, "shuffle": False}
PACKED = {"compression": "gzip", "compression_opts": 6, "shuffle": True}
EQUAL_SUMS = 0.01  # median absolute deviation of log sums below which a map is balanced
MAX_TOLERANCE = 0.1  # of the schema, contacts.balance.tolerance
MAX_ATTRIBUTE = 60_000  # bytes; HDF5 allows 64 kB with the header
UNDATED = "1970-01-01T00:00:00"


def genome_bins(sizes: Mapping[str, int], resolution: int) -> pd.DataFrame:
    """Bins (chrom, start, end) of a genome; the last one of a chromosome may be shorter."""
    return cooler.util.binnify(pd.Series(dict(sizes)), resolution)


def write_map(
    pixels: Iterable[pd.DataFrame],
    out: str | Path,
    *,
    sizes: Mapping[str, int],
    resolution: int,
    dtype: type,
    assembly: str,
    **finish: Any,
) -> None:
    """Write pixels as a balanced .mcool.

    Parameters
    ----------
    pixels
        Tables of bin1_id <= bin2_id and count, sorted within each; counts of the same pixel in
        several tables are summed.
    out
        Output .mcool.
    sizes
        Chromosome lengths in bp; the map has all bins of them.
    resolution
        Bin size (bp) of the pixels; it divides the finest of the resolutions.
    dtype
        Type of the counts: int32, or float64 for fractions.
    assembly
        Name of the genome.
    finish
        Settings of `finish_map`.
    """
    wrong: list[Exception] = []
    with scratch_folder(out) as folder:
        base = f"{folder}/base.cool"
        cooler.create_cooler(
            base, genome_bins(sizes, resolution), until_error(pixels, wrong),
            dtypes={"count": dtype}, assembly=assembly, ordered=False, mergebuf=CHUNK, h5opts=PLAIN,
        )  # fmt: skip
        if wrong:
            raise wrong[0]
        finish_map(base, out, folder=folder, **finish)


def until_error(pixels: Iterable[pd.DataFrame], wrong: list[Exception]) -> Iterator[pd.DataFrame]:
    """Yield tables up to an error, which is stored in `wrong`, so that cooler closes its files."""
    try:
        yield from pixels
    except Exception as error:
        wrong.append(error)
        yield pd.DataFrame({"bin1_id": [0], "bin2_id": [0], "count": [0]})


def pool_maps(maps: list[str], out: str | Path, *, resolutions: list[int], **finish: Any) -> None:
    """Sum the counts of several .mcool with the same bins and balance the sum."""
    with scratch_folder(out) as folder:
        base = f"{folder}/base.cool"
        finest = [f"{path}::resolutions/{resolutions[0]}" for path in maps]
        kinds = [cooler.Cooler(uri).pixels().dtypes["count"] for uri in finest]
        cooler.merge_coolers(
            base, finest, mergebuf=CHUNK, h5opts=PLAIN,
            dtypes={"count": np.result_type(*kinds)},
        )  # fmt: skip
        finish_map(base, out, folder=folder, resolutions=resolutions, **finish)


def finish_map(
    base: str,
    out: str | Path,
    *,
    folder: str,
    name: str,
    resolutions: list[int],
    balance: dict,
    threads: int,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Coarsen a .cool to the resolutions, balance each, and write the .mcool.

    Parameters
    ----------
    base
        The .cool, of a resolution that divides the first of `resolutions`.
    out
        Output .mcool.
    folder
        Folder for intermediate files.
    name
        Sample or cell, for messages.
    resolutions
        Bin sizes in bp, ascending.
    balance
        Config section `contacts.balance`.
    threads
        Processes for balancing.
    blacklist
        `assemblies.*.blacklist`, or nothing: bins of which half or more is blacklisted are masked
        before balancing, at each resolution.

    Raises
    ------
    UserError
        All bins are masked, or balancing does not converge.
    """
    draft = f"{folder}/draft.mcool"
    cooler.zoomify_cooler(base, draft, resolutions, chunksize=CHUNK, h5opts=PLAIN)
    regions = read_blacklist(blacklist, cooler.Cooler(base).chromsizes.to_dict())
    for resolution in resolutions:
        balance_map(f"{draft}::resolutions/{resolution}", name, balance, threads, regions)
    with atomic_path(out) as temporary:
        pack(draft, temporary, resolutions)


def balance_map(
    uri: str, name: str, balance: dict, threads: int = 1, blacklist: pd.DataFrame | None = None
) -> None:
    """Balance a map in place (ICE, Imakaev et al. 2012, with cooler) and check that it is flat.

    Bins of which half or more lies in the regions of `blacklist` are masked.

    Raises
    ------
    UserError
        All bins are masked, or the marginals are not flat.
    """
    clr = cooler.Cooler(uri)
    if not balance["cis_only"] and len(clr.chromnames) > 1 and not has_trans(clr):
        # chromosomes without trans contacts cannot be balanced together
        log.info("%s: no contacts between chromosomes, each is balanced by itself", name)
        balance = {**balance, "cis_only": True}
    settings = {key: balance[key] for key in ("cis_only", "ignore_diags", "mad_max", "min_nnz")}
    where = f"{name}: map of {clr.binsize} bp"
    raw = marginals(clr, np.ones(clr.shape[0]), balance["ignore_diags"], balance["cis_only"])
    if not (raw > 0).any():
        raise UserError(
            f"{where}: no contact beyond contacts.balance.ignore_diags = {balance['ignore_diags']}"
            " diagonals; expected: data with contacts between bins"
        )
    settings["blacklist"] = blacklisted_bins(clr, blacklist)
    if settings["mad_max"] and is_balanced(clr, raw):
        # the filter would mask bins by rounding noise
        log.info("%s: sums of bins are equal already, mad_max is not applied", where)
        settings["mad_max"] = 0
    # cooler's tolerance is a variance of the sums: with sums near 1 it is relative
    start = np.full(len(raw), raw[raw > 0].mean() ** -0.5)
    # the maximum deviation of many bins is several standard deviations
    limit = balance["tolerance"] / 10
    with contextlib.ExitStack() as stack:
        workers = min(threads, -(-clr.info["nnz"] // CHUNK))
        over = stack.enter_context(Pool(workers)).map if workers > 1 else map
        for _ in range(3):
            with warnings.catch_warnings():
                # convergence is checked below
                warnings.filterwarnings("ignore", message="Iteration limit reached")
                warnings.filterwarnings("ignore", message="Mean of empty slice|invalid value")
                weight, stats = cooler.balance_cooler(
                    clr, x0=start, tol=limit**2, max_iters=balance["max_iters"], chunksize=CHUNK,
                    map=over, min_count=balance["min_count"], **settings,
                )  # fmt: skip
            store_weight(clr, weight, stats)
            masked = int(np.isnan(weight).sum())
            if masked == len(weight):
                raise UserError(
                    f"{where}: all bins are masked (of {len(weight)} bins {(raw > 0).sum()} have"
                    f" contacts, {count_partners(clr, balance)} with {balance['min_nnz']} other"
                    " bins or more, contacts.balance.min_nnz); expected: looser"
                    " contacts.balance.min_nnz, min_count or mad_max, coarser"
                    " contacts.resolutions, or more reads"
                )
            if (deviation := flatness(clr)) <= balance["tolerance"]:
                break
            start, limit = weight.copy(), limit / 10
        else:
            raise UserError(
                f"{where}: not balanced, sums deviate by up to {deviation:.2g}"
                f" ({len(weight) - masked} of {len(weight)} bins left){map_end(clr)};"
                f" expected: contacts.balance.tolerance {balance['tolerance']:g};"
                f" fix: {balance_advice(deviation)}"
            )
    log.info(
        "%s: balanced, %d of %d bins masked (%d by the blacklist), sums flat within %.1e",
        where, masked, len(weight), len(settings["blacklist"]), deviation,
    )  # fmt: skip


def blacklisted_bins(clr: cooler.Cooler, blacklist: pd.DataFrame | None) -> np.ndarray:
    """Indices of the bins of which half or more is blacklisted."""
    if blacklist is None or blacklist.empty:
        return np.empty(0, dtype=np.int64)
    bins = clr.bins()[["chrom", "start", "end"]][:].astype({"chrom": str})
    bases = blacklisted_bases(bins, blacklist)
    return np.flatnonzero(2 * bases >= (bins.end - bins.start).to_numpy())


def store_weight(clr: cooler.Cooler, weight: np.ndarray, stats: dict) -> None:
    """Store weights as cooler does, with statistics by chromosome of large genomes as columns.

    An HDF5 attribute holds at most 64 kB: the statistics of 8,000 chromosomes. Beyond, they become
    columns `weight_<name>` of the table of chromosomes.
    """
    with clr.open("r+") as group:
        if "weight" in group["bins"]:
            del group["bins/weight"]
        stored = group["bins"].create_dataset("weight", data=weight, **PACKED)
        for name, value in stats.items():
            if np.asarray(value).nbytes < MAX_ATTRIBUTE:
                stored.attrs[name] = value
                continue
            if (column := f"weight_{name}") in group["chroms"]:
                del group["chroms"][column]
            group["chroms"].create_dataset(column, data=value, **PACKED)


def count_partners(clr: cooler.Cooler, balance: dict) -> int:
    """Number of bins with contacts with `min_nnz` other bins or more, as the filter counts them."""
    total = np.zeros(clr.shape[0], dtype=np.int64)
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy()
    for one, two, count in pixel_chunks(clr):
        used = (count > 0) & (two - one >= max(balance["ignore_diags"], 0))
        if balance["cis_only"]:
            used &= chrom[one] == chrom[two]
        total += np.bincount(one[used], minlength=len(total))
        total += np.bincount(two[used], minlength=len(total))
    return int((total >= max(balance["min_nnz"], 1)).sum())


def is_balanced(clr: cooler.Cooler, raw: np.ndarray) -> bool:
    """Whether bins' sums of counts are equal already, as in a map of balanced values.

    The median deviation is that of the filter by `mad_max`: from the median of the logarithms of
    the nonzero sums, over the median of the chromosome. Counts deviate by much more than 1 %.
    """
    sums = pd.Series(raw)[raw > 0]
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy()[raw > 0]
    relative = (sums / sums.groupby(chrom).transform("median")).map(np.log)
    return float((relative - relative.median()).abs().median()) < EQUAL_SUMS


def balance_advice(deviation: float) -> str:
    """What to do about sums that deviate by up to this fraction after all iterations."""
    others = "raise max_iters or min_nnz, or take coarser contacts.resolutions"
    if not deviation <= MAX_TOLERANCE:
        return others
    unit = 10.0 ** np.floor(np.log10(deviation))
    wide_enough = min(np.ceil(deviation / unit * (1 - 1e-9)) * unit, MAX_TOLERANCE)
    return f"set contacts.balance.tolerance to {wide_enough:.0g}, {others}"


def map_end(clr: cooler.Cooler) -> str:
    """For a message: where a map ends that has contacts up to some distance only, else empty.

    Iterative correction of such a map is slow: a sum is only corrected by those of bins nearby.
    """
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy()
    reach = 0
    for one, two, count in pixel_chunks(clr):
        used = (chrom[one] == chrom[two]) & (count > 0)
        reach = max(reach, int((two - one)[used].max(initial=0)) * clr.binsize)
    longest = int(clr.chromsizes.max())
    if 2 * reach > longest:
        return ""
    return (
        f" (the map has no contacts beyond {reach:,} bp within chromosomes of up to {longest:,} bp:"
        " such a map balances slowly)"
    )


def has_trans(clr: cooler.Cooler) -> bool:
    """Whether a map has contacts between chromosomes."""
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy()
    return any((chrom[one] != chrom[two]).any() for one, two, _ in pixel_chunks(clr))


def pack(draft: str | Path, out: str | Path, resolutions: list[int]) -> None:
    """Copy a .mcool, compressed and without its creation date."""
    with h5py.File(draft) as old, h5py.File(out, "w") as new:
        copy_attributes(old, new)
        for resolution in resolutions:
            source = old[f"resolutions/{resolution}"]
            target = new.create_group(source.name)
            copy_attributes(source, target)
            for group in sorted(source):
                for column in sorted(source[group]):
                    copy_column(source[group][column], target.require_group(group), column)


def copy_column(old: h5py.Dataset, group: h5py.Group, name: str) -> None:
    """Copy one dataset, compressed."""
    # chunks may be larger than a table that was truncated
    chunks = tuple(map(min, old.chunks, old.shape)) if old.chunks else True
    new = group.create_dataset(name, old.shape, old.dtype, chunks=chunks, **PACKED)
    for start in range(0, len(old), CHUNK):
        new[start : start + CHUNK] = old[start : start + CHUNK]
    copy_attributes(old, new)


def copy_attributes(old: h5py.HLObject, new: h5py.HLObject) -> None:
    """Copy attributes in a fixed order, with a constant creation date."""
    for name, value in sorted(old.attrs.items()):
        new.attrs[name] = UNDATED if name == "creation-date" else value
