"""Regions of a genome in bins, and their split into training, validation and test."""

import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.regions import parse_region
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")


def region_mask(bins: pd.DataFrame, regions: list[tuple[str, int, int]]) -> np.ndarray:
    """Bins that lie entirely within one of the regions, bool (N,)."""
    inside = np.zeros(len(bins), bool)
    for chrom, start, end in regions:
        inside |= ((bins.chrom == chrom) & (bins.start >= start) & (bins.end <= end)).to_numpy()
    return inside


def contiguous_runs(
    chrom: np.ndarray, number: np.ndarray, *keys: np.ndarray
) -> list[tuple[int, int]]:
    """Runs [first, stop) of adjacent bins with the same chromosome and keys.

    Parameters
    ----------
    chrom, number : arrays, shape=(N,)
        Chromosome of each bin, and its index along the chromosome.
    keys : arrays, shape=(N,)
        Further values that are the same within a run.
    """
    same = (chrom[1:] == chrom[:-1]) & (np.diff(number) == 1)
    for key in keys:
        same &= key[1:] == key[:-1]
    edges = np.concatenate([[0], np.flatnonzero(~same) + 1, [len(chrom)]])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def blocked_split(
    chrom: np.ndarray,
    number: np.ndarray,
    test: np.ndarray,
    valid: np.ndarray,
    *,
    valid_fraction: float,
    gap: int,
    min_bins: int,
    where: str,
) -> np.ndarray:
    """Contiguous validation and test segments; all other bins are for training.

    Parameters
    ----------
    chrom, number : arrays, shape=(N,)
        Chromosome of each bin, and its index along the chromosome.
    test, valid : bool arrays, shape=(N,)
        Bins of the test and validation regions.
    valid_fraction
        If no bin is in a validation region: this fraction of the bins outside the test regions, at
        the end of the longest training segment, is for validation.
    gap
        Bins excluded (split `none`) on either side of validation and test segments.
    min_bins
        Bins of a receptive field (3w).
    where
        Config section, for error messages.

    Returns
    -------
    str array, shape=(N,)
        train, valid, test or none.

    Raises
    ------
    UserError
        Test and validation overlap, or validation or training is shorter than a receptive field.
    """
    if (test & valid).any():
        raise UserError(
            f"{where}: test_regions and valid_regions overlap; expected: disjoint regions"
        )
    split = np.where(test, "test", np.where(valid, "valid", "train")).astype("<U5")
    if not valid.any():
        first, stop = max(
            (run for run in contiguous_runs(chrom, number, split) if split[run[0]] == "train"),
            key=lambda run: run[1] - run[0],
            default=(0, 0),
        )
        n_valid = int(np.ceil(valid_fraction * (split == "train").sum()))
        if not min_bins <= n_valid <= stop - first - min_bins:
            raise UserError(
                f"{where}.valid_fraction: {valid_fraction} is {n_valid} bins of the"
                f" {stop - first} of the longest training segment; expected: {min_bins} to"
                f" {max(stop - first - min_bins, 0)} bins; fix: change it or set valid_regions"
            )
        split[stop - n_valid : stop] = "valid"
    held_out = [run for run in contiguous_runs(chrom, number, split) if split[run[0]] != "train"]
    for first, stop in held_out:
        for beside in (slice(max(0, first - gap), first), slice(stop, stop + gap)):
            near = (chrom[beside] == chrom[first]) & (split[beside] == "train")
            split[beside] = np.where(near, "none", split[beside])
    return split


def paper_split(
    chrom: np.ndarray, number: np.ndarray, test: np.ndarray, *, trim: int, window: int
) -> np.ndarray:
    """Training and test bins as in Farré 2018, without validation bins.

    Parameters
    ----------
    chrom, number : arrays, shape=(N,)
        Chromosome of each bin, and its index along the chromosome.
    test : bool array, shape=(N,)
        Bins of the test regions.
    trim
        Bins before the first inner window of each segment (1 Mb in Farré 2018).
    window
        Bins of an inner window (w); the receptive field has w more bins on either side.

    Returns
    -------
    str array, shape=(N,)
        train, test, or none for the `trim` + 1 bins of each segment that are excluded: `trim` - w
        at its start, so that the first inner window is `trim` bins from it, the others at its end.
        A segment of n bins has n - trim - 3w windows, which gives the published counts (13,814 and
        2,112, flips included) and the published starts (1.00 Mb, and 14.95 Mb of the test segment).
    """
    split = np.where(test, "test", "train").astype("<U5")
    first_bins = max(trim - window, 0)
    for first, stop in contiguous_runs(chrom, number, split):
        split[first : min(first + first_bins, stop)] = "none"
        split[max(stop - (trim + 1 - first_bins), first) : stop] = "none"
    return split


