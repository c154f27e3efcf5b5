"""Readers of ready tables of marks: the paper's CSV, DeepDiff's CSV, and NPZ arrays."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genes import without_version
from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.data.marks import Marks

# Order of the marks in the files of the paper and of DeepDiff
COLUMNS = {
    "marks_csv": ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"],
    "marks_diff_csv": ["H3K4me1", "H3K4me3", "H3K9me3", "H3K27me3", "H3K36me3"],
}
# Arrays of an NPZ; the last axis of X is `marks`
ARRAYS = ("X", "gene", "chrom", "tss", "strand", "marks")


def read_marks_table(path: str | Path, *, kind: str, marks: list[str], split: str = "") -> Marks:
    """Read a CSV without header of marks by gene and bin.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    kind
        `marks_csv`, the paper's `gene,bin,marks…,label`, or `marks_diff_csv`, DeepDiff's
        `gene_symbol_bin,marks…`. The rows of a gene are consecutive, with bins numbered from 1.
    marks
        Marks to return, in this order.
    split
        Split of the genes of this file.

    Raises
    ------
    UserError
        A mark is missing, a row is blank or has another number of columns, a value is not a finite
        number, a label is not 0 or 1, a key has no bin, or a gene's bins are incomplete; with the
        line and the value.
    """
    columns = COLUMNS[kind]
    check_marks(marks, columns, path)
    names = ["gene", "bin", *columns, "label"] if kind == "marks_csv" else ["key", *columns]
    table = _read_csv(path, kind, names)
    for name in names[1:]:
        bad = ~(table[name].abs() <= np.finfo("float32").max)
        _refuse(path, bad, table[name], name, "a finite number")
    if kind == "marks_diff_csv":
        key = table.key.str.extract(r"^([^_]+)(?:_.*)?_(\d+)$")
        _refuse(
            path, key[1].isna(), table.key, "key", "GENE_SYMBOL_BIN, as ENSG00000000003_TSPAN6_1"
        )
        table["gene"], table["bin"] = key[0], key[1].astype(int)
    _refuse(path, table.gene.str.strip() == "", table.gene, "gene", "a gene")
    n_bins = _count_bins(path, table)
    genes = table.gene.to_numpy(str)[::n_bins]
    known = {"split": np.full(len(genes), split)}
    if kind == "marks_csv":
        wrong = ~table.label.isin([0, 1])
        _refuse(path, wrong, table.label, "label", "0 (low) or 1 (high)")
        first = np.repeat(table.label.to_numpy()[::n_bins], n_bins)
        expected = "the label of the gene's first bin"
        _refuse(path, table.label != first, table.label, "label", expected)
        known["label"] = table.label.to_numpy("int8")[::n_bins]
    values = table[marks].to_numpy("float32").reshape(-1, n_bins, len(marks))
    # the published tables have the reads in each bin
    counted = (values % 1 == 0).all(axis=(0, 1))
    return Marks.of_genes(values, genes, marks, unit=np.where(counted, "reads", ""), **known)


def _read_csv(path: str | Path, kind: str, names: list[str]) -> pd.DataFrame:
    """Read the columns; all but the first as numbers, NaN where there is none."""
    with open_text(path) as handle:
        try:
            table = pd.read_csv(
                handle, header=None, dtype={0: str}, keep_default_na=False, low_memory=False,
                skip_blank_lines=False, na_values={n: [""] for n in range(1, len(names))},
                quoting=csv.QUOTE_NONE,
            )  # fmt: skip
        except pd.errors.EmptyDataError:
            raise UserError(f"{path}: the table is empty; expected: {','.join(names)}") from None
        except (pd.errors.ParserError, UnicodeDecodeError):
            # of a row with more columns than the first; those with less are filled up
            _refuse_lines(path, kind, names)
            raise
    if table.shape[1] != len(names) or table.isna().any(axis=None):
        _refuse_lines(path, kind, names)
    table.columns = names
    for name in names[1:]:
        numbers = pd.to_numeric(table[name], errors="coerce")
        _refuse(path, numbers.isna(), table[name], name, "a number")
        table[name] = numbers
    return table


def _refuse_lines(path: str | Path, kind: str, names: list[str]) -> None:
    """Name the first line that is blank or has another number of columns, if there is one."""
    expected = f"expected for {kind}: {len(names)} ({','.join(names)})"
    with open_text(path) as handle:
        try:
            for number, line in enumerate(handle, start=1):
                if not line.strip():
                    raise UserError(f"{path}: line {number} is blank; {expected} columns")
                if (found := line.count(",") + 1) != len(names):
                    raise UserError(f"{path}: line {number} has {found} columns; {expected}")
        except UnicodeDecodeError:
            raise UserError(f"{path}: not a text file; {expected} columns") from None


def _refuse(
    path: str | Path, bad: pd.Series | np.ndarray, values: pd.Series, name: str, expected: str
) -> None:
    """Name the first line with a bad value."""
    if np.any(bad):
        row = int(np.argmax(np.asarray(bad)))
        value = values.iloc[row]
        shown = repr(value) if isinstance(value, str) else f"{value:g}"
        shown = "empty" if shown in ("''", "nan") else shown
        raise UserError(f"{path}: line {row + 1}, column {name}: {shown}; expected: {expected}")


def _count_bins(path: str | Path, table: pd.DataFrame) -> int:
    """Number of bins of every gene, after checking that each has bins 1, 2 … in order."""
    found, gene = table.bin.to_numpy(), table.gene.to_numpy(object)
    starts = np.flatnonzero(found == 1)
    # the number of bins that most genes have
    lengths = np.bincount(np.diff(np.append(starts, len(found)))) if len(starts) else np.ones(2)
    n_bins = int(np.flatnonzero(lengths == lengths.max())[-1])
    expected = np.arange(len(found)) % n_bins + 1
    wrong = found != expected
    # a bin after the first belongs to the gene of the row before
    wrong[1:] |= (expected[1:] > 1) & (gene[1:] != gene[:-1])
    if wrong.any():
        row = int(np.argmax(wrong))
        raise UserError(
            f"{path}: line {row + 1}: gene {gene[row]!r}, bin {found[row]:g}; expected: bin"
            f" {expected[row]}{f' of gene {gene[row - 1]!r}' if expected[row] > 1 else ''}, since"
            f" every gene has bins 1 to {n_bins} in order"
        )
    if len(found) % n_bins:
        raise UserError(
            f"{path}: line {len(found)}: the last gene, {gene[-1]!r}, ends with bin"
            f" {found[-1]:g}; expected: bins 1 to {n_bins} in order"
        )
    return n_bins


def read_array(path: str | Path, *, marks: list[str]) -> Marks:
    """Read an NPZ with X (genes, bins, marks), gene, chrom, tss, strand and marks.

    Raises
    ------
    UserError
        Not an NPZ, an array or a mark is missing, shapes do not fit, or a value is not finite.
    """
    try:
        with Path(path).open("rb") as handle, np.load(handle) as arrays:
            found = {name: arrays[name] for name in ARRAYS if name in arrays}
    except (ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path}: not a readable NPZ ({error}); expected: {', '.join(ARRAYS)} by numpy.savez"
        ) from None
    if missing := [name for name in ARRAYS if name not in found]:
        raise UserError(
            f"{path}: no array {missing[0]!r}; available: {some(found, 8) or 'none'}; expected:"
            f" {', '.join(ARRAYS)}"
        )
    available = [str(mark) for mark in found["marks"]]
    check_marks(marks, available, path)
    x = found["X"]
    genes = len(found["gene"])
    if x.ndim != 3 or x.shape[0] != genes or x.shape[2] != len(available):
        raise UserError(
            f"{path}: X has shape {x.shape}; expected: ({genes}, bins, {len(available)}), genes by"
            " bins by marks"
        )
    if wrong := [name for name in ARRAYS[2:5] if len(found[name]) != genes]:
        raise UserError(
            f"{path}: {wrong[0]} has {len(found[wrong[0]])} entries; expected: {genes}, one per"
            " gene"
        )
    if not np.issubdtype(x.dtype, np.number) or not np.isfinite(x).all():
        place = (
            f" (gene {found['gene'][np.argwhere(~np.isfinite(x))[0][0]]}) is NaN or infinite"
            if np.issubdtype(x.dtype, np.number)
            else f" is of type {x.dtype}"
        )
        raise UserError(f"{path}: a value of X{place}; expected: finite numbers")
    return Marks.of_genes(
        x[:, :, [available.index(mark) for mark in marks]],
        # without version, as in expression tables
        [without_version(str(gene)) for gene in found["gene"]],
        marks,
        chrom=found["chrom"].astype(str),
        tss=found["tss"].astype("int64"),
        strand=found["strand"].astype(str),
    )


def check_marks(marks: list[str], available: list[str], path: str | Path) -> None:
    """Raise a `UserError` if a file lacks one of the marks."""
    if missing := [mark for mark in marks if mark not in available]:
        raise UserError(
            f"{path}: no mark {missing[0]!r}, which the model reads (deepchrome.marks, or the"
            f" bundle's); available: {', '.join(available)}"
        )
