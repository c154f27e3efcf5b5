"""Pairs files of 4DN and HiC-Pro: headers, columns, and reading in chunks."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, open_text
from workflow_scripts.chromaloom.workflow.errors import UserError

COLUMNS = ["readID", "chrom1", "pos1", "chrom2", "pos2", "strand1", "strand2", "pair_type"]
# default columns of the format, if the header does not name them
DEFAULT = COLUMNS[:7]
HICPRO = ["readID", "chrom1", "pos1", "strand1", "chrom2", "pos2", "strand2"]
ALIASES = {"chr1": "chrom1", "chr2": "chrom2"}
UNMAPPED = "!"
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


def read_pairs(path: str | Path, chunk: int = CHUNK) -> Iterator[pd.DataFrame]:
    """Iterate over tables of chrom1, pos1, chrom2, pos2, strand1, strand2, pair_type (all str).

    Absent strands are `.`, an absent pair type UU. Positions are 1-based.

    Raises
    ------
    UserError
        The file has no pairs, or required columns are missing.
    """
    with open_text(path) as handle:
        columns, first = read_header(handle, path)
        if not first:
            raise UserError(f"{path}: no pairs; expected: 4DN's .pairs, plain or gzip")
        if missing := [name for name in DEFAULT[1:5] if name not in columns]:
            raise UserError(
                f"{path}: no column {missing[0]!r} in its header; expected: {' '.join(DEFAULT)} …"
            )
        if len(first.rstrip("\n").split("\t")) < len(columns):
            raise UserError(
                f"{path}: first pair has {len(first.split(chr(9)))} columns; expected:"
                f" {len(columns)}, separated by tabs ({' '.join(columns)})"
            )
        parts = pd.read_csv(
            _Chained(first, handle), sep="\t", header=None, names=columns, dtype=str, comment=None,
            usecols=[name for name in columns if name in COLUMNS[1:]], index_col=False, quoting=3,
            chunksize=chunk, keep_default_na=False,
        )  # fmt: skip
        for part in parts:
            for name, absent in (("strand1", "."), ("strand2", "."), ("pair_type", "UU")):
                if name not in part:
                    part[name] = absent
            yield part[COLUMNS[1:]]


def read_hicpro(path: str | Path, chunk: int = CHUNK) -> Iterator[pd.DataFrame]:
    """Iterate over HiC-Pro's valid pairs; tables as of `read_pairs`.

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
        except (UnicodeDecodeError, OSError, EOFError) as error:
            raise UserError(f"{path}: not a readable file of valid pairs ({error})") from None
        fields = first.split()
        if len(fields) < len(HICPRO) or not (fields[2].isdigit() and fields[5].isdigit()):
            raise UserError(
                f"{path}: first line {first.rstrip()[:80]!r}; expected: HiC-Pro's valid pairs"
                " (read, chromosome, position, strand, chromosome, position, strand, …)"
            )
        parts = pd.read_csv(
            _Chained(first, handle), sep=r"\s+", header=None, usecols=range(len(HICPRO)),
            dtype=str, quoting=3, chunksize=chunk, keep_default_na=False,
        )  # fmt: skip
        for part in parts:
            yield part.set_axis(HICPRO, axis=1).assign(pair_type="UU")[COLUMNS[1:]]


def read_header(handle: IO[str], path: str | Path) -> tuple[list[str], str]:
    """Read up to the first pair: column names, and that line (empty if there is none)."""
    columns = DEFAULT
    try:
        for line in handle:
            if not line.startswith("#"):
                return columns, line
            if line.startswith("#columns:"):
                names = line.removeprefix("#columns:").split()
                columns = [ALIASES.get(name, name) for name in names]
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise UserError(f"{path}: not a readable file of pairs ({error})") from None
    return columns, ""


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
