"""Atomic writing (a killed job leaves no partial file under its final name); opening of text."""

import gzip
import io
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from workflow_scripts.chromaloom.workflow.errors import UserError

GZIP = b"\x1f\x8b"
# compressions by their first bytes, and what unpacks them
OTHER_COMPRESSIONS = {
    "bzip2": (b"BZh", "bunzip2"),
    "xz": (b"\xfd7zXZ\x00", "unxz"),
    "zstd": (b"\x28\xb5\x2f\xfd", "unzstd"),
    "a zip archive": (b"PK\x03\x04", "unzip"),
    "compress (.Z)": (b"\x1f\x9d", "uncompress"),
}


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
    """Open a plain or gzipped text file for reading; gzip is detected by content, not by name.

    Raises
    ------
    UserError
        Another compression; while reading, a truncated or damaged gzip file, or bytes that no
        text has.
    """
    return io.TextIOWrapper(open_binary(path), encoding="utf-8-sig")


def open_binary(path: str | Path) -> IO[bytes]:
    """Open a plain or gzipped text file for reading its bytes; errors as of `open_text`."""
    if check_compression(path).startswith(GZIP):
        return cast(IO[bytes], CheckedGzip(path))
    return io.BufferedReader(CheckedFile(path))


def check_compression(path: str | Path) -> bytes:
    """First bytes of a file.

    Raises
    ------
    UserError
        They are those of a compression other than gzip, or of a gzip file without content.
    """
    with Path(path).open("rb") as handle:
        start = handle.read(6)
    for kind, (magic, tool) in OTHER_COMPRESSIONS.items():
        if start.startswith(magic):
            raise UserError(
                f"{path}: is {kind}; expected: plain text or gzip; fix: unpack it ({tool}) or"
                " compress it with gzip"
            )
    return start


def check_text(data: bytes, path: str | Path) -> bytes:
    """Return `data` of a text file.

    Raises
    ------
    UserError
        It has a NUL byte, at which parsers of tables end a field without a word.
    """
    if b"\0" in data:
        raise UserError(
            f"{path}: has NUL bytes; expected: text in UTF-8 (a binary file, UTF-16, or a file that"
            " was damaged while it was copied)"
        )
    return data


class CheckedFile(io.FileIO):
    """File for reading, in which a NUL byte is a `UserError`."""

    def readinto(self, buffer: Any) -> int:
        size = super().readinto(buffer) or 0
        check_text(bytes(buffer[:size]), str(self.name))
        return size

    def readall(self) -> bytes:
        return check_text(super().readall(), str(self.name))


class CheckedGzip(gzip.GzipFile):
    """Gzip file for reading, whose damage, or a NUL byte, is a `UserError` with the file's name."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path, "rb")

    def read(self, size: int | None = -1) -> bytes:
        return self._checked(super().read, size)

    def read1(self, size: int = -1) -> bytes:
        return self._checked(super().read1, size)

    def _checked(self, read: Callable[[Any], bytes], size: int | None) -> bytes:
        try:
            data = read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            why = "truncated" if isinstance(error, EOFError) else "damaged"
            raise UserError(
                f"{self.name}: the gzip file is {why} ({error}); fix: copy or download it again"
            ) from None
        return check_text(data, self.name)


@contextmanager
def gzip_writer(path: str | Path, level: int = 1) -> Iterator[IO[bytes]]:
    """Open a gzip file for binary writing; its bytes depend only on the content."""
    with (
        Path(path).open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=level, mtime=0) as handle,
    ):
        yield cast(IO[bytes], handle)
