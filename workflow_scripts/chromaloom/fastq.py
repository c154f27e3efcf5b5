"""Reading and checking FASTQ files."""

import gzip
import io
import logging
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

from workflow_scripts.chromaloom.errors import UserError

log = logging.getLogger("chromaloom")
REPORT_SECONDS = 10.0


@dataclass
class ReadStats:
    """Counts of one FASTQ file; lengths in bp."""

    file: str
    gzip: bool
    n_reads: int = 0
    n_bases: int = 0
    min_length: int = 0
    max_length: int = 0

    @property
    def mean_length(self) -> float:
        return self.n_bases / self.n_reads

    def add(self, length: int) -> None:
        """Count one read."""
        self.min_length = min(self.min_length, length) if self.n_reads else length
        self.max_length = max(self.max_length, length)
        self.n_reads += 1
        self.n_bases += length


def is_gzip(path: str | Path) -> bool:
    """Whether a file is gzipped, told by its first bytes."""
    with Path(path).open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b"


def read_fastq(path: str | Path) -> Iterator[tuple[bytes, bytes]]:
    """Iterate over (name, sequence) of a FASTQ file of four-line records, checking each.

    Raises
    ------
    UserError
        No record at all, a record cut short, a malformed header or separator, qualities of another
        number than bases, gzip cut short or damaged: with the file and the record's number.
    """
    number, told = 0, time.monotonic()
    size = Path(path).stat().st_size
    with Path(path).open("rb") as raw:
        # lines of a GzipFile itself come at a third of the speed
        handle = io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 20) if is_gzip(path) else raw
        try:
            while record := list(islice(handle, 4)):
                number += 1
                yield _checked(record, f"{path}: record {number}")
                if number % 100_000 == 0 and time.monotonic() - told >= REPORT_SECONDS:
                    told = time.monotonic()
                    log.info("%s: %d reads, %.0f %%", path, number, 100 * raw.tell() / size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UserError(
                f"{path}: gzip is cut short or damaged after record {number} ({error});"
                " fetch the file again"
            ) from None
    if number == 0:
        raise UserError(f"{path}: no read in it; allowed: FASTQ with at least one record")


def _checked(record: list[bytes], where: str) -> tuple[bytes, bytes]:
    if len(record) < 4:
        raise UserError(f"{where}: cut short, {len(record)} of 4 lines; fetch the file again")
    header, sequence, plus, quality = (line.rstrip(b"\r\n") for line in record)
    if not header.startswith(b"@"):
        raise UserError(f"{where}: header is {_show(header)}; FASTQ headers start with '@'")
    if not plus.startswith(b"+"):
        raise UserError(f"{where}: third line is {_show(plus)}; it starts with '+' in FASTQ")
    if len(sequence) != len(quality):
        raise UserError(f"{where}: {len(sequence)} bases but {len(quality)} qualities")
    if not sequence:
        raise UserError(f"{where}: no bases in it")
    return header[1:].split(maxsplit=1)[0] if len(header) > 1 else b"", sequence


def _show(line: bytes) -> str:
    return repr(line[:40].decode(errors="replace"))


def mate_name(name: bytes) -> bytes:
    """Name of a read without the mark of its end (/1 or /2), as aligners trim it."""
    return name[:-2] if name.endswith((b"/1", b"/2")) else name


def check_run(file: str | Path, file2: str | Path = "") -> list[ReadStats]:
    """Read all of a run and count it.

    Parameters
    ----------
    file, file2
        FASTQ of single-end reads, or of first and second mates in the same order.

    Returns
    -------
    list of ReadStats
        One per file.

    Raises
    ------
    UserError
        As `read_fastq`; or mates that differ in number or name.
    """
    stats = [ReadStats(str(path), is_gzip(path)) for path in (file, file2) if path]
    if len(stats) == 1:
        for _, sequence in read_fastq(file):
            stats[0].add(len(sequence))
        return stats
    for number, (one, two) in enumerate(zip_longest(read_fastq(file), read_fastq(file2)), start=1):
        if one is None or two is None:
            short, long = (file, file2) if one is None else (file2, file)
            raise UserError(
                f"{short}: ends after {number - 1} reads, its mates' file {long} has more;"
                " allowed: one mate for each read, in the same order"
            )
        if mate_name(one[0]) != mate_name(two[0]):
            raise UserError(
                f"{file2}: record {number} is {_show(two[0])}, its mate in {file} is"
                f" {_show(one[0])}; allowed: mates in the same order, named alike up to /1 and /2"
            )
        stats[0].add(len(one[1]))
        stats[1].add(len(two[1]))
    return stats
