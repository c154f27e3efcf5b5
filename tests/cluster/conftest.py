"""A SLURM of our own, and a copy of the workflow whose runs go through it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from small_cluster import NoCluster, SmallCluster
from workflow_copy import copy_workflow

INSTALL = Path(__file__).with_name("install_slurm.sh")
# This site: no accounting, one disk. Everything else is the profile's.
SITE = ("--latency-wait", "5", "--slurm-init-seconds-before-status-checks", "2")

CONFIG = {
    "name": "small",
    "seed": 1,
    "papers": ["deepchrome"],
    "checkpoint_seconds": 0,
    "samples": "samples.tsv",
    "runs": "runs.tsv",
    "tss_bins": {"n_bins": 40},
    "deepchrome": {
        "cells": ["A", "B"],
        "split": "given",
        "seeds": [1],
        "shuffled_controls": 0,
        "training": {"epochs": 600, "patience": 0},
    },
}


@pytest.fixture(scope="session")
def cluster():
    """A running SLURM with partitions cpu and gpu; tests are skipped where there can be none."""
    try:
        install = subprocess.run(
            [INSTALL], capture_output=True, text=True, check=False, timeout=300
        )
    except subprocess.TimeoutExpired:
        pytest.skip("no SLURM here: apt-get took more than five minutes to install it")
    if install.returncode:
        pytest.skip(f"no SLURM here: {install.stderr.strip()}")
    cluster = SmallCluster()
    try:
        cluster.start()
        yield cluster
    except NoCluster as error:
        pytest.skip(f"no SLURM here: {error}")
    finally:
        cluster.stop()


class ClusterWorkflow:
    """Two cells' made-up marks in a copy of the workflow, run with profiles/slurm."""

    def __init__(self, folder: Path, cluster: SmallCluster) -> None:
        self.folder, self.cluster = folder, cluster
        copy_workflow(folder)
        (folder / "run.yaml").write_text(yaml.safe_dump(CONFIG))
        samples, runs = ["sample\tcell\tassay"], ["run\tsample\tkind\tfile\tpart"]
        rng = np.random.default_rng(4)
        for cell in "AB":
            samples.append(f"{cell}_marks\t{cell}\tmarks")
            for part in ("train", "valid", "test"):
                runs.append(f"{cell}_{part}\t{cell}_marks\tmarks_csv\t{cell}.{part}.csv\t{part}")
                with (folder / f"{cell}.{part}.csv").open("w") as table:
                    for gene in range(60):
                        for place, marks in enumerate(rng.poisson(2 + gene % 2, (40, 5)), 1):
                            row = [f"{part}{gene}", place, *marks, gene % 2]
                            table.write(",".join(map(str, row)) + "\n")
        (folder / "samples.tsv").write_text("\n".join(samples) + "\n")
        (folder / "runs.tsv").write_text("\n".join(runs) + "\n")

    def start(self, *targets: str, options: tuple[str, ...] = ()) -> subprocess.Popen:
        """Start a run; what it says goes to run.log."""
        profile = ["--workflow-profile", "profiles/slurm", *SITE, *options]
        command = [sys.executable, "-m", "snakemake", "--configfile", "run.yaml", *profile, "--"]
        with self.log.open("w") as log:
            return subprocess.Popen(
                [*command, *targets], cwd=self.folder, env=self.cluster.env, stdout=log, stderr=log,
                # not ignored, however the tests were started
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )  # fmt: skip

    def finish(self, process: subprocess.Popen, *, ok: bool = True, limit: float = 900) -> str:
        """Wait for a run's end and return its output."""
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            raise
        output = self.log.read_text()
        assert (process.returncode == 0) is ok, output[-6000:]
        return output

    def wait(self, process: subprocess.Popen, ready: Callable, limit: float = 900):
        """Wait until something is true of the run, which goes on meanwhile; return it."""
        end = time.monotonic() + limit
        while not (found := ready()):
            assert process.poll() is None, self.log.read_text()[-6000:]
            assert time.monotonic() < end, f"limit exceeded: {self.log.read_text()[-6000:]}"
            time.sleep(0.2)
        return found

    def running(self, rule: str, after: int = 0) -> str:
        """Number of a running job of a rule among those after the first so many, or nothing."""
        jobs = self.cluster.jobs()[after:]
        found = [j["JobId"] for j in jobs if (j["rule"], j["JobState"]) == (rule, "RUNNING")]
        return found[0] if found else ""

    @property
    def log(self) -> Path:
        return self.folder / "run.log"

    def path(self, name: str) -> Path:
        return self.folder / "results" / "small" / name


@pytest.fixture(scope="session")
def workflow(tmp_path_factory, cluster):
    """A copy of the workflow for runs through the cluster."""
    folder = tmp_path_factory.mktemp("cluster")
    folder.chmod(0o755)
    return ClusterWorkflow(folder, cluster)
