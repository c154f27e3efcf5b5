"""Files of a bundle in a folder or a .zip archive, which is read without being extracted.

The rules read this module, so it imports nothing heavy.
"""

import atexit
import hashlib
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO

from workflow_scripts.chromaloom.download.checksums import BLOCK, checksums
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError

MODEL = "model.yaml"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # date of the members of zip archives
MAX_MEMBERS = 10_000
MAX_TEXT = 64 << 20  # bytes of model.yaml and of the checksums
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


class FolderFiles:
    """Files of a bundle in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return (self.folder / name).is_file()

    def text(self, name: str) -> str:
        """Content of a text file."""
        return (self.folder / name).read_text(errors="replace")

    def sha256(self, name: str) -> str:
        """Checksum of a file (hex)."""
        return checksums(self.folder / name)["sha256"]


class ZipFiles:
    """Files of a bundle in a .zip archive, with its folder as the only top folder or without one.

    Parameters
    ----------
    path
        The archive.
    place
        Config key and archive, for messages.

    Raises
    ------
    UserError
        No archive, a damaged one, or one with members that no bundle has: paths that lead out of
        it, links, encrypted ones, too many.
    """

    def __init__(self, path: Path, place: str) -> None:
        self.path, self.place = path, place
        with self._open() as archive:
            self._members = {info.filename: info for info in archive.infolist()}
            _check_members(archive.infolist(), place)
        tops = [name.removesuffix(MODEL) for name in self._members
                if PurePosixPath(name).name == MODEL and name.count("/") <= 1]  # fmt: skip
        if len(tops) > 1:
            raise UserError(
                f"{place}: has {len(tops)} files {MODEL}; expected: one bundle in the archive; fix:"
                " make an archive of each folder"
            )
        self._top = tops[0] if tops else ""

    @contextmanager
    def _open(self) -> Iterator[zipfile.ZipFile]:
        """Open the archive; damage in the block is a `UserError`."""
        try:
            archive = zipfile.ZipFile(self.path)
        except (*DAMAGED, OSError) as error:
            raise self._unreadable(error) from None
        with archive:
            try:
                yield archive
            except DAMAGED as error:
                raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> UserError:
        return UserError(
            f"{self.place}: not a readable .zip archive ({error}); expected: a bundle; fix: copy it"
            " again"
        )

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        with self._open() as archive, archive.open(self._top + name) as handle:
            yield handle

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return self._top + name in self._members

    def text(self, name: str) -> str:
        """Content of a text file."""
        if (size := self._members[self._top + name].file_size) > MAX_TEXT:
            raise UserError(
                f"{self.place}: {name} has {size} bytes; expected: at most {MAX_TEXT}; fix: use the"
                " archive of a bundle"
            )
        with self._member(name) as handle:
            return handle.read().decode(errors="replace")

    def sha256(self, name: str) -> str:
        """Checksum of a file (hex)."""
        found = hashlib.sha256()
        with self._member(name) as handle:
            while block := handle.read(BLOCK):
                found.update(block)
        return found.hexdigest()

    def extract(self, names: Sequence[str], folder: Path) -> None:
        """Write files below a folder."""
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with self._member(name) as handle, (folder / name).open("wb") as out:
                shutil.copyfileobj(handle, out)


def _check_members(members: Sequence[zipfile.ZipInfo], place: str) -> None:
    """Refuse an archive that no bundle is."""
    if len(members) > MAX_MEMBERS:
        raise UserError(
            f"{place}: has {len(members)} members; expected: at most {MAX_MEMBERS}; fix: use the"
            " archive of a bundle"
        )
    seen: set[str] = set()
    for info in members:
        name, problem = info.filename, ""
        if "\\" in name:
            problem = "has backslashes"
        elif not is_inside(name):
            problem = "leads out of the archive"
        elif stat.S_ISLNK(info.external_attr >> 16):
            problem = "is a symbolic link"
        elif info.flag_bits & 1:
            problem = "is encrypted"
        elif name in seen:
            problem = "occurs twice"
        if problem:
            raise UserError(
                f"{place}: member {name!r} {problem}; expected: the files of a bundle; fix: make"
                " the archive again (docs/apply.md)"
            )
        seen.add(name)


def is_inside(name: str) -> bool:
    """Whether a path with slashes is relative and does not lead out of its folder."""
    parts = PurePosixPath(name).parts
    return not (name.startswith("/") or "\\" in name or ":" in name or ".." in parts)


def bundle_files(path: Path, place: str) -> FolderFiles | ZipFiles:
    """Files of a bundle: of a .zip archive if `path` is a file, else of a folder."""
    return ZipFiles(path, place) if path.is_file() else FolderFiles(path)


def extracted(archive: Path, names: Sequence[str]) -> Path:
    """Folder with files of an archive, removed when the process ends; for jobs."""
    state = archive.stat()
    return _extracted(archive, tuple(names), (state.st_mtime_ns, state.st_size))


@cache
def _extracted(archive: Path, names: tuple[str, ...], state: tuple[int, int]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bundle."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ZipFiles(archive, str(archive)).extract(names, folder)
    return folder


def zip_folder(folder: str | Path, out: str | Path) -> None:
    """Write the files of a bundle's folder as a .zip archive; equal files give equal bytes."""
    folder = Path(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with atomic_path(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for path in files:
            name = path.relative_to(folder.parent).as_posix()
            member = zipfile.ZipInfo(name, EARLIEST)
            member.external_attr = 0o644 << 16
            # networks are compressed already
            kind = zipfile.ZIP_STORED if path.suffix == ".keras" else zipfile.ZIP_DEFLATED
            archive.writestr(member, path.read_bytes(), kind)
