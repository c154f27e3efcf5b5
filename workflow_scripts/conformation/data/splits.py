"""Regions of a genome in bins, and their division into training, validation and test."""

import re

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
REGION = re.compile(r"([^:]+)(?::([\d.,]+)([kKmM]?)b?-([\d.,]+)([kKmM]?)b?)?")


def parse_region(text: str, sizes: dict[str, int], where: str) -> tuple[str, int, int]:
    """Chromosome, start and end (bp, 0-based half-open) of `chrom` or `chrom:start-end`.

    Parameters
    ----------
    text
        Numbers may hold commas and end with k or M: `chr3R:13.95M-27.9M`.
    sizes
        Length (bp) of each chromosome.
    where
        Config key, for messages.

    Raises
    ------
    UserError
        Not a region, an unknown chromosome, an end beyond it or not after the start.
    """
    match = REGION.fullmatch(text.strip())
    if not match:
        raise UserError(f"{where}: {text!r} is not a region; allowed: chrom or chrom:start-end")
    chrom = match[1]
    if chrom not in sizes:
        names = list(sizes)
        there = ", ".join(names[:8]) + (f" … ({len(names)})" if len(names) > 8 else "")
        raise UserError(f"{where}: {text!r}: no chromosome {chrom!r}; there: {there}")
    if match[2] is None:
        return chrom, 0, sizes[chrom]
    try:
        start, end = (
            round(float(number.replace(",", "")) * UNITS[unit.lower()])
            for number, unit in ((match[2], match[3]), (match[4], match[5]))
        )
    except ValueError:
        raise UserError(f"{where}: {text!r}: not numbers; allowed: chrom:start-end") from None
    if not start < end <= sizes[chrom]:
        raise UserError(
            f"{where}: {text!r} is off the genome; allowed: start < end <= {sizes[chrom]:,} bp"
            f" ({chrom})"
        )
    return chrom, start, end


def region_mask(bins: pd.DataFrame, regions: list[tuple[str, int, int]]) -> np.ndarray:
    """Which bins lie wholly within one of the regions, (N,) bool."""
    inside = np.zeros(len(bins), bool)
    for chrom, start, end in regions:
        inside |= ((bins.chrom == chrom) & (bins.start >= start) & (bins.end <= end)).to_numpy()
    return inside


def runs(chrom: np.ndarray, start: np.ndarray, *keys: np.ndarray) -> list[tuple[int, int]]:
    """Stretches [first, stop) of bins that follow each other and agree in chromosome and keys.

    `start` are the bins' numbers along the chromosome, ascending by 1 within a stretch.
    """
    same = (chrom[1:] == chrom[:-1]) & (np.diff(start) == 1)
    for key in keys:
        same &= key[1:] == key[:-1]
    edges = np.concatenate([[0], np.flatnonzero(~same) + 1, [len(chrom)]])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def blocked_parts(
    chrom: np.ndarray,
    number: np.ndarray,
    test: np.ndarray,
    valid: np.ndarray,
    *,
    valid_fraction: float,
    gap: int,
    least: int,
    where: str,
) -> np.ndarray:
    """Contiguous validation and test parts, the rest training.

    Parameters
    ----------
    chrom, number : arrays, shape=(N,)
        Chromosome of each bin and its number along it.
    test, valid : bool arrays, shape=(N,)
        Bins of the test and validation regions.
    valid_fraction
        Without a validation bin, this share of the bins outside the test regions validates: the
        end of the longest training stretch.
    gap
        Bins left out (part `none`) on either side of validation and test.
    least
        Bins of a receptive window (3w).
    where
        Config section, for messages.

    Returns
    -------
    str array, shape=(N,)
        train, valid, test or none.

    Raises
    ------
    UserError
        Test and validation overlap, or validation or training has no room for a receptive window.
    """
    if (test & valid).any():
        raise UserError(f"{where}: test_regions and valid_regions overlap; allowed: disjoint ones")
    part = np.where(test, "test", np.where(valid, "valid", "train")).astype("<U5")
    if not valid.any():
        first, stop = max(
            (run for run in runs(chrom, number, part) if part[run[0]] == "train"),
            key=lambda run: run[1] - run[0],
            default=(0, 0),
        )
        wanted = int(np.ceil(valid_fraction * (part == "train").sum()))
        if not least <= wanted <= stop - first - least:
            raise UserError(
                f"{where}.valid_fraction: {valid_fraction} is {wanted} bins of the longest training"
                f" segment's {stop - first}; allowed: {least} to {max(stop - first - least, 0)}"
                " bins, or valid_regions"
            )
        part[stop - wanted : stop] = "valid"
    held_out = [run for run in runs(chrom, number, part) if part[run[0]] != "train"]
    for first, stop in held_out:
        for beside in (slice(max(0, first - gap), first), slice(stop, stop + gap)):
            near = (chrom[beside] == chrom[first]) & (part[beside] == "train")
            part[beside] = np.where(near, "none", part[beside])
    return part


def paper_parts(
    chrom: np.ndarray, number: np.ndarray, test: np.ndarray, *, trim: int
) -> np.ndarray:
    """Training and test as Farré 2018: no validation part, segments trimmed by `trim` + 1 bins.

    A segment is trimmed at its border with the other part (its first, if there are two), else at
    its end. The one bin more makes the windows of n bins n - trim - 3w, as the published counts
    (13,814 and 2,112, flips included) have it.
    """
    part = np.where(test, "test", "train").astype("<U5")
    stretches = runs(chrom, number, part)
    borders = {first for first, _ in stretches} - {first for first, _ in runs(chrom, number)}
    for first, stop in stretches:
        cut = min(trim + 1, stop - first)
        side = slice(first, first + cut) if first in borders else slice(stop - cut, stop)
        part[side] = "none"
    return part
