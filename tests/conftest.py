import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Files that take minutes, the longest first: the short ones at the end keep all workers busy.
LONGEST_FIRST = (
    "test_demo.py",
    "test_demo_deepexpression.py",
    "test_own_data.py",
    "test_real.py",
    "test_run.py",
    "test_faults.py",
    "test_module.py",
    "test_slurm.py",
    "test_conda.py",
    "test_conformation.py",
    "test_real_reads.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Order files by their length, and keep each on one worker of xdist.

    Files that share fixtures of a session have the same `xdist_group`.
    """
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_make_parametrize_id(val, argname):
    """Name bytes by their argument: those of a gzip file have its time, and workers differ."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_finish(session):
    """Stop if groups are ignored: a fixture of a session would be made in each worker."""
    if getattr(session.config.option, "loadgroup", False):
        for item in session.items:
            assert "@" in item.nodeid, "pytest-xdist ignores its groups with this version of pytest"


def pytest_terminal_summary(terminalreporter):
    """Print the tables that tests recorded, also those of other processes."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == "table":
                    terminalreporter.section(report.nodeid.split("::")[-1])
                    terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data; tests that need it are skipped where it is absent."""
    named = os.environ.get("CHROMALOOM_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set CHROMALOOM_REAL_DATA to the folder")
    return folder
