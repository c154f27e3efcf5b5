"""Download of one file by path or URL with resuming, retries, verification and an atomic move.

A store next to the downloads keeps complete and partial files, because Snakemake deletes a rule's
outputs before it reruns the rule. Lock files (`download_lock`) hold the checksum of the first
download, so that a change is detected even if the sheet has no checksum.
"""

import ftplib
import logging
import os
import random
import shutil
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workflow_scripts.chromaloom.download.checksums import Checksums, checksums
from workflow_scripts.chromaloom.download.download_lock import Locked, add_lock, find_lock
from workflow_scripts.chromaloom.download.fetch_http import (
    Interrupted,
    NoSpace,
    download_http,
    need_space,
)
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
LONGEST_PAUSE = 60.0
BLOCK = 1 << 20
BY_HAND = "manual:"


@dataclass(frozen=True)
class Dataset:
    """Source and expected content of a file; empty values are not checked.

    mirrors: other URLs of the same file; source: origin of the expected checksum, for messages.
    """

    name: str
    url: str
    bytes: int | None = None
    md5: str = ""
    sha256: str = ""
    mirrors: tuple[str, ...] = ()
    source: str = "the sheet"

    def __str__(self) -> str:
        return f"dataset {self.name!r}"


@dataclass(frozen=True)
class RetryPolicy:
    """Attempts, times and limits of a download.

    Attributes
    ----------
    attempts
        Number of consecutive attempts without new bytes after which a URL is given up.
    timeout
        Seconds without a response, or without a byte, after which an attempt ends.
    pause
        Seconds before the second attempt; doubled each time, at most a minute, times 0.5 to 1.5.
    rate
        Maximum MB per second, 0 for no limit.
    spare
        MB of disk space to leave free.
    """

    attempts: int = 5
    timeout: float = 60
    pause: float = 1
    rate: float = 0
    spare: float = 0


def fetch(
    dataset: Dataset,
    path: str | Path,
    *,
    store: str | Path,
    locks: Sequence[str | Path],
    policy: RetryPolicy = RetryPolicy(),
) -> None:
    """Place a dataset's file at `path`, from the store if it has the file, else from its source.

    Parameters
    ----------
    dataset
        Source and expected content.
    path
        Final path; the file has the same name in the store.
    store
        Folder on the same disk for complete and partial files.
    locks
        Lock files by precedence; new rows are written to the last, that of the downloads folder.
    policy
        Attempts, times and limits.

    Raises
    ------
    UserError
        No such file, rejected by the server, too many failed attempts, no disk space, or unexpected
        content; with mirrors, the errors of all URLs.
    """
    path, store = Path(path), Path(store)
    kept = store / path.name
    store.mkdir(parents=True, exist_ok=True)
    locked, where = find_lock(dataset.url, locks)
    if locked and not (dataset.md5 or dataset.sha256):
        dataset = _as_locked(dataset, locked, where)
    sums = _verify_cached(kept, dataset)
    if not sums:
        part = store / f"{path.name}.part"
        sums = _download(dataset, kept, part, policy)
        part.chmod(0o444)  # read-only: downloads are never edited
        part.replace(kept)
    add_lock(locks[-1], dataset.url, size=sums["bytes"], sha256=sums["sha256"])
    _place(kept, path)


def _as_locked(dataset: Dataset, locked: Locked, where: str) -> Dataset:
    """The dataset with the content of its first download as expected content."""
    said = f"the content changed since its first download; {where} of {locked.date}"
    return replace(dataset, bytes=locked.bytes, sha256=locked.sha256, source=said)


def _verify_cached(kept: Path, dataset: Dataset) -> Checksums | None:
    """Checksums of the copy in the store if it is this dataset's file, without network access."""
    by_hand = dataset.url.startswith(BY_HAND)
    if not kept.exists() or not (dataset.md5 or dataset.sha256 or by_hand):
        return None
    sums = checksums(kept)
    difference = _difference(dataset, sums)
    if difference and by_hand:
        raise UserError(f"{dataset}: {kept}: {difference}")
    return None if difference else sums


def _download(dataset: Dataset, kept: Path, part: Path, policy: RetryPolicy) -> Checksums:
    """Download into `part` from the first URL that works; return size and checksums."""
    failures = []
    for url in (dataset.url, *dataset.mirrors):
        if url.startswith(BY_HAND):
            failures.append(
                f"no address is known of {url.removeprefix(BY_HAND)}; fetch it by hand, put it at"
                f" {kept} and run again"
            )
            continue
        try:
            return _download_from(url, dataset, part, policy)
        except NoSpace:
            raise
        except UserError as error:
            failures.append(f"{url}: {error}")
            if len(failures) <= len(dataset.mirrors):
                log.warning("%s: %s; trying the next URL", dataset, failures[-1])
    raise UserError(f"{dataset}: {'; '.join(failures)}")