def genome_bins(sizes: Mapping[str, int], resolution: int) -> pd.DataFrame:
    """Bins of a genome (chrom, start, end); the last one of a chromosome may be shorter."""
    starts = {chrom: np.arange(0, size, resolution) for chrom, size in sizes.items()}
    return pd.DataFrame(
        {
            "chrom": np.repeat(list(starts), [len(start) for start in starts.values()]),
            "start": np.concatenate([np.empty(0, int), *starts.values()]),
            "end": np.concatenate(
                [np.empty(0, int)]
                + [np.minimum(start + resolution, sizes[c]) for c, start in starts.items()]
            ),
        }
    )


def used_bins(
    bins: pd.DataFrame, sizes: dict[str, int], regions: list[str], min_bins: int, where: str
) -> np.ndarray:
    """Bins of the regions, or of all chromosomes with `min_bins` bins or more; bool (all bins,)."""
    if regions:
        found = [parse_region(text, sizes, f"{where}.regions") for text in regions]
        return region_mask(bins, found)
    number = bins.groupby("chrom").start.transform("size").to_numpy()
    if small := list(dict.fromkeys(bins.chrom[number < min_bins])):
        log.info(
            "%d chromosomes are shorter than a receptive field (%d bins) and are excluded: %s",
            len(small), min_bins, ", ".join(small[:8]),
        )  # fmt: skip
    return number >= min_bins


def assign_split(
    bins: pd.DataFrame, sizes: dict[str, int], settings: dict, where: str
) -> np.ndarray:
    """Split of each bin used, str (N,); `settings` is the config's section `conformation`.

    Raises
    ------
    UserError
        A region is outside the genome or `regions`, or shorter than a receptive field.
    """
    w, size = settings["window"], settings["resolution"]
    masks = {}
    for key in ("test_regions", "valid_regions"):
        masks[key] = np.zeros(len(bins), bool)
        for text in settings[key]:
            region = parse_region(text, sizes, f"{where}.{key}")
            inside = region_mask(bins, [region])
            number = int(inside.sum())
            if not settings["regions"] and region[0] not in set(bins.chrom):
                # the whole chromosome is shorter than a receptive field
                number = region[2] // size - -(-region[1] // size)
            if number < 3 * w:
                raise UserError(
                    f"{where}.{key}: {text!r} has {number} bins of {size} bp within the"
                    f" regions used; expected: at least {3 * w}, a receptive field (3 × window)"
                )
            masks[key] |= inside
    position = bins.chrom.to_numpy(str), (bins.start // size).to_numpy()
    if settings["split"] == "paper":
        return paper_split(
            *position, masks["test_regions"], trim=settings["trim"] // size, window=w
        )
    return blocked_split(
        *position,
        masks["test_regions"],
        masks["valid_regions"],
        valid_fraction=settings["valid_fraction"],
        gap=-(-settings["gap"] // size),
        min_bins=3 * w,
        where=where,
    )


FIGURE_REGION = "conformation.figures.region"


def figure_bins(
    bins: pd.DataFrame,
    region: str,
    *,
    max_region_length: int,
    flank: int,
    where: str = FIGURE_REGION,
) -> np.ndarray:
    """Bins of the region that the figures of the test split show.

    Parameters
    ----------
    bins
        Columns chrom, start, end (bp) and split of the data's bins, N rows.
    region
        `conformation.figures.region`; empty: the longest test segment without its flanks, up to
        `max_region_length`.
    max_region_length
        Length in bp.
    flank
        Bins at either end of a segment that no inner window covers (w).
    where
        Config key, for error messages.

    Returns
    -------
    int array, shape=(K,)
        Indices of the bins, ascending, without a gap.

    Raises
    ------
    UserError
        The region cannot be parsed, has no test bin, or has a gap.
    """
    chrom, start, end = (bins[name].to_numpy() for name in ("chrom", "start", "end"))
    is_test = (bins.split == "test").to_numpy()
    if not region:
        test = np.flatnonzero(is_test)
        if not test.size:
            raise UserError(f"{where}: the data has no test bin; expected: a region with test bins")
        joined = (chrom[test][1:] == chrom[test][:-1]) & (start[test][1:] == end[test][:-1])
        run = max(np.split(test, np.flatnonzero(~joined) + 1), key=len)
        run = run[flank:-flank] if len(run) > 2 * flank else run
        return run[end[run] <= start[run[0]] + max_region_length]
    sizes = bins.groupby("chrom", sort=False).end.max().astype(int).to_dict()
    name, low, high = parse_region(region, sizes, where)
    found = np.flatnonzero((chrom == name) & (start >= low) & (end <= high))
    if not is_test[found].any():
        first = bins[is_test].iloc[0] if is_test.any() else None
        example = f", such as {first.chrom}:{first.start}-…" if first is not None else ""
        raise UserError(
            f"{where}: {region!r} has no test bin; expected: a region with test bins{example}"
        )
    if (start[found][1:] != end[found][:-1]).any():
        raise UserError(
            f"{where}: {region!r} has a gap in the data; expected: a region without gaps"
        )
    return found
