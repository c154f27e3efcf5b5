"""What set-up says on a machine where tools are missing and it may install none."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMMANDS = ("bash", "dirname", "sort", "head", "grep", "cat", "sha256sum", "id", "env", "sed")
GOOD = {
    "bowtie2": "2.5.0",
    "samtools": "1.16.1",
    "kallisto": "0.48.0",
    "bedtools": "2.30.0",
    "macs2": "2.2.7.1",
}


@pytest.fixture
def install(tmp_path):
    """Run set-up in a copy of the repository's root that sees only these tools."""
    script = tmp_path / "repo" / "workflow_scripts" / "setup" / "install.sh"
    script.parent.mkdir(parents=True)
    shutil.copy2(ROOT / "workflow_scripts/setup/install.sh", script)
    shutil.copy2(ROOT / "requirements.lock", tmp_path / "repo")
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for name in COMMANDS:
        (binaries / name).symlink_to(shutil.which(name))

    def install(tools: dict[str, str], python: str | None = None) -> subprocess.CompletedProcess:
        for name, version in tools.items():
            (binaries / name).write_text(f"#!/bin/sh\necho {name}, version {version}\n")
            (binaries / name).chmod(0o755)
        if python:
            (binaries / "python3").write_text(f"#!/bin/sh\necho Python {python}; exit 1\n")
            (binaries / "python3").chmod(0o755)
        return subprocess.run(
            [str(script)], env={"PATH": str(binaries)}, capture_output=True, text=True, check=False
        )

    return install


def test_a_missing_and_an_old_tool_are_named_with_the_conda_command(install):
    done = install({**GOOD, "samtools": "1.9"} | {"kallisto": "0.44.0"})
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "setup: error: needs samtools kallisto on PATH; install them with:"
        " conda install -c conda-forge -c bioconda samtools kallisto"
    ]


def test_the_least_versions_are_enough(install):
    least = {
        "bowtie2": "2.4.0",
        "samtools": "1.13",
        "kallisto": "0.46.0",
        "bedtools": "2.29.0",
        "macs2": "2.2.7",
    }
    done = install(least)
    assert "needs Python 3.11 or 3.12" in done.stderr  # the next thing that is missing


def test_a_python_that_is_too_old_or_too_new_is_refused(install):
    done = install(GOOD, python="3.14.0")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "needs Python 3.11 or 3.12" in done.stderr
