"""Fetching one file by path or URL: resumed, retried, verified, and put in place in one step.

A store beside the downloads keeps what was fetched and what was half-fetched, because a workflow
engine deletes a rule's outputs before it runs the rule again. The store's `.lock.json` holds the
checksum of the first download, so that a file whose sheet row gives none cannot change unseen.
"""

import ftplib
import hashlib
import json
import logging
import os
import random
import shutil
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.chromaloom.errors import UserError
from workflow_scripts.chromaloom.fetch_http import Interrupted, download_http

log = logging.getLogger("chromaloom")
LONGEST_PAUSE = 60.0
BLOCK = 1 << 20


@dataclass(frozen=True)
class Dataset:
    """What is known of a file before it is fetched; empty values are not checked."""

    name: str
    url: str
    bytes: int | None = None
    md5: str = ""
    sha256: str = ""

    def __str__(self) -> str:
        return f"dataset {self.name!r}: {self.url}"


def fetch(
    dataset: Dataset,
    path: str | Path,
    *,
    store: str | Path,
    attempts: int = 5,
    timeout: float = 60,
    pause: float = 1,
) -> None:
    """Put a dataset's file at `path`, from the store where it holds it, else from its source.

    Parameters
    ----------
    dataset
        Source and expected content.
    path
        Final place; its name is also the name within the store.
    store
        Folder on the same disk for kept files, half-fetched files and locks.
    attempts
        Attempts in a row that bring nothing new, after which the download is given up.
    timeout
        Seconds without an answer, or without a byte, after which an attempt is broken off.
    pause
        Seconds before the second attempt; doubled each time, at most a minute, times 0.5 to 1.5.

    Raises
    ------
    UserError
        No such file, refused by the server, given up, or content other than expected.
    """
    path, store = Path(path), Path(store)
    kept, lock = store / path.name, store / f"{path.name}.lock.json"
    store.mkdir(parents=True, exist_ok=True)
    locked = json.loads(lock.read_text()) if lock.exists() else {}
    if locked.get("url") != dataset.url:
        locked = {}
    if not _still_good(kept, dataset, locked):
        part = store / f"{path.name}.part"
        sums = _obtain(dataset, part, attempts=attempts, timeout=timeout, pause=pause)
        if not (dataset.md5 or dataset.sha256) and locked and locked["sha256"] != sums["sha256"]:
            part.unlink()
            raise UserError(
                f"{dataset}: the content changed since the first download (sha256 {sums['sha256']},"
                f" then {locked['sha256']}); to accept it delete {lock}"
            )
        part.chmod(0o444)  # downloads are never edited in place
        part.replace(kept)
        lock.write_text(json.dumps({"url": dataset.url, **sums}, indent=1) + "\n")
    _place(kept, path)


def _still_good(kept: Path, dataset: Dataset, locked: dict) -> bool:
    """Whether the store's copy is this dataset's file, so that no network is needed."""
    if not (kept.exists() and locked):
        return False
    sums = checksums(kept)
    return sums["sha256"] == locked["sha256"] and not _difference(dataset, sums)


def _obtain(
    dataset: Dataset, part: Path, *, attempts: int, timeout: float, pause: float
) -> dict[str, int | str]:
    """Fetch into `part`, verify, and return size and checksums.

    Content that differs from what is expected is fetched once more from the start when it was
    pieced together from several attempts: the pieces may stem from different versions.
    """
    pieced = part.exists()
    while True:
        pieced |= _retry(dataset, part, attempts=attempts, timeout=timeout, pause=pause)
        sums = checksums(part)
        difference = _difference(dataset, sums)
        if not difference:
            log.info("%s: %.1f MB, sha256 %s", dataset.name, sums["bytes"] / 1e6, sums["sha256"])
            return sums
        part.unlink()
        if not pieced:
            raise UserError(f"{dataset}: {difference}")
        log.info("%s: %s; starting again from the first byte", dataset.name, difference)
        pieced = False


