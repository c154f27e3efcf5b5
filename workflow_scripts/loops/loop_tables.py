"""Tables of pairs of bins: those of this stage, and loop tables made elsewhere."""

import csv
import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, some
from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer, open_text
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
PAIR = ["chrom1", "start1", "end1", "chrom2", "start2", "end2"]
CALLS = [*PAIR, "count", "probability"]
# other names of the columns; GEO's tables of Origami have the first of each
ALIASES = {
    **{f"chromosome{side}": f"chrom{side}" for side in "12"},
    **{f"chr{side}": f"chrom{side}" for side in "12"},
    "PET Count": "count",
    "Bayes mixture 1": "probability",
}
UNUSED = "Hypergeometric p-value"


def write_loops(table: pd.DataFrame, path: str | Path, columns: list[str] = CALLS) -> None:
    """Write pairs of bins as gzipped TSV, whose bytes depend on the table alone."""
    text = table[columns].to_csv(sep="\t", index=False, float_format="%.6g")
    with atomic_path(path) as temporary, gzip_writer(temporary) as out:
        out.write(text.encode())


def read_loops(path: str | Path) -> pd.DataFrame:
    """Read a table of this stage."""
    return pd.read_csv(path, sep="\t", dtype={"chrom1": str, "chrom2": str})


def add_bins(table: pd.DataFrame, sizes: dict[str, int], resolution: int) -> pd.DataFrame:
    """Ends of the bins of a table of chrom, start1 and start2; the last bin may be shorter."""
    limit = table.chrom.map(sizes).to_numpy(dtype=np.int64)
    table = table.assign(chrom1=table.chrom, chrom2=table.chrom)
    for side in "12":
        table[f"end{side}"] = np.minimum(table[f"start{side}"].to_numpy() + resolution, limit)
    return table


def sort_loops(table: pd.DataFrame, sizes: dict[str, int]) -> pd.DataFrame:
    """Order by the genome's chromosomes, then by place."""
    order = {name: number for number, name in enumerate(sizes)}
    table = table.assign(order=table.chrom1.map(order))
    return table.sort_values(["order", "start1", "start2"]).reset_index(drop=True)


def read_loop_table(path: str | Path, sizes: dict[str, int], resolution: int) -> pd.DataFrame:
    """Read a loop table made elsewhere, once it is known to fit the genome and the grid.

    Parameters
    ----------
    path
        Table with a header, separated by commas or tabs, plain or gzip: chromosome1, start1, end1,
        chromosome2, start2, end2 (0-based half-open bp), count or `PET Count`, and, where there is
        one, probability or `Bayes mixture 1`.
    sizes
        Chromosome lengths in bp.
    resolution
        Size of the bins in bp.

    Returns
    -------
    pandas.DataFrame
        `CALLS`, start1 < start2, in the genome's order; probability NaN where the table has none.
        Rows between chromosomes, and of a bin with itself, are dropped and counted in the log.

    Raises
    ------
    UserError
        No such table, unknown chromosomes, a bin off the grid or beyond the chromosome, a count
        that is no whole number from 1, a probability outside 0 to 1, or a pair that stands twice.
    """
    table = _read_text(path)
    names = match_chromosomes(
        sorted({*table.chrom1, *table.chrom2}), sizes, str(path)
    ) if len(table) else {}  # fmt: skip
    for side in "12":
        found = table[f"chrom{side}"]
        _refuse(path, table, ~found.isin(names), f"chrom{side}",
                f"a chromosome of the genome ({some(sizes)})")  # fmt: skip
        table[f"chrom{side}"] = found.map(names)
        limit = table[f"chrom{side}"].map(sizes)
        start, end = _numbers(path, table, f"start{side}"), _numbers(path, table, f"end{side}")
        _refuse(path, table, ~(start.between(0, limit - 1)), f"start{side}",
                "a place on the chromosome")  # fmt: skip
        off = (start % resolution != 0) | ((end - start != resolution) & (end != limit))
        _refuse(path, table, off | (end - start > resolution), f"start{side}",
                f"bins on the grid of loops.resolution, {resolution} bp (start a multiple of it,"
                " end one bin further)")  # fmt: skip
        # of a chromosome's last bin, the end may be given in either way
        table[f"start{side}"], table[f"end{side}"] = start, np.minimum(end, limit).astype(np.int64)
    count = _numbers(path, table, "count")
    _refuse(path, table, count < 1, "count", "a whole number, 1 or more")
    chance = pd.to_numeric(table.probability.replace({"": "nan", "NA": "nan"}), errors="coerce")
    given = ~table.probability.isin(["", "NA", "nan", "NaN"])
    _refuse(path, table, given & ~chance.between(0, 1), "probability", "0 to 1")
    table = table.assign(count=count, probability=chance)
    return _within_chromosomes(table, path, sizes)


