"""Tables of intervals: BED-like files, peaks of MACS, and blacklisted regions.

Coordinates are 0-based half-open bp.
"""

import io
import logging
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import match_chromosomes
from workflow_scripts.chromaloom.genomics.positions import whole_numbers
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
CHUNK = 500_000  # lines in memory at once
PLACE = ["chrom", "start", "end"]
# first words of browser lines, comments, and the header of GSE22069
DISPLAY = ("#", "track", "browser", "seqname")
# names of the first three columns, where a file has a header
CHROM_NAMES = ("chr", "chrom", "chromosome", "seqnames", "#chrom", "#chr")
START_NAMES = ("start", "chromstart", "chrom_start", "begin")
WIDTH_NAMES = ("length", "width")
# columns 7 to 9 of a broadPeak by MACS
MACS_VALUES = ("fold_enrichment", "-log10(pvalue)", "-log10(qvalue)")
BEYOND_FIX = "use data of the sample's assembly, or set signal.beyond_end: clip"


def read_bed(
    path: str | Path,
    sizes: dict[str, int],
    *,
    columns: int | None = None,
    clip: bool = False,
    beyond_fix: str = BEYOND_FIX,
) -> pd.DataFrame:
    """Read a BED-like file: chrom (category), start, end, then columns 3… as text, by number.

    Browser lines (track, browser), lines that start with `#`, and one header line (chr, start, end,
    …) are skipped. A header's column `length` or `width` tells 1-based tables, such as MACS's
    `_peaks.xls`, from 0-based ones; of MACS's table the columns are those of a broadPeak
    (signalValue is the fold enrichment).

    Parameters
    ----------
    path
        BED, plain or gzip.
    sizes
        Chromosome lengths of the assembly, bp.
    columns
        Number of columns to read; by default all, or 3 of a BED6.
    clip
        Whether to clip intervals at a chromosome's end instead of raising an error.
    beyond_fix
        What to do about intervals beyond the end, for the message.

    Raises
    ------
    UserError
        Not a BED, a position that is not a whole number, or data of another assembly.
    """
    first, header, width = _first_line(path, max(columns or 3, 3))
    unknown = bool(header) and not header[0].startswith("#") and "signalvalue" not in header
    # only the positions of reads are needed, and only those of a table of unknown columns
    taken = list(range(columns or (3 if width == 6 or unknown else width)))
    macs = not columns and "length" in header and "fold_enrichment" in header
    if lengths := [header.index(name) for name in WIDTH_NAMES if name in header]:
        taken = sorted({*taken, lengths[0]} | set(range(width) if macs else ()))
    parts: list[pd.DataFrame] = []
    try:
        with open_text(path) as handle:
            done = sum(1 for _ in islice(handle, first))
            while lines := list(islice(handle, CHUNK)):
                chunk = pd.read_csv(
                    io.StringIO("".join(lines)), sep="\t", header=None, names=range(width),
                    usecols=taken, dtype=str, keep_default_na=False, quoting=3, index_col=False,
                    skip_blank_lines=False, nrows=len(lines),
                )  # fmt: skip
                chunk.index += done + 1
                tabs = pd.Series([line.count("\t") for line in lines], chunk.index)
                parts.append(_parse_bed(chunk, tabs < max(taken), path))
                done += len(lines)
                log.info("%s: %d lines read", path, done)
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise UserError(f"{path}: not a readable BED: {str(error).strip()}") from None
    bed = pd.concat(parts, ignore_index=True)
    if lengths:
        bed = _zero_based(bed, lengths[0], path)
    if macs:
        bed = _broad_peaks(bed, header)
    elif unknown or columns:
        bed = bed[[*PLACE, *range(3, columns or 3)]]
    return fit_intervals(
        bed.astype({"chrom": "category"}), sizes, path, clip=clip, beyond_fix=beyond_fix
    )


