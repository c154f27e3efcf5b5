"""Tables of pairs of bins: those of this stage, and imported loop tables."""

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
# other column names; Origami's tables in GEO have the first of each, HiCCUPS has x1 and y1,
# FitHiChIP s1 and e1
ALIASES = {
    **{f"chromosome{side}": f"chrom{side}" for side in "12"},
    **{f"chr{side}": f"chrom{side}" for side in "12"},
    **{f"s{side}": f"start{side}" for side in "12"},
    **{f"e{side}": f"end{side}" for side in "12"},
    "x1": "start1", "x2": "end1", "y1": "start2", "y2": "end2",
    "Bayes mixture 1": "probability",
}  # fmt: skip
# columns that hold the count, the first that a table has; BEDPE has it as the score
COUNTS = ("count", "PET Count", "counts", "observed", "o", "cc", "score")
BEDPE = [*PAIR, "name", "score", "strand1", "strand2"]
UNUSED = "Hypergeometric p-value"


def write_loops(table: pd.DataFrame, path: str | Path, columns: list[str] = CALLS) -> None:
    """Write pairs of bins as gzipped TSV; equal tables give equal bytes."""
    text = table[columns].to_csv(sep="\t", index=False, float_format="%.6g")
    with atomic_path(path) as temporary, gzip_writer(temporary) as out:
        out.write(text.encode())


def read_loops(path: str | Path) -> pd.DataFrame:
    """Read a table of this stage."""
    return pd.read_csv(path, sep="\t", dtype={"chrom1": str, "chrom2": str})


def add_bins(table: pd.DataFrame, sizes: dict[str, int], resolution: int) -> pd.DataFrame:
    """Add the ends of the bins to a table of chrom, start1 and start2; last bins can be shorter."""
    limit = table.chrom.map(sizes).to_numpy(dtype=np.int64)
    table = table.assign(chrom1=table.chrom, chrom2=table.chrom)
    for side in "12":
        table[f"end{side}"] = np.minimum(table[f"start{side}"].to_numpy() + resolution, limit)
    return table


def sort_loops(table: pd.DataFrame, sizes: dict[str, int]) -> pd.DataFrame:
    """Sort by the genome's order of chromosomes, then by position."""
    order = {name: number for number, name in enumerate(sizes)}
    table = table.assign(order=table.chrom1.map(order))
    return table.sort_values(["order", "start1", "start2"]).reset_index(drop=True)


def read_loop_table(path: str | Path, sizes: dict[str, int], resolution: int) -> pd.DataFrame:
    """Read a loop table and check that it fits the genome and the bins.

    Parameters
    ----------
    path
        Table separated by commas or tabs, plain or gzip. With a header (which may start with `#`):
        chromosome1, start1, end1, chromosome2, start2, end2 (0-based half-open bp), count (or
        `PET Count`, `observed`, `cc`, `score`), and optionally probability or `Bayes mixture 1`.
        Without: BEDPE, whose score (column 8) is the count, or six columns and the count.
    sizes
        Chromosome lengths (bp).
    resolution
        Bin size (bp).

    Returns
    -------
    pandas.DataFrame
        Columns `CALLS`, start1 < start2, in the genome's order; probability is NaN if the table has
        none. Rows between chromosomes or within one bin are dropped and logged.

    Raises
    ------
    UserError
        The file is no loop table, a chromosome is unknown, a bin is off the grid or beyond its
        chromosome, a count is not a whole number from 1, a probability is outside 0 to 1, or a
        pair is repeated.
    """
    table = _read_text(path)
    names = match_chromosomes(
        sorted({*table.chrom1, *table.chrom2}), sizes, str(path)
    ) if len(table) else {}  # fmt: skip
    for side in "12":
        found = table[f"chrom{side}"]
        _check_rows(path, table, ~found.isin(names), f"chrom{side}",
                f"a chromosome of the genome ({some(sizes)})",
                "use the genome of the loops")  # fmt: skip
        table[f"chrom{side}"] = found.map(names)
        limit = table[f"chrom{side}"].map(sizes)
        start, end = _numbers(path, table, f"start{side}"), _numbers(path, table, f"end{side}")
        _check_rows(path, table, ~(start.between(0, limit - 1)), f"start{side}",
                "a position on the chromosome", "use the genome of the loops")  # fmt: skip
        off = (start % resolution != 0) | ((end - start != resolution) & (end != limit))
        _check_rows(path, table, off | (end - start > resolution), f"start{side}",
                f"bins of loops.resolution, {resolution} bp (start a multiple of it, end one bin"
                " further)", "set loops.resolution to the size of the bins")  # fmt: skip
        # the end of a chromosome's last bin can be that of the bin or of the chromosome
        table[f"start{side}"], table[f"end{side}"] = start, np.minimum(end, limit).astype(np.int64)
    count = _numbers(path, table, "count")
    _check_rows(
        path, table, count < 1, "count", "a whole number from 1", "correct or remove the row"
    )
    chance = pd.to_numeric(table.probability.replace({"": "nan", "NA": "nan"}), errors="coerce")
    given = ~table.probability.isin(["", "NA", "nan", "NaN"])
    _check_rows(path, table, given & ~chance.between(0, 1), "probability", "0 to 1",
                "correct or remove the row")  # fmt: skip
    table = table.assign(count=count, probability=chance)
    return _within_chromosomes(table, path, sizes)


