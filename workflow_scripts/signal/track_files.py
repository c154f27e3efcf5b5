"""Readers of interval and track files for binning; chromosomes are renamed as in the genome.

Coordinates are 0-based half-open bp.
"""

import logging
import re
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.genomics.intervals import (
    PLACE,
    fit_intervals,
    read_bed,
)
from workflow_scripts.chromaloom.genomics.positions import whole_numbers
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.io.tables import read_text_table
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal.signal_files import BigWig
from workflow_scripts.signal.tracks import Fetch, interval_fetch, sum_strands

log = logging.getLogger("chromaloom")
RUNNING_NUMBER = re.compile(r"(?<=[A-Za-z])_\d+$")  # BLACK_2 is the second stretch of BLACK
UNREADABLE = (UnicodeDecodeError, pd.errors.ParserError)


def open_track(
    kind: str, file: str, name: str, sizes: dict[str, int], stack: ExitStack, *, clip: bool = False
) -> tuple[Fetch, set[str]]:
    """Values of each base of a bigWig, bedGraph or binned table, and the chromosomes that it has.

    Parameters
    ----------
    kind, file, name
        bigwig, bedgraph or binned; the file; the column of a binned table, or the minus strand
        (absolute values of both strands are added), or ''.
    sizes
        Chromosome lengths, bp.
    stack
        Closes the file.
    clip
        As in `read_bed`.
    """
    fetches, chroms = [], set()
    for path in [file, name] if name and kind != "binned" else [file]:
        if kind == "bigwig":
            track = stack.enter_context(BigWig(path, sizes, clip=clip))
            fetches.append(track.fetch)
            chroms |= set(track.chroms)
        else:
            rows = (
                read_binned(path, name, sizes, clip=clip)
                if kind == "binned"
                else read_bedgraph(path, sizes, clip=clip)
            )
            fetches.append(interval_fetch(rows))
            chroms |= set(rows.chrom)
    return sum_strands(*fetches) if len(fetches) == 2 else fetches[0], chroms


def read_gff3(path: str | Path, sizes: dict[str, int], *, clip: bool = False) -> pd.DataFrame:
    """Read the features of a GFF3 (1-based closed), such as modENCODE's interpreted peaks.

    Features of all types are used, except those as long as their chromosome, which describe the
    chromosome.

    Returns
    -------
    pandas.DataFrame
        chrom, start, end.

    Raises
    ------
    UserError
        No features, invalid positions, or another assembly.
    """
    rows = []
    try:
        with open_text(path) as handle:
            for number, line in enumerate(handle, start=1):
                if line.startswith("##FASTA"):
                    break
                if not line.strip() or line.startswith(("#", "track", "browser")):
                    continue
                fields = line.rstrip("\n").split("\t")
                start, end = fields[3:5] if len(fields) in (8, 9) else ("", "")
                rows.append((fields[0], start, end, number, line.strip()[:60]))
    except UNREADABLE as error:
        raise UserError(f"{path}: not a readable GFF3: {error}") from None
    if not rows:
        raise UserError(f"{path}: no feature; expected: GFF3")
    table = pd.DataFrame(rows, columns=[*PLACE, "number", "line"])
    start, end = whole_numbers(table.start), whole_numbers(table.end)
    if (bad := ~((start >= 1) & (end >= start))).any():
        row = table[bad].iloc[0]
        raise UserError(
            f"{path}: line {row.number}: {row.line!r}; expected: GFF3 of 9 columns, whole numbers"
            " 1 ≤ start ≤ end"
        )
    table = table.assign(start=start.astype("int64") - 1, end=end.astype("int64"))
    table = table[PLACE].astype({"chrom": "category"})
    table = fit_intervals(table, sizes, path, clip=clip)
    whole = (table.start == 0) & (table.end == table.chrom.map(sizes))
    if whole.any():
        log.info("%s: %d features are a whole chromosome and do not count", path, whole.sum())
    log.info("%s: %d features", path, (~whole).sum())
    return table[~whole].reset_index(drop=True)


def read_segments(path: str | Path, sizes: dict[str, int], *, clip: bool = False) -> pd.DataFrame:
    """Read segments of chromatin states: BED, or a wig of four columns, with states in column 4.

    A number at the end of a name is removed: `BLACK_2` is state BLACK. Names that are numbers are
    kept.

    Returns
    -------
    pandas.DataFrame
        chrom, start, end, state.
    """
    table = read_bed(path, sizes, columns=4, clip=clip)
    table = table.rename(columns={3: "state"}).reset_index(drop=True)
    table["state"] = [RUNNING_NUMBER.sub("", name.strip()) for name in table.state]
    log.info("%s: %d stretches of states %s", path, len(table), some(sorted(set(table.state)), 40))
    return table


def read_bedgraph(path: str | Path, sizes: dict[str, int], *, clip: bool = False) -> pd.DataFrame:
    """Read a bedGraph: chrom, start, end, value (float64), without rows that have no value.

    Raises
    ------
    UserError
        Rows that overlap: a base would have two values.
    """
    table = read_bed(path, sizes, columns=4, clip=clip).rename(columns={3: "value"})
    return _measured(table, path)


def read_binned(
    path: str | Path, column: str, sizes: dict[str, int], *, clip: bool = False
) -> pd.DataFrame:
    """Read one column of a table of bins (TSV with a header; chrom, start, end, signals).

    The last row of a chromosome may extend beyond its end by less than its width.

    Returns
    -------
    pandas.DataFrame
        chrom, start, end, value (float64), without rows that have no number (empty, NA, nan).

    Raises
    ------
    UserError
        No such table or column, rows that overlap, or another assembly.
    """
    table = read_text_table(path)
    if absent := [name for name in (*PLACE, column) if name not in table.columns]:
        raise UserError(
            f"{path}: no column {absent[0]!r}; available: {some(table.columns, 40)} (a binned"
            f" table has"
            " chrom, start, end; the run sheet's file2 names the signal)"
        )
    places = table[["start", "end"]].apply(whole_numbers)
    bad = ~(places.end > places.start)
    if bad.any():
        line = bad[bad].index[0]
        raise UserError(
            f"{path}: line {line}: start {table.start[line]!r}, end {table.end[line]!r}; expected:"
            " whole numbers, 0 ≤ start < end"
        )
    table = pd.DataFrame(
        {"chrom": table.chrom.astype("category"), **places.astype("int64"), "value": table[column]}
    )
    return _measured(fit_intervals(table, sizes, path, clip=clip, whole_bins=True), path)


def _measured(table: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Rows with a value, which must not overlap."""
    empty = table.value.isna() | table.value.astype(str).str.strip().str.lower().isin(
        ["", ".", "na", "nan"]
    )
    values = pd.to_numeric(table.value.mask(empty), errors="coerce")
    if (bad := ~empty & ~np.isfinite(values.astype(float))).any():
        row = table[bad].iloc[0]
        raise UserError(
            f"{path}: {row.chrom}:{row.start}-{row.end}: value {row.value!r}; expected: a"
            f" number, or"
            " nothing where unmeasured"
        )
    if empty.any():
        log.info("%s: %d rows have no value", path, empty.sum())
    table = table.assign(value=values.astype(float))
    ordered = table.sort_values(["chrom", "start"], kind="stable")
    twice = (ordered.chrom == ordered.chrom.shift()) & (ordered.start < ordered.end.shift())
    if twice.any():
        row = ordered[twice].iloc[0]
        raise UserError(
            f"{path}: {row.chrom}:{row.start}-{row.end} overlaps the row before; expected: one"
            f" value"
            " for each base"
        )
    return ordered[~empty[ordered.index]].reset_index(drop=True)
