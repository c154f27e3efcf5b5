"""Command-line programs of Python packages."""

import sys
from pathlib import Path


def python_program(name: str) -> str:
    """Path of a program in the folder of the running Python, which may not be on the PATH."""
    path = Path(sys.executable).with_name(name)
    return str(path) if path.exists() else name
