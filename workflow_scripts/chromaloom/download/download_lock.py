"""Lock files: checksums of first downloads, so that a changed file is detected.

A lock file is a table with the columns `COLUMNS`. Each downloads folder has one, to which every new
download is added; another one may be part of the workflow and applies to all users.
"""

import csv
import datetime
import fcntl
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError


@dataclass(frozen=True)
class Locked:
    """Content of a file at its first download: size in bytes, SHA-256 in hex, day (YYYY-MM-DD)."""

    url: str
    bytes: int
    sha256: str
    date: str


COLUMNS = [field.name for field in fields(Locked)]


def read_lock(path: str | Path) -> dict[str, Locked]:
    """Rows of a lock file by URL; empty if the file does not exist.

    Raises
    ------
    UserError
        Malformed table; with file, line and what is allowed.
    """
    if not Path(path).exists():
        return {}
    with Path(path).open(newline="") as handle:
        rows = list(csv.reader(handle, delimiter="\t"))
    if not rows or rows[0] != COLUMNS:
        raise UserError(f"{path}: not a lock file; expected columns: {', '.join(COLUMNS)}")
    found = {}
    for number, row in enumerate(rows[1:], start=2):
        if not _well_formed(row):
            raise UserError(
                f"{path}: line {number}: {' '.join(row)!r}; expected: a URL, bytes, 64 hex digits"
                " of SHA-256 and a date, separated by tabs"
            )
        found[row[0]] = Locked(row[0], int(row[1]), row[2], row[3])
    return found


def find_lock(url: str, paths: Iterable[str | Path]) -> tuple[Locked | None, str]:
    """Row of a URL in the first lock file that contains it, and that file's name."""
    for path in paths:
        if found := read_lock(path).get(url):
            return found, str(path)
    return None, ""


def add_lock(path: str | Path, url: str, *, size: int, sha256: str) -> None:
    """Write or replace the row of a URL; simultaneous jobs wait for each other."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _turn(path.with_name(f".{path.name}.turn")):
        rows = read_lock(path)
        known = rows.get(url)
        if known and known.sha256 == sha256:
            return
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        rows[url] = Locked(url, size, sha256, today)
        text = io.StringIO()
        table = csv.writer(text, delimiter="\t", lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(astuple(rows[name]) for name in sorted(rows))
        with atomic_path(path) as temporary:
            temporary.write_text(text.getvalue())


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Lock that lets one process at a time run the block; released when the process is killed."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _well_formed(row: list[str]) -> bool:
    hexadecimal = set("0123456789abcdef")
    return (
        len(row) == len(COLUMNS)
        and row[1].isdigit()
        and len(row[2]) == 64
        and set(row[2]) <= hexadecimal
    )