def _read_text(path: str | Path) -> pd.DataFrame:
    """All needed columns as text, under this stage's names."""
    try:
        with open_text(path) as handle:
            header = handle.readline()
            handle.seek(0)
            table = pd.read_csv(handle, sep="\t" if "\t" in header else ",", dtype=str,
                                keep_default_na=False, index_col=False)  # fmt: skip
    except (UnicodeDecodeError, OSError, EOFError, csv.Error, pd.errors.ParserError,
            pd.errors.EmptyDataError) as error:  # fmt: skip
        raise UserError(f"{path}: no loop table ({str(error).strip()})") from None
    table = table.rename(columns=lambda name: ALIASES.get(name.strip(), name.strip()))
    if missing := [name for name in CALLS[:-1] if name not in table]:
        raise UserError(
            f"{path}: no column {missing[0]!r}; there: {', '.join(table)}; allowed: chromosome1,"
            " start1, end1, chromosome2, start2, end2, count (or PET Count) and, where there is"
            " one, probability (or Bayes mixture 1)"
        )
    if table.empty:
        raise UserError(f"{path}: no loop in it; allowed: one row or more")
    if UNUSED in table:
        log.info("%s: column %r is not used", path, UNUSED)
    if "probability" not in table:
        log.info("%s: no probabilities; every pair of bins in it counts as called", path)
        table["probability"] = ""
    return table[CALLS].apply(lambda column: column.str.strip())


def _numbers(path: str | Path, table: pd.DataFrame, column: str) -> pd.Series:
    """A column as whole numbers."""
    values = pd.to_numeric(table[column], errors="coerce")
    _refuse(path, table, ~(values % 1 == 0), column, "a whole number")
    return values.astype(np.int64)


def _refuse(path, table: pd.DataFrame, wrong: pd.Series, column: str, allowed: str) -> None:
    """Tell the first wrong row; the header is line 1."""
    if wrong.any():
        row = int(np.flatnonzero(wrong.to_numpy())[0])
        raise UserError(
            f"{path}: line {row + 2}: {column} {table[column].iloc[row]!r} ({int(wrong.sum())}"
            f" such rows of {len(table)}); allowed: {allowed}"
        )


def _within_chromosomes(table: pd.DataFrame, path, sizes: dict[str, int]) -> pd.DataFrame:
    """Drop what is not a pair of two bins of a chromosome; turn the rest upstream bin first."""
    trans = table.chrom1 != table.chrom2
    same = ~trans & (table.start1 == table.start2)
    if trans.any() or same.any():
        log.info("%s: of %d rows %d between chromosomes and %d of a bin with itself are dropped",
                 path, len(table), trans.sum(), same.sum())  # fmt: skip
    table = table[~trans & ~same].copy()
    turned = (table.start1 > table.start2).to_numpy()
    for column in ("start", "end"):
        one, two = table[f"{column}1"].to_numpy(), table[f"{column}2"].to_numpy()
        table[f"{column}1"], table[f"{column}2"] = np.where(turned, (two, one), (one, two))
    twice = table.duplicated(["chrom1", "start1", "start2"])
    if twice.any():
        row = table[twice].iloc[0]
        raise UserError(
            f"{path}: line {table.index[twice][0] + 2}: bins {row.chrom1}:{row.start1} and"
            f" {row.chrom1}:{row.start2} stand twice; allowed: each pair of bins once"
        )
    if table.empty:
        raise UserError(f"{path}: no row joins two bins of a chromosome; allowed: one or more")
    return sort_loops(table, sizes)[CALLS]
