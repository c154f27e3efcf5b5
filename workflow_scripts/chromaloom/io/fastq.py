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

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
REPORT_SECONDS = 10.0
BLOCK = 4096  # records that are read and checked at once


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

    def add(self, lengths: list[int]) -> None:
        """Count some reads, at least one."""
        least = min(lengths)
        self.min_length = min(self.min_length, least) if self.n_reads else least
        self.max_length = max(self.max_length, max(lengths))
        self.n_reads += len(lengths)
        self.n_bases += sum(lengths)


def is_gzip(path: str | Path) -> bool:
    """Whether a file is gzipped, told by its first bytes."""
    with Path(path).open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b"


def read_fastq(path: str | Path) -> Iterator[tuple[bytes, bytes]]:
    """Iterate over (name, sequence) of a FASTQ file; raises as `read_blocks`."""
    for headers, sequences in read_blocks(path):
        for header, sequence in zip(headers, sequences, strict=True):
            yield _name(header), sequence[:-1]


def read_blocks(path: str | Path) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Iterate over a FASTQ file of four-line records, `BLOCK` at a time (the last: fewer).

    Each record is checked. A block is the lines of headers and of bases; those end in a newline.

    Raises
    ------
    UserError
        No record at all, a record cut short, a malformed header or separator, qualities of another
        number than bases, gzip cut short or damaged: with the file and the record's number.
    """
    number, told, damage = 0, time.monotonic(), None
    size = Path(path).stat().st_size
    with Path(path).open("rb") as raw:
        # lines of a GzipFile itself come at a third of the speed
        handle = io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 20) if is_gzip(path) else raw
        while not damage:
            lines: list[bytes] = []
            try:
                lines.extend(islice(handle, 4 * BLOCK))
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                # the whole records before the damage are in the list
                damage = error
                del lines[len(lines) // 4 * 4 :]
            if lines:
                yield lines[::4], _sequences(lines, path, number)
            elif not damage:
                break
            number += len(lines) // 4
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                log.info("%s: %d reads, %.0f %%", path, number, 100 * raw.tell() / size)
    if damage:
        raise UserError(
            f"{path}: gzip is cut short or damaged after record {number} ({damage});"
            " fetch the file again"
        )
    if number == 0:
        raise UserError(f"{path}: no read in it; allowed: FASTQ with at least one record")


def _sequences(lines: list[bytes], path: str | Path, before: int) -> list[bytes]:
    """Lines of bases of some records, each ending in a newline, after a check of the records."""
    headers, sequences, separators, qualities = (lines[n::4] for n in range(4))
    lengths = [*map(len, sequences)]
    if (
        len(lines) % 4 == 0
        and lengths == [*map(len, qualities)]
        and min(lengths) > 1
        and lines[-1].endswith(b"\n")
        and all(line.startswith(b"@") for line in headers)
        and all(line.startswith(b"+") for line in separators)
        # where lines end otherwise, equal lines need not be as many letters
        and b"\r" not in b"".join(lines)
    ):
        return sequences
    return [
        _checked(lines[4 * n : 4 * n + 4], f"{path}: record {before + n + 1}") + b"\n"
        for n in range(len(headers))
    ]


def _checked(record: list[bytes], where: str) -> bytes:
    """Bases of one record."""
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
    return sequence


def _name(header: bytes) -> bytes:
    """Name of a read: the header's first word."""
    return next(iter(header[1:].split(maxsplit=1)), b"")


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
        for _, sequences in read_blocks(file):
            stats[0].add([len(line) - 1 for line in sequences])
        return stats
    nothing: tuple[list[bytes], list[bytes]] = ([], [])
    blocks = zip_longest(read_blocks(file), read_blocks(file2), fillvalue=nothing)
    for (heads, bases), (heads2, bases2) in blocks:
        before = stats[0].n_reads
        _check_mates(heads, heads2, file, file2, before)
        if len(heads) != len(heads2):
            short, long = (file, file2) if len(heads) < len(heads2) else (file2, file)
            raise UserError(
                f"{short}: ends after {before + min(len(heads), len(heads2))} reads, its mates'"
                f" file {long} has more; allowed: one mate for each read, in the same order"
            )
        for part, lines in zip(stats, (bases, bases2), strict=True):
            part.add([len(line) - 1 for line in lines])
    return stats


def _check_mates(
    heads: list[bytes], heads2: list[bytes], file: str | Path, file2: str | Path, before: int
) -> None:
    """Refuse headers of mates that are not named alike."""
    if heads == heads2:
        return
    names, names2 = ([mate_name(_name(head)) for head in part] for part in (heads, heads2))
    for number, (one, two) in enumerate(zip(names, names2, strict=False)):
        if one != two:
            found, wanted = _name(heads2[number]), _name(heads[number])
            raise UserError(
                f"{file2}: record {before + number + 1} is {_show(found)}, its mate in {file} is"
                f" {_show(wanted)}; allowed: mates in the same order, named alike up to /1 and /2"
            )