def _retry(dataset: Dataset, part: Path, *, attempts: int, timeout: float, pause: float) -> bool:
    """Repeat until the source has given all; tell whether it took more than one attempt."""
    once = _source(dataset, part, timeout)
    failures, first = 0, True
    largest = part.stat().st_size if part.exists() else 0
    while True:
        try:
            once()
            return not first
        except Interrupted as error:
            size = part.stat().st_size if part.exists() else 0
            # an attempt that went further than any before it is no failure
            failures = 0 if size > largest else failures + 1
            largest, first = max(size, largest), False
            if failures >= attempts:
                raise UserError(
                    f"{dataset}: given up after {attempts} attempts without progress: {error}"
                    f" ({size / 1e6:.1f} MB came; run again to try on)"
                ) from None
            seconds = min(pause * 2 ** max(failures - 1, 0), LONGEST_PAUSE) * random.uniform(
                0.5, 1.5
            )
            seconds = max(seconds, min(error.wait, LONGEST_PAUSE))
            log.info("%s: %s; next attempt in %.1f s", dataset.name, error, seconds)
            time.sleep(seconds)


def _source(dataset: Dataset, part: Path, timeout: float) -> Callable[[], None]:
    """One attempt at the dataset's source, chosen by the URL's scheme."""
    scheme = urllib.parse.urlsplit(dataset.url).scheme.lower()
    if scheme in ("http", "https"):
        verified = bool(dataset.md5 or dataset.sha256)
        return lambda: download_http(
            dataset.url, part, label=str(dataset), timeout=timeout, verified=verified
        )
    if scheme == "ftp":
        return lambda: _download_ftp(dataset, part, timeout)
    if scheme == "file" or "://" not in dataset.url:
        return lambda: _copy(dataset, part)
    raise UserError(f"{dataset}: scheme {scheme!r} is not allowed; allowed: http, https, ftp, file")


def _copy(dataset: Dataset, part: Path) -> None:
    split = urllib.parse.urlsplit(dataset.url)
    local = urllib.request.url2pathname(split.path) if split.scheme == "file" else dataset.url
    if not Path(local).is_file():
        raise UserError(f"{dataset}: no such file")
    shutil.copyfile(local, part)


def _download_ftp(dataset: Dataset, part: Path, timeout: float) -> None:
    """One attempt by FTP, always from the first byte: it knows no versions to resume by."""
    url = urllib.parse.urlsplit(dataset.url)
    path = urllib.parse.unquote(url.path)
    try:
        with ftplib.FTP(timeout=timeout) as server, part.open("wb") as out:
            server.connect(url.hostname or "", url.port or ftplib.FTP_PORT)
            server.login(url.username or "", url.password or "")
            server.voidcmd("TYPE I")
            expected = server.size(path)
            server.retrbinary(f"RETR {path}", out.write, BLOCK)
    except ftplib.error_perm as error:
        raise UserError(f"{dataset}: the server refuses: {error}") from None
    except (ftplib.Error, OSError, EOFError) as error:
        raise Interrupted(f"{type(error).__name__}: {error}") from None
    if expected is not None and part.stat().st_size != expected:
        raise Interrupted(f"{part.stat().st_size} of {expected} bytes came")


def checksums(path: Path) -> dict[str, int | str]:
    """Size in bytes, MD5 and SHA-256 (hex) of a file, read once."""
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            md5.update(block)
            sha256.update(block)
            size += len(block)
    return {"bytes": size, "md5": md5.hexdigest(), "sha256": sha256.hexdigest()}


def _difference(dataset: Dataset, found: dict[str, int | str]) -> str:
    """The first way in which the content differs from what the sheet expects, or ''."""
    for key in ("bytes", "md5", "sha256"):
        expected = getattr(dataset, key)
        if expected not in (None, "") and expected != found[key]:
            return f"{key} is {found[key]}, the sheet says {expected}"
    return "the file is empty" if found["bytes"] == 0 and dataset.bytes != 0 else ""


def _place(kept: Path, path: Path) -> None:
    """Give the stored file its final name as a second link to the same bytes, else a copy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        try:
            os.link(kept, temporary)
        except OSError:  # a file system without hard links
            shutil.copy(kept, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
