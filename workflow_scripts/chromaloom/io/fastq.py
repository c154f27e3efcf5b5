"""Validation of FASTQ files and counts of their reads, with dnaio."""

import gzip
import io
import logging
import time
import zlib
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import dnaio

from workflow_scripts.chromaloom.io.files import GZIP, check_compression
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
REPORT_SECONDS = 10.0
REPORT_READS = 1 << 16  # reads between two checks of the elapsed time
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


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
    """Whether a file is gzipped, by its first two bytes, not its name.

    Raises
    ------
    UserError
        It has another compression.
    """
    return check_compression(path).startswith(GZIP)


def link_by_content(files: Sequence[str], folder: str | Path, mate: str) -> list[str]:
    """Link files in a folder under plain names, with `.gz` if they are gzip.

    Aligners and cutadapt know gzip by the name alone; bowtie2 passes names to a shell and splits
    them at commas.
    """
    links = []
    for number, path in enumerate(files):
        link = Path(folder, f"lane{number}.{mate}.fastq{'.gz' if is_gzip(path) else ''}")
        link.symlink_to(Path(path).resolve())
        links.append(str(link))
    return links


def read_fastq(path: str | Path) -> Generator[dnaio.SequenceRecord, None, None]:
    """Iterate over the records of a FASTQ file, plain or gzipped.

    Raises
    ------
    UserError
        No record at all, a malformed or truncated record, a record without bases or with other
        signs, a truncated or damaged gzip file: with the file and the number of the record.
    """
    number, size, zipped = 0, Path(path).stat().st_size, is_gzip(path)
    reported = time.monotonic()
    with Path(path).open("rb") as raw:
        # reading lines from a plain GzipFile is three times slower
        handle: Any = io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 20) if zipped else raw
        try:
            with dnaio.open(handle, fileformat="fastq", mode="r") as reader:
                for number, record in enumerate(reader, start=1):
                    if not record.sequence:
                        raise UserError(
                            f"{path}: record {number}: no bases in it; expected: one base or more"
                        )
                    if not record.sequence.replace(".", "N").isalpha():
                        raise UserError(
                            f"{path}: record {number}: {record.sequence[:40]!r} is not a sequence;"
                            " expected: letters of bases; fix: check the file, or download it again"
                        )
                    yield record
                    if number % REPORT_READS == 0 and time.monotonic() - reported > REPORT_SECONDS:
                        reported = time.monotonic()
                        log.info("%s: %d reads, %.0f %%", path, number, 100 * raw.tell() / size)
        except dnaio.FileFormatError as error:
            # dnaio's line number, if any, starts at 0
            place = number + 1 if error.line is None else error.line // 4 + 1
            reason = str(error).split(" line: " if error.line is None else ": ", 1)[1]
            raise UserError(
                f"{path}: record {place}: {' '.join(reason.split())}; expected: FASTQ with four"
                " lines per record; fix: check the file, or download it again"
            ) from None
        except DAMAGED as error:
            raise UserError(
                f"{path}: the gzip file is truncated or damaged after record {number} ({error});"
                " fix: download it again"
            ) from None
    if number == 0:
        raise UserError(f"{path}: no reads; expected: FASTQ with one record or more")


def check_run(file: str | Path, file2: str | Path = "") -> list[ReadStats]:
    """Read all records of a run and count them.

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
        for record in read_fastq(file):
            stats[0].add(len(record))
        return stats
    # closed explicitly: after an error the files would be open until garbage collection
    with closing(read_fastq(file)) as firsts, closing(read_fastq(file2)) as seconds:
        for number, (first, second) in enumerate(zip_longest(firsts, seconds), start=1):
            if first is None or second is None:
                short, long = (file2, file) if second is None else (file, file2)
                raise UserError(
                    f"{short}: ends after {number - 1} reads, but {long} has more; expected: one"
                    " mate for each read, in the same order"
                )
            if not first.is_mate(second):
                raise UserError(
                    f"{file2}: record {number} is {_id(second)!r}, its mate in {file} is"
                    f" {_id(first)!r}; expected: mates in the same order, with the same names"
                    " except for a final 1 or 2"
                )
            stats[0].add(len(first))
            stats[1].add(len(second))
    return stats


def _id(record: dnaio.SequenceRecord) -> str:
    """Name of a read: the first word of its header, at most 40 characters."""
    return record.name.split(maxsplit=1)[0][:40] if record.name.strip() else ""
