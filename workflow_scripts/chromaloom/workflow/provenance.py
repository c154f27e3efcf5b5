"""Provenance of results: fingerprints of data and settings, and the record of a job."""

import hashlib
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path

Fingerprint = str


def fingerprint(settings: dict[str, Any], *arrays: np.ndarray) -> Fingerprint:
    """SHA-256 of settings and arrays (values, shapes and types)."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def write_record(path: str | Path, packages: tuple[str, ...], **facts: Any) -> None:
    """Write a JSON record of a result: the given facts, package versions, Python version."""
    versions = {name: importlib.metadata.version(name) for name in packages}
    record = {**facts, "packages": versions, "python": platform.python_version()}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
