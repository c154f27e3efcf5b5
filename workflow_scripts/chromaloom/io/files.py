"""Writing files so that a killed job never leaves a half-written one under its final name."""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, renamed to `path` when the block ends without error.

    The temporary name keeps the suffix, because many writers choose a format by it. It is the same
    each time, so that what a killed job has left is replaced by the next.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".part.{path.name}")
    temporary.unlink(missing_ok=True)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def scratch_folder(out: str | Path) -> Iterator[str]:
    """Give an empty hidden folder beside `out` and named after it, which is gone at the end.

    One that a killed job has left is emptied first: two at once need two outputs.
    """
    out = Path(out)
    folder = out.with_name(f".scratch.{out.name}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
        yield cast(IO[bytes], handle)
