"""Writing files so that a killed job never leaves a half-written one under its final name."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, renamed to `path` when the block ends without error.

    The temporary name keeps the suffix, because many writers choose a format by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def open_text(path: str | Path) -> IO[str]:
    """Open a plain or gzipped text file for reading, told apart by content, not by name."""
    with Path(path).open("rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rt") if zipped else Path(path).open()


@contextmanager
def gzip_writer(path: str | Path, level: int = 1) -> Iterator[IO[bytes]]:
    """Open a gzip file for binary writing whose bytes depend on the content alone."""
    with (
        Path(path).open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=level, mtime=0) as handle,
    ):
        yield handle
