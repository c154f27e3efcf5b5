"""A copy of the workflow in a folder of its own, and small runs in it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "rules", "envs", "profiles", "resources", "workflow_scripts")

# What DeepChrome needs of the demo's first cell type
MARKS = ("input", "H3K4me3", "H3K4me1", "H3K36me3", "H3K27me3", "H3K9me3", "rna_1", "rna_2")
# The demo's own world, organism and network, only less of each
SMALL = {
    "name": "small",
    "seed": 3,
    "papers": ["deepchrome"],
    "checkpoint_seconds": 0,
    "samples": "samples.tsv",
    "runs": "runs.tsv",
    "assemblies": {"world": {"fasta": "{world}/genome.fa.gz", "gtf": "{world}/genes.gtf.gz"}},
    "demo": {
        "chromosomes": {"chr1": 400_000, "chr2": 300_000},
        "cells": ["Alpha"],
        "genes": 80,
        "enhancers": 30,
        "chip_reads": 10_000,
        "rna_fragments": 10_000,
    },
    "deepchrome": {
        "seeds": [1],
        "training": {"epochs": 3},
        "bootstrap": 20,
        "class_maps": {"starts": 2, "steps": 20},
    },
}


class Workflow:
    """Runs Snakemake on a copy of the workflow; what it makes stays in the copy's folder."""

    base = SMALL

    def __init__(self, folder: Path, config: str = "small.yaml") -> None:
        self.folder, self.config = folder, config
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / part, ignore=ignore, dirs_exist_ok=True)
            else:
                shutil.copy2(source, folder / part)
        self.take_samples(*MARKS)
        self.configure()

    def take_samples(self, *names: str) -> None:
        """Write the sheets of some of the demo's samples of cell type Alpha."""
        wanted = {f"Alpha_{name}" for name in names}
        for sheet in ("samples", "runs"):
            lines = (ROOT / f"resources/sheets/demo.{sheet}.tsv").read_text().splitlines(True)
            chosen = [line for line in lines[1:] if line.split("\t")[0] in wanted]
            assert len(chosen) == len(wanted)
            (self.folder / f"{sheet}.tsv").write_text("".join([lines[0], *chosen]))

    def configure(self, **changes) -> None:
        """Write the small config, with some top-level keys replaced."""
        (self.folder / "small.yaml").write_text(yaml.safe_dump({**SMALL, **changes}))

    def command(self, *args: str) -> list[str]:
        chosen = ["--configfile", self.config] if self.config else []
        return [sys.executable, "-m", "snakemake", *chosen, "--cores", "1",
                "--resources", "gpu=0", "--", *args]  # fmt: skip

    def run(self, *args: str, ok: bool = True, options: tuple[str, ...] = ()) -> str:
        """Run to the end; return what it said."""
        command = self.command(*args)
        command[3:3] = options
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=4500
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) is ok, output[-6000:]
        return output

    def jobs(self, *args: str) -> dict[str, int]:
        """Jobs that a dry run plans, by rule; empty when nothing is to be done."""
        output = self.run(*args, options=("--dry-run",))
        table = re.search(r"^job +count\n-.*\n((?:\w+ +\d+\n)+)", output, re.M)
        rows = [line.split() for line in table[1].splitlines()] if table else []
        return {rule: int(count) for rule, count in rows if rule not in ("total", "all")}

    def jobs_after_editing(self, file: str) -> set[str]:
        """Rules that a dry run plans while a file below workflow_scripts/ is edited."""
        path = self.folder / "workflow_scripts" / file
        text = path.read_text()
        path.write_text(text + "\n# edited\n")
        try:
            return set(self.jobs())
        finally:
            path.write_text(text)

    def kill_when(self, ready: Callable[[], bool], *args: str, limit: float = 300) -> None:
        """Start a run and kill it with all its jobs, unasked and at once, when `ready` says so."""
        with (self.folder / "killed.log").open("w") as log:
            process = subprocess.Popen(
                self.command(*args), cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
            end = time.monotonic() + limit
            while not ready():
                assert process.poll() is None, (self.folder / "killed.log").read_text()[-3000:]
                assert time.monotonic() < end, "the moment to kill never came"
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.run(options=("--unlock",))

    def path(self, name: str) -> Path:
        return self.folder / "results" / "small" / name


@pytest.fixture(scope="session")
def make_workflow(tmp_path_factory):
    """Make a fresh copy of the workflow, for the small config or another."""
    return lambda *config: Workflow(tmp_path_factory.mktemp("workflow"), *config)


@pytest.fixture(scope="session")
def finished(make_workflow):
    """A copy in which the small run was made once; tests leave it finished."""
    workflow = make_workflow()
    workflow.said = workflow.run()
    return workflow