def fit_intervals(
    table: pd.DataFrame,
    sizes: dict[str, int],
    path: str | Path,
    *,
    clip: bool = False,
    whole_bins: bool = False,
    beyond_fix: str = BEYOND_FIX,
) -> pd.DataFrame:
    """Keep the intervals on the genome's chromosomes, renamed as in the genome.

    Parameters
    ----------
    table
        chrom (category), start, end (bp), and more.
    sizes, path
        Chromosome lengths, bp; the file, for messages.
    clip
        Whether to clip intervals at a chromosome's end, with a warning, instead of raising an
        error.
    whole_bins
        Whether intervals are bins of equal width: the last one of a chromosome may extend beyond
        its end.
    beyond_fix
        What to do about intervals beyond the end, for the message.

    Raises
    ------
    UserError
        No chromosome in common, most intervals on chromosomes of other names, or, without `clip`,
        an interval beyond its chromosome's end.
    """
    if (unnamed := table.chrom.astype(str).str.strip() == "").any():
        row = table[unnamed].iloc[0]
        raise UserError(
            f"{path}: interval {row.start}-{row.end} has no chromosome; expected: its name; fix:"
            " correct or remove the row"
        )
    counts = {str(name): int(number) for name, number in table.chrom.value_counts().items()}
    counts = {str(name): counts[str(name)] for name in table.chrom.cat.categories}
    names = match_chromosomes(counts, sizes, str(path), unit="intervals")
    known = table.chrom.isin(list(names))
    table = table[known].assign(chrom=table.chrom[known].astype(str).map(names))
    if whole_bins:
        ends = table.end.clip(upper=table.chrom.map(sizes))
        table = table.assign(end=table.end.where(table.start >= ends, ends))
    beyond = table.end > table.chrom.map(sizes)
    if not beyond.any():
        return table
    row = table[beyond].iloc[0]
    if not clip:
        raise UserError(
            f"{path}: {row.chrom}:{row.start}-{row.end} lies beyond the chromosome's end"
            f" ({sizes[row.chrom]} bp); the file is of another assembly; fix: {beyond_fix}"
        )
    log.warning(
        "%s: %d intervals are cut off at their chromosome's end, the first %s:%d-%d (%d bp)",
        path, beyond.sum(), row.chrom, row.start, row.end, sizes[row.chrom],
    )  # fmt: skip
    table = table.assign(end=np.minimum(table.end, table.chrom.map(sizes)))
    return table[table.end > table.start]


def read_blacklist(path: str | Path | Sequence[str], sizes: dict[str, int]) -> pd.DataFrame:
    """Read `assemblies.*.blacklist`: regions whose signal is an artifact (Amemiya et al. 2019).

    Parameters
    ----------
    path
        BED, or nothing (`""`, `[]`) for no regions.
    sizes
        Chromosome lengths of the assembly, bp.

    Returns
    -------
    pandas.DataFrame
        chrom (str), start, end (int64), merged and sorted.
    """
    if not path:
        empty = {"chrom": pd.Series(dtype=str)}
        return pd.DataFrame({**empty, **{c: pd.Series(dtype=np.int64) for c in PLACE[1:]}})
    import bioframe  # imported here: it takes half a second, and most jobs do not need it

    file = path if isinstance(path, str | Path) else path[0]
    regions = read_bed(
        file, sizes, columns=3, beyond_fix="use the blacklist of the assembly (assemblies.*)"
    )
    merged = bioframe.merge(regions.astype({"chrom": str}), min_dist=0)[PLACE]
    log.info("%s: %d blacklisted regions, %d bp", file, len(merged),
             (merged.end - merged.start).sum())  # fmt: skip
    return merged.astype({"start": np.int64, "end": np.int64}).reset_index(drop=True)


def blacklisted_bases(bins: pd.DataFrame, blacklist: pd.DataFrame) -> np.ndarray:
    """Number of bases of each bin in blacklisted regions.

    Parameters
    ----------
    bins : pandas.DataFrame
        chrom, start, end (bp), in any order.
    blacklist : pandas.DataFrame
        As from `read_blacklist`.

    Returns
    -------
    int64 array, shape=(bins,)
    """
    bases = np.zeros(len(bins), dtype=np.int64)
    chroms = bins.chrom.to_numpy()
    for chrom, regions in blacklist.groupby("chrom"):
        here = chroms == chrom
        ends = (bins[column].to_numpy()[here] for column in PLACE[1:])
        first, last = (_bases_before(position, regions) for position in ends)
        bases[here] = last - first
    return bases


def overlaps_blacklist(intervals: pd.DataFrame, blacklist: pd.DataFrame) -> np.ndarray:
    """Whether each interval (chrom, start, end; bp) has a base in a blacklisted region."""
    return blacklisted_bases(intervals, blacklist) > 0


