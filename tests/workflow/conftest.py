"""A copy of the workflow in a folder of its own, and small runs in it."""

import copy
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from snakemake_server import SnakemakeServer
from workflow_copy import ROOT, copy_workflow, error_line

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
    """Runs Snakemake on a copy of the workflow; all results stay in the copy's folder."""

    base = SMALL

    def __init__(self, folder: Path, server: SnakemakeServer, config: str = "small.yaml") -> None:
        self.folder, self.server, self.config = folder, server, config
        copy_workflow(folder)
        self.take_samples(*MARKS)
        self.configure()

    def clone(self, folder: Path) -> "Workflow":
        """A copy of this one with its results and Snakemake's records: nothing is to be redone."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        clone = copy.copy(self)
        clone.folder = folder
        return clone

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

    def arguments(self, *targets: str, options: tuple[str, ...] = ()) -> list[str]:
        """Snakemake's arguments for a run of this config on one CPU core."""
        config = ["--configfile", self.config] if self.config else []
        return [*options, *config, "--cores", "1", "--resources", "gpu=0", "--", *targets]

    def run(self, *targets: str, ok: bool = True, options: tuple[str, ...] = ()) -> str:
        """Run to the end; return the output."""
        arguments = self.arguments(*targets, options=options)
        status, output = self.server.run(arguments, self.folder)
        assert (status == 0) is ok, output[-6000:]
        return output

    def start(self, *targets: str, log: Path, **options) -> subprocess.Popen:
        """Start a run from the command line; its output goes to a log file."""
        command = [sys.executable, "-m", "snakemake", *self.arguments(*targets)]
        with log.open("w") as output:
            return subprocess.Popen(
                command, cwd=self.folder, stdout=output, stderr=output, **options
            )

    def refusal(self, *targets: str) -> str:
        """The error line of a run that fails."""
        return error_line(self.run(*targets, ok=False))

    def early_refusal(self) -> str:
        """The error line of a run that fails before it has planned any job."""
        output = self.run(ok=False)
        assert "Job stats" not in output
        return error_line(output)

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

    def kill_when(self, ready: Callable[[], bool], *targets: str, limit: float = 300) -> None:
        """Start a run, and when `ready` is true kill it with all its jobs, without warning."""
        log = self.folder / "killed.log"
        process = self.start(*targets, log=log, start_new_session=True)
        end = time.monotonic() + limit
        while not ready():
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < end, "no moment to kill the run"
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.run(options=("--unlock",))

    def path(self, name: str) -> Path:
        return self.folder / "results" / "small" / name

    def weights(self, file: str) -> bytes:
        """The weights in a .keras file, whose other members carry the time."""
        with zipfile.ZipFile(self.folder / file) as archive:
            return archive.read("model.weights.h5")


@pytest.fixture(scope="session")
def snakemake_server():
    server = SnakemakeServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def make_workflow(tmp_path_factory, snakemake_server):
    """Make a fresh copy of the workflow, for the small config or another."""
    return lambda *config: Workflow(tmp_path_factory.mktemp("workflow"), snakemake_server, *config)


@pytest.fixture(scope="session")
def demo_results(make_workflow, snakemake_server):
    """Give the results folder of a demo: `demo_results(name, *config)`.

    It is that of a finished run where CHROMALOOM_DEMO_RESULTS names the folder `results` of a
    checkout, and there is nothing to be done in it; else the demo is run in a copy.
    """

    def results(name: str, config: str = "") -> Path:
        if named := os.environ.get("CHROMALOOM_DEMO_RESULTS"):
            folder = Path(named).resolve()
            options = ["--configfile", config] if config else []
            arguments = [*options, "--cores", "1", "--resources", "gpu=0", "--dry-run", "--"]
            status, output = snakemake_server.run(arguments, folder.parent)
            assert status == 0, output[-4000:]
            assert "Nothing to be done" in output, f"not up to date: {output[-4000:]}"
            return folder / name
        workflow = make_workflow(config)
        output = workflow.run()
        assert f"Done. The report: results/{name}/report.html" in output
        return workflow.folder / "results" / name

    return results


@pytest.fixture
def clone(finished, tmp_path):
    """A copy of the finished small run, for a test that changes it."""
    return finished.clone(tmp_path / "clone")


@pytest.fixture(scope="session")
def finished(make_workflow):
    """A copy in which the small run is finished; tests leave it finished."""
    workflow = make_workflow()
    workflow.output = workflow.run()
    return workflow
