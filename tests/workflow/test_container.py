"""Rules in a container: how Snakemake calls Apptainer, which a script stands in for."""

import os
import sys
from pathlib import Path

import pytest

# Notes how it was called, and runs the command here instead of in the image; folders that would be
# bound for Python to search are searched where they are.
APPTAINER = """\
#!/bin/bash
[ "$1" = --version ] && { echo apptainer version 1.3.4; exit; }
echo "$@" >>"$(dirname "$0")/calls"
while [ "$1" != -c ]; do
    [[ $1 = --bind && $2 = *:/mnt/snakemake* ]] && PYTHONPATH=$PYTHONPATH:${2%%:*}
    shift
done
export PYTHONPATH=${PYTHONPATH#:}
exec bash -c "$2"
"""
TARGET = "results/small/config.yaml"


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Where the stand-in notes its calls."""
    (tmp_path / "apptainer").write_text(APPTAINER)
    (tmp_path / "apptainer").chmod(0o755)
    python = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{tmp_path}:{python}:{os.environ['PATH']}")
    return tmp_path / "calls"


def test_rules_run_in_the_image_of_the_config_with_the_option_alone(make_workflow, calls):
    workflow = make_workflow()
    (workflow.folder / "image.sif").write_text("")
    workflow.configure(container="image.sif")
    workflow.run(TARGET)
    assert not calls.exists()
    workflow.path("config.yaml").unlink()
    workflow.run(TARGET, options=("--sdm", "apptainer"))
    (call,) = calls.read_text().splitlines()
    assert call.split()[0] == "exec" and " image.sif bash -c " in call
    assert "container: image.sif" in workflow.path("config.yaml").read_text()


def test_without_an_image_in_the_config_rules_run_outside(make_workflow, calls):
    make_workflow().run(TARGET, options=("--sdm", "apptainer"))
    assert not calls.exists()