def _bases_before(position: np.ndarray, regions: pd.DataFrame) -> np.ndarray:
    """Bases of sorted, disjoint regions before each position."""
    start, end = regions.start.to_numpy(), regions.end.to_numpy()
    total = np.append(0, np.cumsum(end - start))
    number = np.searchsorted(start, position)  # regions that begin before the position
    over = np.where(number > 0, np.maximum(end[np.maximum(number - 1, 0)] - position, 0), 0)
    return total[number] - over


def _first_line(path: str | Path, needed: int) -> tuple[int, list[str], int]:
    """Lines before the first interval, the names of a header (lower case), the number of columns.

    Raises
    ------
    UserError
        No interval, or fewer columns than `needed`.
    """
    header: list[str] = []
    with open_text(path) as handle:
        try:
            for number, line in enumerate(handle):
                if not line.strip() or (line.startswith(DISPLAY) and not _names(line)):
                    continue
                fields = line.rstrip().split("\t")  # blanks at the end are no columns
                if not header and _names(line):
                    header = _names(line)
                    continue
                if len(fields) < needed:
                    raise UserError(
                        f"{path}: line {number + 1}: {line.strip()[:60]!r}; expected: BED,"
                        f" {needed} columns or more, separated by tabs"
                    )
                return number, header if len(header) == len(fields) else [], len(fields)
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: not a readable BED: {error}") from None
    raise UserError(f"{path}: no interval; expected: BED")


def _names(line: str) -> list[str]:
    """Column names of a header line in lower case; empty for any other line."""
    fields = [field.strip().strip('"').lower() for field in line.rstrip().split("\t")]
    named = len(fields) >= 3 and fields[0] in CHROM_NAMES and fields[1] in START_NAMES
    return fields if named else []


def _parse_bed(chunk: pd.DataFrame, short: pd.Series, path: str | Path) -> pd.DataFrame:
    """Intervals of rows by their line; `short` are lines with fewer columns than are used."""
    # several tracks have several headers
    blank = (chunk.apply(lambda column: column.str.strip()) == "").all(axis=1)
    chunk = chunk[~chunk[0].str.startswith(DISPLAY) & ~blank]
    if (short := short[chunk.index]).any():
        line = short[short].index[0]
        raise UserError(
            f"{path}: line {line}: {' '.join(chunk.loc[line])[:60].strip()!r} has fewer columns"
            " than the first interval; expected: the same number; fix: correct the row"
        )
    start, end = whole_numbers(chunk[1]), whole_numbers(chunk[2])
    bad = ~(end > start)
    if bad.any():
        line = bad[bad].index[0]
        raise UserError(
            f"{path}: line {line}: start {chunk[1][line]!r}, end {chunk[2][line]!r};"
            " expected: whole numbers, 0 ≤ start < end"
        )
    rest = chunk.drop(columns=[0, 1, 2])
    placed = {"chrom": chunk[0], "start": start.astype("int64"), "end": end.astype("int64")}
    return pd.concat([pd.DataFrame(placed), rest], axis=1)


def _zero_based(bed: pd.DataFrame, column: int, path: str | Path) -> pd.DataFrame:
    """Make a table 0-based if its column of lengths shows that it is 1-based closed."""
    length, span = whole_numbers(bed[column]), bed.end - bed.start
    if (length == span + 1).all():
        log.info("%s: 1-based by its column of lengths", path)
        return bed.assign(start=bed.start - 1)
    if (length != span).any():
        row = bed[length != span].iloc[0]
        raise UserError(
            f"{path}: {row.chrom}:{row.start}-{row.end} has length {row[column]!r}; expected: end −"
            " start in every row (0-based), or end − start + 1 in every row (1-based)"
        )
    return bed


def _broad_peaks(bed: pd.DataFrame, header: list[str]) -> pd.DataFrame:
    """Columns of a broadPeak from those of MACS's `_peaks.xls`."""
    place = {name: number for number, name in enumerate(header)}
    values = [("-1" if name not in place else bed[place[name]]) for name in MACS_VALUES]
    columns = [bed[name] for name in PLACE] + [pd.Series(v, bed.index) for v in (".", "0", ".")]
    columns += [pd.Series(value, bed.index) for value in values]
    return pd.concat(columns, axis=1, keys=[*PLACE, 3, 4, 5, 6, 7, 8])
