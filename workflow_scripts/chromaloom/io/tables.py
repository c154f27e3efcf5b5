"""Deterministic writing of tables, and reading of tables with a header."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer, open_text
from workflow_scripts.chromaloom.workflow.errors import UserError


def write_table(table: pd.DataFrame, path: str | Path, **options: Any) -> None:
    """Write a table atomically as TSV without its index, gzipped if `path` ends in .gz.

    `options` are those of `to_csv`. pandas alone would store the name of the temporary file in the
    gzip header, so that the bytes would depend on it.
    """
    options = {"sep": "\t", "index": False, **options}
    with atomic_path(path) as temporary:
        if str(path).endswith(".gz"):
            with gzip_writer(temporary, level=6) as handle:
                table.to_csv(handle, **options)
        else:
            table.to_csv(temporary, **options)


def read_expression_table(path: str | Path) -> pd.DataFrame:
    """Read expression/CELL.tsv: gene_id, value, unit, est_counts, tpm; empty values are NaN.

    Gene names are text, also those that look like numbers (Entrez) or like missing values (NA).
    """
    return pd.read_csv(
        path, sep="\t", dtype={"gene_id": str, "unit": str}, keep_default_na=False,
        na_values={name: [""] for name in ("value", "est_counts", "tpm")},
    )  # fmt: skip


def read_text_table(path: str | Path) -> pd.DataFrame:
    """Read a TSV with a header, without blank lines and lines that start with `#`.

    Returns
    -------
    pandas.DataFrame
        All columns as str, without blanks at the ends of the cells; the index has the line of the
        file (from 1) of each row.

    Raises
    ------
    UserError
        No header, a name in it twice, rows of other lengths than the header, or no text.
    """
    numbers, lines = [], []
    try:
        with open_text(path) as handle:
            for number, line in enumerate(handle, start=1):
                if line.strip() and not line.startswith("#"):
                    numbers.append(number)
                    lines.append(line)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a readable table: {error}; expected: UTF-8") from None
    if not lines:
        raise UserError(f"{path}: no table; expected: a header line and rows, separated by tabs")
    header = [name.strip() for name in lines[0].rstrip().split("\t")]
    if twice := {name for name in header if header.count(name) > 1}:
        raise UserError(f"{path}: column {sorted(twice)[0]!r} occurs twice; expected: once")
    table = pd.read_csv(
        io.StringIO("".join(lines[1:])), sep="\t", header=None, dtype=str, quoting=3,
        names=[*header, ""], keep_default_na=False, index_col=False, nrows=len(lines) - 1,
    )  # fmt: skip
    table = table.apply(lambda column: column.str.strip())
    columns = np.array([line.count("\t") + 1 for line in lines[1:]], int)
    uneven = (columns < len(header)) | (table[""] != "").to_numpy()
    if uneven.any():
        row = int(np.argmax(uneven))
        raise UserError(
            f"{path}: line {numbers[row + 1]} has {columns[row]} columns, the header {len(header)};"
            " expected: the same number, separated by tabs; fix: correct the row"
        )
    table.index = pd.Index(numbers[1:])
    return table[header]
