"""Formats of signal: BED, narrowPeak, tagAlign, bedGraph, tables of bins, GFF3."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
from mutations import Rng, Table
from reference import (
    MISSING,
    Invalid,
    bed_rows,
    intervals,
    real,
    split,
    text_lines,
    trimmed,
    whole,
)

from workflow_scripts.signal.signal_files import read_peaks, read_tagalign
from workflow_scripts.signal.track_files import read_bedgraph, read_binned, read_gff3

SIZES = {"chr1": 3000, "chr2": 2000, "chr3": 1000}


def _spans(rng: Rng, *, apart: bool = False, step: int = 0) -> list[tuple[str, int, int]]:
    """Random intervals in order; `apart`: they do not overlap; `step`: bins of one size."""
    rows = []
    for chrom, size in SIZES.items():
        edges = np.sort(rng.choice(np.arange(1, size), 10, replace=False))
        if step:
            rows += [(chrom, start, min(start + step, size)) for start in range(0, size, step)]
        elif apart:
            rows += [(chrom, int(a), int(b)) for a, b in edges.reshape(5, 2)]
        else:
            rows += [(chrom, int(a), min(int(a) + 150, size)) for a in edges]
    return rows


def covered(rows) -> dict[str, list[int]]:
    """Covered bases by chromosome."""
    bases: dict[str, set[int]] = {chrom: set() for chrom in SIZES}
    for chrom, start, end, *_ in rows:
        bases[chrom].update(range(start, end))
    return {chrom: sorted(found) for chrom, found in bases.items()}


def merged(rows) -> dict[tuple, float]:
    """Overlapping intervals as one, with value 1."""
    found: list[list] = []
    for chrom, start, end in sorted(rows):
        if found and found[-1][0] == chrom and start < found[-1][2]:
            found[-1][2] = max(end, found[-1][2])
        else:
            found.append([chrom, start, end])
    return {tuple(row): 1.0 for row in found}


class Bed:
    name = "BED"

    def make(self, rng: Rng) -> Table:
        rows = [[c, str(a), str(b), f"p{n}", "0", "+"] for n, (c, a, b) in enumerate(_spans(rng))]
        return Table(rows, chroms=(0,), places=(1, 2), texts=(3,))

    def read(self, path: Path):
        return covered(read_peaks(path, SIZES)[["chrom", "start", "end"]].values.tolist())

    def reference(self, path: Path):
        rows = [(row[0], whole(row[1]), whole(row[2])) for row in bed_rows(path, 3)]
        return covered(intervals(rows, SIZES))


class NarrowPeak:
    name = "narrowPeak"

    def make(self, rng: Rng) -> Table:
        rows = [
            [c, str(a), str(b), f"p{n}", "0", ".", f"{rng.gamma(2):.3f}", "5", "4", "20"]
            for n, (c, a, b) in enumerate(_spans(rng))
        ]
        return Table(rows, chroms=(0,), places=(1, 2), numbers=(6,), texts=(3,))

    def read(self, path: Path):
        table = read_peaks(path, SIZES)
        return {(row.chrom, row.start, row.end): real(str(row.value)) for row in table.itertuples()}

    def reference(self, path: Path):
        found = bed_rows(path, 3)
        if any(line.startswith("chrom\tstart") for line in text_lines(path)):
            # columns of other names than those of narrowPeak: the places alone
            rows = [(row[0], whole(row[1]), whole(row[2])) for row in found]
            return merged(intervals(rows, SIZES))
        found = [trimmed(row, 10, more=True) for row in found]
        rows = [(row[0], whole(row[1]), whole(row[2]), real(row[6])) for row in found]
        best: dict[tuple, float] = {}
        for chrom, start, end, value in intervals(rows, SIZES):
            place = (chrom, start, end)
            best[place] = max(value, best.get(place, value))
        return best


class TagAlign:
    name = "tagAlign"

    def make(self, rng: Rng) -> Table:
        rows = [[c, str(a), str(b), "N", "1000", "-"] for c, a, b in _spans(rng)]
        return Table(rows, chroms=(0,), places=(1, 2), texts=(3,))

    def read(self, path: Path):
        spans = read_tagalign(path, SIZES)
        return Counter(
            (chrom, int(a), int(b))
            for chrom, both in spans.items()
            for a, b in zip(*both, strict=True)
        )

    def reference(self, path: Path):
        rows = [(row[0], whole(row[1]), whole(row[2])) for row in bed_rows(path, 3)]
        return Counter(intervals(rows, SIZES))


def _measured(rows) -> dict:
    """Values by interval; intervals must not overlap, and those without a value are left out."""
    ordered = sorted(rows)
    for one, two in pairwise(ordered):
        if one[0] == two[0] and two[1] < one[2]:
            raise Invalid("overlap")
    return {row[:3]: real(row[3]) for row in ordered if row[3].lower() not in MISSING}


def _as_dict(table) -> dict:
    return {(row.chrom, row.start, row.end): real(str(row.value)) for row in table.itertuples()}


class BedGraph:
    name = "bedGraph"

    def make(self, rng: Rng) -> Table:
        rows = [[c, str(a), str(b), f"{rng.normal():.4f}"] for c, a, b in _spans(rng, apart=True)]
        return Table(rows, ["track type=bedGraph"], chroms=(0,), places=(1, 2), numbers=(3,))

    def read(self, path: Path):
        return _as_dict(read_bedgraph(path, SIZES))

    def reference(self, path: Path):
        rows = [(row[0], whole(row[1]), whole(row[2]), row[3]) for row in bed_rows(path, 4)]
        return _measured(intervals(rows, SIZES))


class Binned:
    name = "table of bins"

    def make(self, rng: Rng) -> Table:
        rows = [
            [c, str(a), str(b), f"{rng.normal():.4f}", f"{rng.normal():.4f}"]
            for c, a, b in _spans(rng, step=300)
        ]
        head = ["chrom\tstart\tend\tone\ttwo"]
        return Table(rows, head, chroms=(0,), places=(1, 2), numbers=(4,))

    def read(self, path: Path):
        return _as_dict(read_binned(path, "two", SIZES))

    def reference(self, path: Path):
        lines = [line for line in text_lines(path) if line.strip() and line[0] != "#"]
        if not lines:
            raise Invalid("empty")
        head = split(lines[0])
        while head and not head[-1]:
            head.pop()
        if any(head.count(name) != 1 for name in ("chrom", "start", "end", "two")):
            raise Invalid("header")
        rows = []
        for line in lines[1:]:
            row = dict(zip(head, trimmed(split(line), len(head)), strict=True))
            rows.append((row["chrom"], whole(row["start"]), whole(row["end"]), row["two"]))
        if not rows:
            raise Invalid("no row")
        return _measured(intervals(rows, SIZES, last_may_exceed=True))


class Gff3:
    name = "GFF3"

    def make(self, rng: Rng) -> Table:
        rows = [
            [c, "x", "peak", str(a + 1), str(b), "2.5", ".", ".", f"ID=p{n}"]
            for n, (c, a, b) in enumerate(_spans(rng))
        ]
        return Table(rows, ["##gff-version 3"], chroms=(0,), places=(3, 4), texts=(8,))

    def read(self, path: Path):
        table = read_gff3(path, SIZES)
        return Counter(map(tuple, table[["chrom", "start", "end"]].values.tolist()))

    def reference(self, path: Path):
        rows = []
        for line in text_lines(path):
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            fields = split(line)
            if len(fields) not in (8, 9, 10) or any(fields[9:]):
                raise Invalid("columns")
            rows.append((fields[0], whole(fields[3]) - 1, whole(fields[4])))
        if not rows:
            raise Invalid("no feature")
        found = intervals(rows, SIZES)
        return Counter(row for row in found if row[1:] != (0, SIZES[row[0]]))


FORMATS = (Bed(), NarrowPeak(), TagAlign(), BedGraph(), Binned(), Gff3())
