"""Pairs files of 4DN and HiC-Pro: headers, columns, and reading in chunks."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, open_text
from workflow_scripts.chromaloom.workflow.errors import UserError

COLUMNS = ["readID", "chrom1", "pos1", "chrom2", "pos2", "strand1", "strand2", "pair_type"]
# default columns of the format, if the header does not name them
DEFAULT = COLUMNS[:7]
HICPRO = ["readID", "chrom1", "pos1", "strand1", "chrom2", "pos2", "strand2"]
ALIASES = {"chr1": "chrom1", "chr2": "chrom2"}
UNMAPPED = "!"
STRANDS = ("+", "-", ".")
CHUNK = 1_000_000  # pairs in memory at once


def copy_pairs(stream: IO[bytes], out: IO[bytes]) -> None:
    """Copy pairs without the header lines that contain programs and paths."""
    for line in stream:
        if not line.startswith(b"#"):
            out.write(line)
            break
        if not line.startswith((b"#samheader", b"#command")):
            out.write(line)
    while part := stream.read(1 << 20):
        out.write(part)


def header_lines(sizes: Mapping[str, int], assembly: str) -> list[str]:
    """Header of upper-triangle pairs."""
    return [
        "## pairs format v1.0.0",
        "#shape: upper triangle",
        f"#genome_assembly: {assembly}",
        *(f"#chromsize: {name} {size}" for name, size in sizes.items()),
        f"#columns: {' '.join(COLUMNS)}",
    ]


def read_pairs(
    path: str | Path, chunk: int | None = None, wanted: Sequence[str] = COLUMNS[1:]
) -> Iterator[pd.DataFrame]:
    """Iterate over tables of chrom1, pos1, chrom2, pos2, strand1, strand2, pair_type (all str).

    The index is the line of the file, from 1. Absent strands are `.`, an absent pair type UU.
    Positions are 1-based. Blank and comment lines between pairs, as of files that were joined, are
    skipped.

    Parameters
    ----------
    path
        4DN's .pairs, plain or gzip.
    chunk
        Pairs per table, by default `CHUNK`.
    wanted
        Columns to be read. With `readID` blanks around cells are dropped and a line without columns
        is refused; without, which is faster, such a line is skipped.

    Raises
    ------
    UserError
        The file has no pairs or is HiC-Pro's, required columns are missing, or a row lacks some.
    """
    with open_text(path) as handle:
        columns, first, line = read_header(handle, path)
        if not first:
            raise UserError(f"{path}: no pairs; expected: 4DN's .pairs, plain or gzip")
        fields = first.rstrip("\n").split("\t")
        if columns is DEFAULT and is_hicpro(first.split()):
            raise UserError(
                f"{path}: line {line}: this looks like HiC-Pro's allValidPairs"
                f" ({first.rstrip()[:60]!r}); expected: 4DN's .pairs, with positions after"
                " chromosomes; fix: give the run kind hicpro"
            )
        if missing := [name for name in DEFAULT[1:5] if name not in columns]:
            raise UserError(
                f"{path}: no column {missing[0]!r} in its header; expected: {' '.join(DEFAULT)} …"
            )
        if len(fields) < len(columns):
            raise UserError(
                f"{path}: line {line}: first pair has {len(fields)} columns; expected:"
                f" {len(columns)}, separated by tabs ({' '.join(columns)})"
            )
        used = [name for name in columns if name in wanted or name in (columns[0], *DEFAULT[1:5])]
        for part in _tables(
            path, handle, first, line, chunk, sep="\t", names=columns, usecols=used
        ):
            part = _complete_rows(part, path)
            for name, absent in (("strand1", "."), ("strand2", "."), ("pair_type", "UU")):
                if name in wanted and name not in part:
                    part[name] = absent
            yield part[list(wanted)]


def is_hicpro(fields: list[str]) -> bool:
    """Whether a line has read, chromosome, position, strand, chromosome, position, strand."""
    return (
        len(fields) >= len(HICPRO)
        and fields[2].isdigit()
        and fields[5].isdigit()
        and fields[3] in STRANDS
        and fields[6] in STRANDS
    )


def read_hicpro(
    path: str | Path, chunk: int | None = None, wanted: Sequence[str] = COLUMNS[1:]
) -> Iterator[pd.DataFrame]:
    """Iterate over HiC-Pro's valid pairs; parameters and tables as of `read_pairs`.

    Its columns, separated by tabs or spaces, have no header: read, chromosome, position (1-based)
    and strand of either end, then others that are not needed.

    Raises
    ------
    UserError
        The file has no pairs, or its first line has another format.
    """
    with open_text(path) as handle:
        try:
            first = handle.readline()
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: not a readable file of valid pairs ({error})") from None
        if not is_hicpro(first.split()):
            fix = "; fix: give the run kind pairs" if first.startswith("#") else ""
            raise UserError(
                f"{path}: first line {first.rstrip()[:80]!r}; expected: HiC-Pro's valid pairs"
                f" (read, chromosome, position, strand, chromosome, position, strand, …){fix}"
            )
        options = {"sep": r"\s+", "usecols": range(len(HICPRO))}
        for part in _tables(path, handle, first, 1, chunk, **options):
            part = _complete_rows(part.set_axis(HICPRO, axis=1), path)
            yield part.assign(pair_type="UU")[list(wanted)]


def _tables(
    path: str | Path, handle: IO[str], first: str, line: int, chunk: int | None, **options: Any
) -> Iterator[pd.DataFrame]:
    """Iterate over the rows from `first`, which is the given line; indexed by line."""
    try:
        for part in pd.read_csv(
            _Chained(first, handle), header=None, dtype=str, comment=None, index_col=False,
            quoting=3, chunksize=chunk or CHUNK, keep_default_na=False, skip_blank_lines=False,
            **options,
        ):  # fmt: skip
            part.index += line
            yield part
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        text = " ".join(str(error).split())
        raise UserError(f"{path}: not a readable file of pairs ({text})") from None


def _complete_rows(part: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """The rows without blank and comment lines; one without a chromosome or position is refused."""
    needed, strict = DEFAULT[1:5], "readID" in part
    if strict:
        part = part.assign(**{name: part[name].str.strip() for name in needed})
    empty = np.logical_or.reduce([part[name].to_numpy() == "" for name in needed])
    if not empty.any():
        return part
    lines = part[empty]
    no_pair = (lines[needed] == "").all(axis=1)
    if strict:
        no_pair &= (lines.readID.str.strip() == "") | lines.readID.str.startswith("#")
    if not no_pair.all():
        line = lines.index[~no_pair][0]
        column = next(name for name in needed if lines.loc[line, name] == "")
        raise UserError(
            f"{path}: line {line}: {column} is empty; expected: a chromosome and a position of both"
            " ends; fix: correct or remove the line"
        )
    return part.drop(index=lines.index)


def read_header(handle: IO[str], path: str | Path) -> tuple[list[str], str, int]:
    """Read up to the first pair: column names, that line (empty if there is none), its number."""
    columns, number = DEFAULT, 0
    try:
        for number, line in enumerate(handle, start=1):
            if line.startswith("#columns:"):
                names = line.removeprefix("#columns:").split()
                columns = [ALIASES.get(name, name) for name in names]
            elif not line.startswith("#") and line.strip():
                return columns, line, number
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a readable file of pairs ({error})") from None
    return columns, "", number


class _Chained(io.TextIOBase):
    """File object of a line that was already read and the rest of the file."""

    def __init__(self, first: str, rest: IO[str]):
        self.first, self.rest = first, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> str:
        first, self.first = self.first, ""
        return first + self.rest.read(max(size - len(first), 1) if size >= 0 else size)

    def __iter__(self):
        return self

    def __next__(self) -> str:
        if self.first:
            first, self.first = self.first, ""
            return first
        return next(self.rest)


def write_table(rows: list[dict], path: str | Path) -> None:
    """Write rows as TSV; unknown values are empty."""
    with atomic_path(path) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False, float_format="%.10g")
