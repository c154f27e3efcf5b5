"""Reader of contact maps in the format of GEO series GSE61471: tables of bins and contacts."""

import logging
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.cooler_files import first_bins
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts.map_files import CHUNK, ReadyMap, report_absent, sorted_pixels
from workflow_scripts.contacts.map_values import ValueSurvey

log = logging.getLogger("chromaloom")
BINS = ["cbin", "chr", "from.coord", "to.coord"]
CONTACTS = ["cbin1", "cbin2", "observed_count"]


def read_geo(path: str, bins: str, sizes: Mapping[str, int]) -> ReadyMap:
    """Read the two tables (tab-separated, plain or gzip).

    Parameters
    ----------
    path
        Contacts: cbin1, cbin2, expected_count (not used), observed_count. A pair may be listed once
        or in both orders; rows with cbin1 <= cbin2 are used.
    bins
        Bins: cbin (any numbers), chr, from.coord and to.coord (bp, 0- or 1-based); bins without
        contacts may be absent.
    sizes
        Chromosome lengths in bp.

    Raises
    ------
    UserError
        Missing columns, unequal bins, bins of another assembly, contacts of unknown bins.
    """
    table = _read(bins, BINS, {"chr": str})
    table = table[0] if len(table := list(table)) == 1 else pd.concat(table)
    resolution, start = bin_size(table, bins)
    names = match_chromosomes(table.chr.unique(), sizes, bins)
    report_absent(bins, names.values(), sizes)
    inside = table.chr.isin(list(names))
    beyond = inside & (start >= table.chr.map(names).map(sizes))
    if beyond.any():
        row = table[beyond].iloc[0]
        raise UserError(
            f"{bins}: bin {row.cbin} from {row['from.coord']} on {row.chr}; expected: up to"
            f" {sizes[names[row.chr]]} bp, the chromosome's length; probably another assembly"
        )
    offsets = first_bins(sizes, resolution)
    places = np.full(table.cbin.max() + 1, -2)  # -2: no such bin; -1: of another chromosome
    places[table.cbin[~inside]] = -1
    first = table.chr[inside].map(names).map(offsets)
    places[table.cbin[inside]] = first + start[inside] // resolution
    values = ValueSurvey(path, sizes, resolution)
    repeated = 0
    for one, two, count in geo_pixels(path, bins, places):
        values.add(one, two, count)
        repeated += int(pd.DataFrame({"one": one, "two": two}).duplicated().sum())
    if repeated:
        log.warning("%s: %d rows repeat a pair of bins; their counts are summed", path, repeated)
    return ReadyMap(
        resolution,
        values,
        lambda: (sorted_pixels(*part) for part in geo_pixels(path, bins, places)),
    )


def bin_size(table: pd.DataFrame, source: str) -> tuple[int, pd.Series]:
    """Bin size (bp) and 0-based starts of the bins.

    Bins may be 0-based half-open (0 to 10000), 1-based closed (1 to 10000) or 0-based closed (0 to
    9999). A chromosome's last bin may be shorter.
    """
    duplicated = table.cbin.duplicated()
    if duplicated.any():
        raise UserError(
            f"{source}: bin {table.cbin[duplicated].iloc[0]} occurs twice; expected: once"
        )
    length = (table["to.coord"] - table["from.coord"]).mode().iloc[0]
    for size, base in ((length, 0), (length + 1, 1), (length + 1, 0)):
        start = table["from.coord"] - base
        if size > 0 and (start % size == 0).all():
            return int(size), start
    row = table[(table["from.coord"] % length) > 1].head(1)
    where = (
        f"bin {row.cbin.iloc[0]} starts at {row['from.coord'].iloc[0]}" if len(row) else "starts"
    )
    raise UserError(f"{source}: {where}, bins are of {length} bp; expected: bins of one size")


def geo_pixels(
    path: str, bins: str, places: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Iterate over bins and counts; `places` maps each bin number to the genome's bin."""
    upper = lower = 0
    dropped = 0.0
    for part in _read(path, CONTACTS):
        upper, lower = (
            upper + (part.cbin1 < part.cbin2).sum(),
            lower + (part.cbin1 > part.cbin2).sum(),
        )
        part = part[part.cbin1 <= part.cbin2]
        ends = []
        for column in CONTACTS[:2]:
            number = part[column].to_numpy()
            known = (number >= 0) & (number < len(places))
            place = np.where(known, places[np.where(known, number, 0)], -2)
            if (unknown := place == -2).any():
                raise UserError(
                    f"{path}: {column} {number[unknown][0]} is not a bin of {bins}; expected:"
                    f" the two"
                    " tables of one map"
                )
            ends.append(place)
        count = part.observed_count.to_numpy(dtype=np.float64)
        inside = (ends[0] >= 0) & (ends[1] >= 0)
        dropped += count[~inside].sum()
        yield ends[0][inside], ends[1][inside], count[inside]
    if dropped:
        log.info("%s: %g contacts of other chromosomes dropped", path, dropped)
    if lower not in (0, upper):
        raise UserError(
            f"{path}: {upper} pairs with cbin1 < cbin2 and {lower} with cbin1 > cbin2; expected:"
            " each pair both ways, or once with cbin1 < cbin2"
        )


def _read(path: str, columns: list[str], dtype: dict | None = None) -> Iterator[pd.DataFrame]:
    """Iterate over chunks of a table with the given columns, numbers by default."""
    try:
        with open_text(path) as handle:
            parts = pd.read_csv(handle, sep="\t", usecols=columns, dtype=dtype, chunksize=CHUNK)
            for part in parts:
                if part.empty:
                    raise UserError(f"{path}: the table has no rows; expected: one or more")
                yield check_columns(part, set(dtype or {}), path)
    except (ValueError, pd.errors.EmptyDataError) as error:
        raise UserError(
            f"{path}: no table with columns {', '.join(columns)} ({str(error).strip()})"
        ) from None


def check_columns(part: pd.DataFrame, texts: set[str], path: str) -> pd.DataFrame:
    """Reject text in numeric columns, and bin numbers that are not whole; 1e+05 is 100000."""
    for column in part.columns.drop(list(texts)):
        values = part[column]
        if values.dtype.kind not in "iuf":
            number = pd.to_numeric(values, errors="coerce")
            if (wrong := number.isna() & values.notna()).any():
                row = wrong.index[wrong][0]
                raise UserError(
                    f"{path}: line {row + 2}: column {column} has text ({values[row]!r}); expected:"
                    " a number"
                )
            part, values = part.assign(**{column: number}), number
        if column.startswith("cbin") and values.dtype.kind == "f":
            if (wrong := ~((values % 1 == 0) & (values.abs() < 2**53))).any():
                row = wrong.index[wrong][0]
                what = "has gaps" if values.isna()[row] else f"is {values[row]:g}"
                raise UserError(
                    f"{path}: line {row + 2}: column {column} {what}; expected: whole numbers"
                )
            part = part.assign(**{column: values.astype(np.int64)})
    return part
