"""Size and checksums of a file."""

import hashlib
from pathlib import Path
from typing import TypedDict

BLOCK = 1 << 20


class Checksums(TypedDict):
    """Size (bytes) and checksums (hex) of a file."""

    bytes: int
    md5: str
    sha256: str


def checksums(path: str | Path) -> Checksums:
    """Size in bytes, MD5 and SHA-256 (hex) of a file, read once."""
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    with Path(path).open("rb") as handle:
        while block := handle.read(BLOCK):
            md5.update(block)
            sha256.update(block)
            size += len(block)
    return {"bytes": size, "md5": md5.hexdigest(), "sha256": sha256.hexdigest()}
