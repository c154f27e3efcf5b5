"""Which windows train, validate and test: by chromosome, by arc, or at random."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.plan import parse_arc

WHERE = "enhancement.split"
Pieces = list[tuple[str, int, int]]


def assign_parts(
    windows: pd.DataFrame, split: dict, sizes: Mapping[str, int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Part of each window by its place.

    No window of one part overlaps one of another, for schemes chromosome and arc.

    Parameters
    ----------
    windows
        chrom, start, end (bp, 0-based half-open).
    split
        Config section `enhancement.split`.
    sizes
        Chromosome lengths (bp).
    seed
        Of the random parts.

    Returns
    -------
    tuple of str arrays, each of shape (windows,)
        `part`: train, valid, test, or '' where a window overlaps two parts or a gap; and the part
        by chance over windows that have one, with as many of each (scheme random: the same).

    Raises
    ------
    UserError
        An unknown chromosome, an arc off its chromosome, or parts that overlap.
    """
    if split["scheme"] == "random":
        counts = [round(share * len(windows)) for share in split["fractions"]]
        part = random_parts(np.full(len(windows), True), *counts, seed)
        return part, part
    if split["scheme"] == "chromosome":
        part = chromosome_parts(windows.chrom.to_numpy(str), split, sizes)
    else:
        part = arc_parts(windows, split, sizes)
    counts = [int((part == name).sum()) for name in ("valid", "test")]
    return part, random_parts(part != "", *counts, seed)


def random_parts(used: np.ndarray, valid: int, test: int, seed: int) -> np.ndarray:
    """`valid` and `test` of the windows used by chance, the others train; '' where not used."""
    part = np.where(used, "train", "")
    order = np.random.default_rng(seed).permutation(np.flatnonzero(used))
    part[order[:valid]] = "valid"
    part[order[valid : valid + test]] = "test"
    return part


def chromosome_parts(chrom: np.ndarray, split: dict, sizes: Mapping[str, int]) -> np.ndarray:
    """Part by chromosome."""
    for key in ("valid", "test"):
        for name in split[key]:
            if name not in sizes:
                raise UserError(
                    f"{WHERE}.{key}: no chromosome {name!r}; there: {', '.join(list(sizes)[:8])}"
                )
    named = [np.isin(chrom, split[key]) for key in ("valid", "test")]
    return np.select(named, ["valid", "test"], "train")


def arc_parts(windows: pd.DataFrame, split: dict, sizes: Mapping[str, int]) -> np.ndarray:
    """Part by arc: within one of a part's arcs, or at least `gap` away from all of them."""
    arcs = {
        key: [arc_pieces(text, split["circular"], sizes, f"{WHERE}.{key}") for text in split[key]]
        for key in ("valid", "test")
    }
    for text, one in zip(split["valid"], arcs["valid"], strict=True):
        for other, two in zip(split["test"], arcs["test"], strict=True):
            if any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for a in one for b in two):
                raise UserError(f"{WHERE}: valid {text!r} and test {other!r} overlap")
    part = np.full(len(windows), "train", dtype="<U5")
    for pieces in (piece for key in arcs for piece in arcs[key]):
        part[touches(windows, widen(pieces, split["gap"], split["circular"], sizes))] = ""
    for key in arcs:
        for chrom, start, end in (piece for pieces in arcs[key] for piece in pieces):
            inside = (windows.chrom == chrom) & (windows.start >= start) & (windows.end <= end)
            part[inside.to_numpy()] = key
    return part


def arc_pieces(text: str, circular: list[str], sizes: Mapping[str, int], where: str) -> Pieces:
    """An arc as one piece of its chromosome, or two where it runs over the origin of a circle."""
    chrom, start, end = parse_arc(text, where)
    if chrom not in sizes:
        there = ", ".join(list(sizes)[:8])
        raise UserError(f"{where}: {text!r}: no chromosome {chrom!r}; there: {there}")
    if max(start, end) > sizes[chrom]:
        raise UserError(f"{where}: {text!r} is off {chrom}; allowed: up to {sizes[chrom]:,} bp")
    if start < end:
        return [(chrom, start, end)]
    if chrom not in circular:
        raise UserError(
            f"{where}: {text!r} ends before it starts; allowed: start < end, or {chrom!r} among"
            " split.circular"
        )
    pieces = [(chrom, start, sizes[chrom]), (chrom, 0, end)]
    return [piece for piece in pieces if piece[1] < piece[2]]


def widen(pieces: Pieces, gap: int, circular: list[str], sizes: Mapping[str, int]) -> Pieces:
    """Pieces longer by `gap` bp on either side; on a circle a gap goes on beyond the origin."""
    wide = []
    for chrom, start, end in pieces:
        size = sizes[chrom]
        wide.append((chrom, max(start - gap, 0), min(end + gap, size)))
        if chrom in circular:
            wide += [(chrom, max(start - gap + size, 0), size)] if start < gap else []
            wide += [(chrom, 0, min(end + gap - size, size))] if end + gap > size else []
    return wide


def touches(windows: pd.DataFrame, pieces: Pieces) -> np.ndarray:
    """Which windows overlap one of the pieces, bool (windows,)."""
    found = np.zeros(len(windows), bool)
    for chrom, start, end in pieces:
        found |= (windows.chrom == chrom) & (windows.start < end) & (windows.end > start)
    return found


def map_parts(part: np.ndarray, held_out: bool, suffix: str = "") -> np.ndarray:
    """Parts of a map's windows, from those of their places.

    Parameters
    ----------
    part
        train, valid, test or '' of each place.
    held_out
        Whether the map is: then places of training become `test_map`, those of testing
        `test_both`, and those of validation '' (checkpoints are chosen there).
    suffix
        Put after the names of test parts.
    """
    if held_out:
        named = {"train": "test_map", "valid": "", "test": "test_both"}
        part = np.array([named.get(name, "") for name in part], dtype=object)
    return np.array([n + suffix if n.startswith("test") else n for n in part], dtype=str)