def _read_text(path: str | Path) -> pd.DataFrame:
    """Read the required columns as text, with this stage's names; the index is the line."""
    try:
        header, first, fields, separator = _find_rows(path)
        if not fields:
            raise pd.errors.EmptyDataError("it is empty")
        names = [ALIASES.get(name, name) for name in header] or BEDPE
        names = [*names, *(f"column {n}" for n in range(len(names) + 1, len(fields) + 1))]
        with open_text(path) as handle:
            table = pd.read_csv(
                handle, sep=separator, dtype=str, keep_default_na=False, header=None, names=names,
                index_col=False, skiprows=first - 1, skip_blank_lines=False,
            )  # fmt: skip
    except (UnicodeDecodeError, csv.Error, pd.errors.ParserError,
            pd.errors.EmptyDataError) as error:  # fmt: skip
        raise UserError(
            f"{path}: cannot be read as a loop table ({str(error).strip()}); expected: text with"
            " commas or tabs, plain or gzip; fix: replace the file"
        ) from None
    table.index += first
    table = table[~((table == "").all(axis=1) | table[names[0]].str.startswith("#"))]
    table = table.apply(lambda column: column.str.strip())
    if not header:
        table = _name_count(table, len(fields), path)
    elif "count" not in table and (found := [name for name in COUNTS if name in table]):
        log.info("%s: column %r is the count", path, found[0])
        table = table.rename(columns={found[0]: "count"})
    if missing := [name for name in CALLS[:-1] if name not in table]:
        raise UserError(
            f"{path}: column {missing[0]!r} is missing; expected: chromosome1, start1, end1,"
            " chromosome2, start2, end2, count (or PET Count) and optionally probability (or Bayes"
            f" mixture 1); fix: rename or add columns (available: {', '.join(table)})"
        )
    if table.empty:
        raise UserError(
            f"{path}: contains no loop; expected: at least one row; fix: replace the file"
        )
    if UNUSED in table:
        log.info("%s: column %r is not used", path, UNUSED)
    if "probability" not in table:
        log.info("%s: no column probability; every pair of bins is a loop", path)
        table["probability"] = ""
    return table[CALLS]


def _find_rows(path: str | Path) -> tuple[list[str], int, list[str], str]:
    """Find the first row of a table, whose second field is a number.

    Returns
    -------
    tuple
        Names of the header (empty without one), line of the first row (one past the end without a
        row), its fields, and the separator.
    """
    header: list[str] = []
    separator, number = "\t", 0
    with open_text(path) as handle:
        for number, line in enumerate(handle, start=1):
            separator = "\t" if "\t" in line else ","
            fields = [field.strip() for field in line.lstrip("#").split(separator)]
            if len(fields) >= len(PAIR) and _is_number(fields[1]):
                return header, number, fields, separator
            # the first line is a header even if it lacks columns; comments have fewer fields
            if not header and (len(fields) >= len(PAIR) or not line.startswith("#")):
                header = fields if line.strip() else []
            elif header and len(fields) >= len(PAIR) and not line.startswith("#"):
                # a row whose position is not a number is refused later, with its line
                return header, number, fields, separator
    return header, number + 1, header, separator


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _name_count(table: pd.DataFrame, columns: int, path: str | Path) -> pd.DataFrame:
    """Name the column with the counts of a table without header.

    BEDPE's score (column 8), or else column 7, if all its values are whole numbers from 1.
    """
    for name in ("score", "name"):
        values = pd.to_numeric(table[name], errors="coerce")
        if BEDPE.index(name) < columns and ((values >= 1) & (values % 1 == 0)).all():
            log.warning("%s: no header; column %d is the count", path, BEDPE.index(name) + 1)
            return table.rename(columns={name: "count"})
    raise UserError(
        f"{path}: no header, and neither column 7 nor column 8 has whole numbers from 1; expected:"
        " BEDPE with the counts as score (column 8), or a header that names the columns; fix: add a"
        " header (chrom1, start1, end1, chrom2, start2, end2, count)"
    )


def _numbers(path: str | Path, table: pd.DataFrame, column: str) -> pd.Series:
    """Convert a column to whole numbers."""
    values = pd.to_numeric(table[column], errors="coerce")
    _check_rows(path, table, ~(values % 1 == 0), column, "a whole number",
                "correct or remove the row")  # fmt: skip
    return values.astype(np.int64)


def _check_rows(
    path, table: pd.DataFrame, wrong: pd.Series, column: str, expected: str, fix: str
) -> None:
    """Report the first wrong row; the index of the table is the line."""
    if wrong.any():
        row = int(np.flatnonzero(wrong.to_numpy())[0])
        raise UserError(
            f"{path}: line {table.index[row]}: {column}: bad value ({table[column].iloc[row]!r};"
            f" {int(wrong.sum())} such rows of {len(table)}); expected: {expected}; fix: {fix}"
        )


def _within_chromosomes(table: pd.DataFrame, path, sizes: dict[str, int]) -> pd.DataFrame:
    """Keep pairs of two bins of one chromosome, with the upstream bin first."""
    trans = table.chrom1 != table.chrom2
    same = ~trans & (table.start1 == table.start2)
    if trans.any() or same.any():
        log.info("%s: of %d rows %d between chromosomes and %d within one bin are dropped",
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
            f"{path}: line {table.index[twice][0]}: bins {row.chrom1}:{row.start1} and"
            f" {row.chrom1}:{row.start2} are repeated; expected: each pair of bins once; fix: merge"
            " the rows"
        )
    if table.empty:
        raise UserError(
            f"{path}: no row joins two bins of one chromosome; expected: at least one; fix: replace"
            " the file"
        )
    return sort_loops(table, sizes)[CALLS]
