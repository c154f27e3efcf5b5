"""The papers' full runs are planned without network and without data."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

PINNED = Path(__file__).with_name("paper.jobs.tsv")
# any use of the network fails at once
OFFLINE = """
import socket

def refuse(*args, **kwargs):
    raise AssertionError("the network was used")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
"""


@pytest.fixture(scope="module")
def planned(root, tmp_path_factory):
    """Jobs by rule that a dry run of a config plans, in a folder that has nothing."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "sitecustomize.py").write_text(OFFLINE)

    def plan(config):
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"),
             "--configfile", str(root / "resources" / "configs" / config), "--cores", "1",
             "--dry-run", "--quiet", "rules", "host", "reason", "--"],
            cwd=folder, capture_output=True, text=True, check=False, timeout=3000,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "HOME": str(folder)},
        )  # fmt: skip
        output = done.stdout + done.stderr
        assert done.returncode == 0, output[-4000:]
        table = re.search(r"^job +count\n-.*\n((?:\w+ +\d+\n)+)", output, re.M)
        rows = [line.split() for line in table[1].splitlines()]
        return {rule: int(count) for rule, count in rows}

    return plan


@pytest.mark.parametrize("config", ["paper.yaml", "paper-mesc.yaml"])
def test_the_published_run_is_planned_as_pinned(planned, config):
    """A rule's jobs that changed on purpose are changed in paper.jobs.tsv, too."""
    pinned = pd.read_csv(PINNED, sep="\t", index_col="rule")[config].dropna().astype(int).to_dict()
    found = planned(config)
    differing = {
        rule: f"pinned {pinned.get(rule, 0)}, planned {found.get(rule, 0)}"
        for rule in sorted({*pinned, *found})
        if pinned.get(rule, 0) != found.get(rule, 0)
    }
    assert not differing, differing


def test_the_plan_has_the_papers_numbers():
    """56 cell types, five marks, 62 folds' files: what the pins must say whatever else changes."""
    jobs = pd.read_csv(PINNED, sep="\t", index_col="rule")["paper.yaml"]
    assert jobs["count_tss_bins"] == 56 * 5
    assert jobs["fit_deepchrome_svm"] == jobs["tune_deepchrome"] == 56
    assert jobs["import_loops"] == 3
    assert jobs["import_map"] == 2
    assert jobs["assign_deepexpression_folds"] == 6
    assert jobs.drop("total").sum() == jobs["total"]
