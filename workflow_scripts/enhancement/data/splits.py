"""Splits: which windows train, validate and test, by chromosome, by arc or at random."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.plan import parse_arc

WHERE = "enhancement.split"
Regions = list[tuple[str, int, int]]


def assign_splits(
    windows: pd.DataFrame, split: dict, sizes: Mapping[str, int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split of each window by its region.

    With schemes chromosome and arc, windows of different splits do not overlap.

    Parameters
    ----------
    windows
        chrom, start, end (bp, 0-based half-open).
    split
        Config section `enhancement.split`.
    sizes
        Chromosome lengths (bp).
    seed
        Seed of the random split.

    Returns
    -------
    tuple of str arrays, each of shape (windows,)
        The split: train, valid, test, or '' where a window overlaps two splits or a gap. And a
        random split of the windows that have one, with the same counts (scheme random: the same
        array).

    Raises
    ------
    UserError
        An unknown chromosome, an arc beyond its chromosome, or arcs that overlap.
    """
    if split["scheme"] == "random":
        counts = [round(fraction * len(windows)) for fraction in split["fractions"]]
        found = random_split(np.full(len(windows), True), *counts, seed)
        return found, found
    if split["scheme"] == "chromosome":
        found = chromosome_split(windows.chrom.to_numpy(str), split, sizes)
    else:
        found = arc_split(windows, split, sizes)
    counts = [int((found == name).sum()) for name in ("valid", "test")]
    return found, random_split(found != "", *counts, seed)


def random_split(used: np.ndarray, valid: int, test: int, seed: int) -> np.ndarray:
    """`valid` and `test` of the used windows at random, the others train; '' where not used."""
    found = np.where(used, "train", "")
    order = np.random.default_rng(seed).permutation(np.flatnonzero(used))
    found[order[:valid]] = "valid"
    found[order[valid : valid + test]] = "test"
    return found


def chromosome_split(chrom: np.ndarray, split: dict, sizes: Mapping[str, int]) -> np.ndarray:
    """Split by chromosome."""
    for key in ("valid", "test"):
        for name in split[key]:
            if name not in sizes:
                raise UserError(
                    f"{WHERE}.{key}: unknown chromosome {name!r}; available: {first_names(sizes)}"
                )
    named = [np.isin(chrom, split[key]) for key in ("valid", "test")]
    return np.select(named, ["valid", "test"], "train")


def arc_split(windows: pd.DataFrame, split: dict, sizes: Mapping[str, int]) -> np.ndarray:
    """Split by arc: valid and test within an arc, train at least `gap` away from all arcs."""
    arcs = {
        key: [arc_regions(text, split["circular"], sizes, f"{WHERE}.{key}") for text in split[key]]
        for key in ("valid", "test")
    }
    for text, one in zip(split["valid"], arcs["valid"], strict=True):
        for other, two in zip(split["test"], arcs["test"], strict=True):
            if any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for a in one for b in two):
                raise UserError(
                    f"{WHERE}: valid {text!r} and test {other!r} overlap; expected: separate arcs"
                )
    found = np.full(len(windows), "train", dtype="<U5")
    for regions in (regions for key in arcs for regions in arcs[key]):
        found[overlaps(windows, widen(regions, split["gap"], split["circular"], sizes))] = ""
    for key in arcs:
        for chrom, start, end in (region for regions in arcs[key] for region in regions):
            inside = (windows.chrom == chrom) & (windows.start >= start) & (windows.end <= end)
            found[inside.to_numpy()] = key
    return found


def arc_regions(text: str, circular: list[str], sizes: Mapping[str, int], where: str) -> Regions:
    """An arc as one region of its chromosome, or two where it spans the origin of a circle."""
    chrom, start, end = parse_arc(text, where)
    if chrom not in sizes:
        raise UserError(
            f"{where}: {text!r}: unknown chromosome {chrom!r}; available: {first_names(sizes)}"
        )
    if max(start, end) > sizes[chrom]:
        raise UserError(
            f"{where}: {text!r} ends beyond {chrom}; expected: at most {sizes[chrom]:,} bp"
        )
    if start < end:
        return [(chrom, start, end)]
    if chrom not in circular:
        raise UserError(
            f"{where}: {text!r} ends before it starts; expected: start < end, or {chrom!r} in"
            " split.circular"
        )
    regions = [(chrom, start, sizes[chrom]), (chrom, 0, end)]
    return [region for region in regions if region[1] < region[2]]


def widen(regions: Regions, gap: int, circular: list[str], sizes: Mapping[str, int]) -> Regions:
    """Regions extended by `gap` bp on both sides; on a circle across the origin."""
    wide = []
    for chrom, start, end in regions:
        size = sizes[chrom]
        wide.append((chrom, max(start - gap, 0), min(end + gap, size)))
        if chrom in circular:
            wide += [(chrom, max(start - gap + size, 0), size)] if start < gap else []
            wide += [(chrom, 0, min(end + gap - size, size))] if end + gap > size else []
    return wide


def overlaps(windows: pd.DataFrame, regions: Regions) -> np.ndarray:
    """Which windows overlap one of the regions, bool (windows,)."""
    found = np.zeros(len(windows), bool)
    for chrom, start, end in regions:
        found |= (windows.chrom == chrom) & (windows.start < end) & (windows.end > start)
    return found


def first_names(sizes: Mapping[str, int]) -> str:
    """The first chromosomes, for messages."""
    return ", ".join(list(sizes)[:8])


def map_splits(split: np.ndarray, held_out: bool, suffix: str = "") -> np.ndarray:
    """Splits of the windows of one map, from those of their regions.

    Parameters
    ----------
    split
        train, valid, test or '' of each region.
    held_out
        Whether the map is held out: then training regions become `test_map`, test regions
        `test_both`, and validation regions '' (they choose checkpoints).
    suffix
        Appended to the names of test splits.
    """
    if held_out:
        names = {"train": "test_map", "valid": "", "test": "test_both"}
        split = np.array([names.get(name, "") for name in split], dtype=object)
    return np.array([n + suffix if n.startswith("test") else n for n in split], dtype=str)
