"""Command-line programs that come as Python packages."""

import sys
from pathlib import Path


def python_program(name: str) -> str:
    """Path of a program installed beside the Python in use, which need not be on the PATH."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else name