def _download_from(url: str, dataset: Dataset, part: Path, policy: RetryPolicy) -> Checksums:
    """Download one URL into `part`, verify it, and return size and checksums.

    Unexpected content is downloaded once more from the start if it was assembled from several
    attempts: the pieces may belong to different versions.
    """
    pieced = part.exists()
    while True:
        pieced |= _retry(url, dataset, part, policy)
        sums = checksums(part)
        difference = _difference(dataset, sums)
        if not difference:
            log.info("%s: %.1f MB, sha256 %s", dataset.name, sums["bytes"] / 1e6, sums["sha256"])
            return sums
        part.unlink()
        if not pieced:
            raise UserError(difference)
        log.info("%s: %s; starting again from the first byte", dataset.name, difference)
        pieced = False


def _retry(url: str, dataset: Dataset, part: Path, policy: RetryPolicy) -> bool:
    """Repeat until the file is complete; return whether it took more than one attempt."""
    once = _source(url, dataset, part, policy)
    failures, first = 0, True
    largest = part.stat().st_size if part.exists() else 0
    if dataset.bytes:
        need_space(part, max(0, dataset.bytes - largest), policy.spare)
    while True:
        try:
            once()
            return not first
        except Interrupted as error:
            size = part.stat().st_size if part.exists() else 0
            # an attempt that got further than all previous ones is not a failure
            failures = 0 if size > largest else failures + 1
            largest, first = max(size, largest), False
            if failures >= policy.attempts:
                raise UserError(
                    f"given up after {policy.attempts} attempts without progress: {error}"
                    f" ({size / 1e6:.1f} MB downloaded; rerun to resume)"
                ) from None
            wait = min(policy.pause * 2 ** max(failures - 1, 0), LONGEST_PAUSE)
            wait = max(wait * random.uniform(0.5, 1.5), min(error.wait, LONGEST_PAUSE))
            log.info("%s: %s; next attempt in %.1f s", dataset.name, error, wait)
            time.sleep(wait)


def _source(url: str, dataset: Dataset, part: Path, policy: RetryPolicy) -> Callable[[], None]:
    """Function for one attempt at a URL, chosen by its scheme."""
    scheme = urllib.parse.urlsplit(url).scheme.lower()
    if scheme in ("http", "https"):
        settings = {"timeout": policy.timeout, "rate": policy.rate, "spare": policy.spare}
        verified = bool(dataset.md5 or dataset.sha256)
        return lambda: download_http(url, part, label=str(dataset), verified=verified, **settings)
    if scheme == "ftp":
        return lambda: _download_ftp(url, part, policy)
    if scheme == "file" or "://" not in url:
        return lambda: _copy(url, part, policy.spare)
    raise UserError(f"scheme {scheme!r} is not allowed; expected: http, https, ftp, file")


def _copy(url: str, part: Path, spare: float) -> None:
    split = urllib.parse.urlsplit(url)
    local = Path(urllib.request.url2pathname(split.path) if split.scheme == "file" else url)
    if not local.is_file():
        raise UserError("no such file")
    need_space(part, local.stat().st_size, spare)
    shutil.copyfile(local, part)


def _download_ftp(source: str, part: Path, policy: RetryPolicy) -> None:
    """One attempt by FTP, always from the first byte: FTP has no versions to resume by."""
    url = urllib.parse.urlsplit(source)
    path = urllib.parse.unquote(url.path)
    try:
        with ftplib.FTP(timeout=policy.timeout) as server, part.open("wb") as out:
            server.connect(url.hostname or "", url.port or ftplib.FTP_PORT)
            server.login(url.username or "", url.password or "")
            server.voidcmd("TYPE I")
            expected = server.size(path)
            need_space(part, expected or 0, policy.spare)
            server.retrbinary(f"RETR {path}", out.write, BLOCK)
    except ftplib.error_perm as error:
        raise UserError(f"the server refuses: {error}") from None
    except (ftplib.Error, OSError, EOFError) as error:
        if isinstance(error, OSError) and error.errno in NoSpace.ERRORS:
            raise
        raise Interrupted(f"{type(error).__name__}: {error}") from None
    if expected is not None and part.stat().st_size != expected:
        raise Interrupted(f"{part.stat().st_size} of {expected} bytes received")


def _difference(dataset: Dataset, found: Checksums) -> str:
    """The first difference between the content and the expected content, or ''."""
    for key in ("bytes", "md5", "sha256"):
        expected = getattr(dataset, key)
        if expected not in (None, "") and expected != found[key]:
            return f"{key} is {found[key]}, {dataset.source} says {expected}"
    return "the file is empty" if found["bytes"] == 0 and dataset.bytes != 0 else ""


def _place(kept: Path, path: Path) -> None:
    """Place the stored file at its final path as a hard link, else as a copy."""
    with atomic_path(path) as temporary:
        try:
            os.link(kept, temporary)
        except OSError:  # file system without hard links
            shutil.copy(kept, temporary)
