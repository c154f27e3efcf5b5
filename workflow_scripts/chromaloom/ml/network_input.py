"""What the input of a trained network is, stored in its .keras file."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MEMBER = "chromaloom.json"  # a .keras file is a zip archive; Keras ignores further members


def add_input_facts(path: str | Path, facts: Mapping[str, Any]) -> None:
    """Add facts to a .keras file that was just written."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(MEMBER, date_time=(1980, 1, 1, 0, 0, 0))
        archive.writestr(member, json.dumps(facts, sort_keys=True))


def input_facts_of(path: str | Path) -> dict[str, Any] | None:
    """Facts in a .keras file; None if the file has none or is no .keras file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(MEMBER))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
