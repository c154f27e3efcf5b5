"""One attempt to download by HTTP, resuming after the bytes of earlier attempts."""

import errno
import json
import logging
import shutil
import time
from pathlib import Path

import requests
import urllib3

from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
BLOCK = 1 << 16  # bytes per read; an incomplete block is lost
# temporary client errors; every other 4xx is final
PASSING = (408, 425, 429)
REPORT_SECONDS = 10.0


class Interrupted(Exception):
    """An attempt ended early; the next one may start after `wait` seconds."""

    def __init__(self, message: str, wait: float = 0) -> None:
        super().__init__(message)
        self.wait = wait


class NoSpace(UserError):
    """Not enough disk space for a file; other URLs are not tried."""

    ERRORS = (errno.ENOSPC, errno.EDQUOT)


def need_space(part: Path, size: int, spare: float) -> None:
    """Raise `NoSpace` if `size` more bytes in `part` would leave less than `spare` MB free."""
    free = shutil.disk_usage(part.parent).free
    if size + spare * 1e6 > free:
        keep = f" and {spare:g} MB to spare" if spare else ""
        raise NoSpace(
            f"{part}: needs {size / 1e6:.1f} MB more{keep}, the disk has {free / 1e6:.1f} MB; make"
            " room and rerun; the downloaded part is kept"
        )


def download_http(
    url: str,
    part: Path,
    *,
    label: str,
    timeout: float,
    verified: bool,
    rate: float = 0,
    spare: float = 0,
) -> None:
    """Download `url` into `part`, resuming where an earlier attempt ended.

    The version of the partial content (ETag, else Last-Modified) is stored in a `.json` next to
    `part`. It is sent as If-Range: if the content has changed, the server sends all of it.

    Parameters
    ----------
    url
        Source.
    part
        Partial file that attempts append to.
    label
        Name of the file in log lines.
    timeout
        Seconds to wait for the connection, and for each next byte.
    verified
        Whether a checksum will be checked; then downloads of an unknown version may be resumed too.
    rate
        Maximum MB per second; 0 for no limit.
    spare
        MB of disk space to leave free.

    Raises
    ------
    Interrupted
        Connection lost, timeout, or a temporary error of the server; `part` keeps the received
        bytes.
    NoSpace
        Not enough disk space for the rest, by the size that the server reports.
    UserError
        A permanent error of the server.
    """
    memory = part.with_name(f"{part.name}.json")
    version = _version(memory, url)
    resumable = part.exists() and (version or verified)
    offset = part.stat().st_size if resumable else 0
    headers = {"Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if version:
            headers["If-Range"] = version
    try:
        with (
            requests.Session() as session,
            session.get(url, headers=headers, stream=True, timeout=timeout) as answer,
        ):
            if answer.status_code == 206 and version and _answer_version(answer) != version:
                # the server supports ranges but not If-Range
                part.unlink()
                raise Interrupted("the content changed between two attempts")
            start = _start(answer, part, offset, label)
            if start is not None:
                if start == 0:
                    _remember(memory, url, answer)
                there = part.stat().st_size if part.exists() and not start else 0
                length = int(answer.headers.get("Content-Length") or 0)
                need_space(part, max(0, length - there), spare)
                _stream(answer, part, start, label, rate)
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
        raise UserError(f"not a usable URL: {error}") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise Interrupted(f"{type(error).__name__}: {error}") from None
    memory.unlink(missing_ok=True)


def _start(answer: requests.Response, part: Path, offset: int, label: str) -> int | None:
    """Position in `part` of the response's first byte, or None if the file is complete."""
    status = answer.status_code
    content_range = answer.headers.get("Content-Range", "")
    if status == 416 and offset:
        if content_range == f"bytes */{offset}":
            return None  # the earlier attempt was cut off after the last byte
        part.unlink()
        raise Interrupted(f"the server has no bytes beyond {offset} ({content_range})")
    if status >= 500 or status in PASSING:
        wait = answer.headers.get("Retry-After", "")
        raise Interrupted(f"HTTP {status} {answer.reason}", float(wait) if wait.isdigit() else 0)
    if status == 206 and offset:
        if content_range.startswith(f"bytes {offset}-"):
            return offset
        part.unlink()
        raise Interrupted(f"the server sent {content_range!r} instead of bytes from {offset}")
    if status == 200:
        if offset:
            log.info("%s: ranges ignored or content changed; from the first byte again", label)
        return 0
    raise UserError(f"the server refuses: HTTP {status} {answer.reason}")


def _stream(answer: requests.Response, part: Path, start: int, label: str, rate: float) -> None:
    """Write the response to `part` from `start` on, with progress in the log."""
    # not decoded: some servers mark .gz files as encoded
    blocks = answer.raw.stream(BLOCK, decode_content=False)
    length = answer.headers.get("Content-Length")
    total = start + int(length) if length else None
    done, began = start, time.monotonic()
    reported = began
    with part.open("r+b" if start else "wb") as out:
        out.seek(start)
        for block in blocks:
            out.write(block)
            done += len(block)
            if rate:
                time.sleep(max(0, (done - start) / (rate * 1e6) - (time.monotonic() - began)))
            if time.monotonic() - reported >= REPORT_SECONDS:
                reported = time.monotonic()
                speed = (done - start) / 1e6 / (reported - began)
                of = f" of {total / 1e6:.1f}" if total else ""
                left = f", {(total - done) / 1e6 / speed:.0f} s left" if total and speed else ""
                log.info("%s: %.1f%s MB, %.2f MB/s%s", label, done / 1e6, of, speed, left)
    if total is not None and done != total:
        raise Interrupted(f"{done} of {total} bytes received")


def _version(memory: Path, url: str) -> str:
    """Version of the partial content; '' if unknown or of another URL."""
    if not memory.exists():
        return ""
    remembered = json.loads(memory.read_text())
    return remembered["version"] if remembered["url"] == url else ""


def _remember(memory: Path, url: str, answer: requests.Response) -> None:
    """Store the version of the content to be written."""
    memory.write_text(json.dumps({"url": url, "version": _answer_version(answer)}))


def _answer_version(answer: requests.Response) -> str:
    """Version of the content: a strong ETag (RFC 9110), else Last-Modified; '' if neither."""
    etag = answer.headers.get("ETag", "")
    strong = "" if etag.startswith("W/") else etag
    return strong or answer.headers.get("Last-Modified", "")
