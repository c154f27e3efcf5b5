"""Atomic writing: a killed job never leaves a partial file under its final name."""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`, renamed to `path` if the block succeeds.

    The temporary name keeps the suffix, because many writers choose the format by it. The name is
    always the same, so that the next job replaces leftovers of a killed one.
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
    """Yield an empty hidden folder next to `out` and named after it, removed at the end.

    Leftovers of a killed job are removed first, so two simultaneous jobs need different outputs.
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
    """Open a plain or gzipped text file for reading; gzip is detected by content, not by name."""
    with Path(path).open("rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rt") if zipped else Path(path).open()


@contextmanager
def gzip_writer(path: str | Path, level: int = 1) -> Iterator[IO[bytes]]:
    """Open a gzip file for binary writing; its bytes depend only on the content."""
    with (
        Path(path).open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=level, mtime=0) as handle,
    ):
        yield cast(IO[bytes], handle)
