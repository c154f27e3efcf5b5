"""Copies of the workflow, in which tests run it and leave the repository alone."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "rules", "envs", "profiles", "resources", "workflow_scripts")


def copy_workflow(folder: Path) -> None:
    """Copy everything that Snakemake needs into a folder."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / part, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy2(source, folder / part)


def error_lines(output: str) -> set[str]:
    """The error lines of a run, each once: the text after `error: ` and the time of a log line.

    The summary at the end of a run, which names the jobs, is left out.
    """
    return set(re.findall(r"^(?:\d\d:\d\d:\d\d )?error: (.+)$", output, re.M))


def error_line(output: str) -> str:
    """The one error line of a run's output, which has no traceback."""
    assert "Traceback" not in output, output[-4000:]
    (line, *others) = error_lines(output) or {""}
    assert line and not others, output[-4000:]
    return line
