"""Runs of the workflow with --use-conda, from an environment with Snakemake alone."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml
from workflow_copy import ROOT, copy_workflow

HERE = Path(__file__).parent
# what a run takes from the system: no Python, and no tool of an environment
COMMANDS = ("bash", "sh", "env", "cat", "rm", "mkdir", "dirname", "basename", "readlink", "uname",
            "sed", "grep", "gzip", "sort", "ls", "perl")  # fmt: skip
# README's snakemake environment
SNAKEMAKE = ["python =3.11", "snakemake-minimal =9.27.1", "pandas <3", "pip"]
ENVS = sorted(path.name for path in (ROOT / "envs").glob("*.yaml"))
# of tools that Debian has not
NOT_HERE = {"sra.yaml"}

# The shared stages on a very small world: aligned reads, transcripts, pairs, loops, the report
READS = {
    "name": "reads",
    "seed": 1,
    "papers": [],
    "samples": "reads.samples.tsv",
    "runs": "reads.runs.tsv",
    "assemblies": {"world": {"fasta": "{world}/genome.fa.gz", "gtf": "{world}/genes.gtf.gz"}},
    "demo": {
        "chromosomes": {"chr1": 200_000, "chr2": 100_000},
        "cells": ["Alpha"],
        "genes": 30,
        "enhancers": 10,
        "chip_reads": 3000,
        "rna_fragments": 3000,
    },
    "contacts": {"resolutions": [10_000]},
    "loops": {"resolution": 5000},
}
READ_SAMPLES = """\
sample	cell	assay	target	assembly
Alpha_H3K4me3	Alpha	ChIP-seq	H3K4me3	world
Alpha_rna_1	Alpha	RNA-seq		world
Alpha_map	Alpha	Hi-C		world
Alpha_loops	Alpha	HiChIP	H3K27ac	world
"""
READ_RUNS = """\
run	sample	kind	file	file2
chip	Alpha_H3K4me3	fastq	{world}/fastq/Alpha_H3K4me3.fastq.gz
rna	Alpha_rna_1	fastq	{world}/fastq/Alpha_rna_1_1.fastq.gz	{world}/fastq/Alpha_rna_1_2.fastq.gz
map	Alpha_map	pairs	map.pairs
loops	Alpha_loops	loops	loops.csv
"""
# DeepChrome on a table of marks that is a dataset to be fetched
LEARN = {
    "name": "learn",
    "seed": 1,
    "papers": ["deepchrome"],
    "samples": "learn.samples.tsv",
    "runs": "learn.runs.tsv",
    "datasets": "learn.datasets.tsv",
    "tss_bins": {"n_bins": 40},
    "deepchrome": {
        "split": "given",
        "seeds": [1],
        "shuffled_controls": 0,
        "training": {"epochs": 2},
    },
}


def conda_specs(env: Path) -> list[str]:
    """What an env file asks of conda."""
    return [d for d in yaml.safe_load(env.read_text())["dependencies"] if isinstance(d, str)]


class CondaWorkflow:
    """A copy of the workflow, run with --use-conda from an environment with Snakemake alone."""

    def __init__(self, folder: Path, channel) -> None:
        self.folder, self.prefix, self.envs = folder, folder / "snakemake", folder / "envs-made"
        commands = folder / "commands"
        commands.mkdir()
        for name in COMMANDS:
            (commands / name).symlink_to(shutil.which(name))
        self.env = {
            "PATH": f"{HERE}/shim/bin:{self.prefix}/bin:{commands}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "CONDA_STAND_IN_PYTHON": sys.executable,
            "CONDA_CHANNEL_ALIAS": f"file://{channel.folder}/",
            "CONDA_PKGS_DIRS": str(folder / "packages"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(channel.wheels),
        }
        self.work = folder / "work"
        self.work.mkdir()
        copy_workflow(self.work)
        self._write_inputs()
        self._make_snakemake()

    def _write_inputs(self) -> None:
        rng = np.random.default_rng(6)
        (self.work / "reads.yaml").write_text(yaml.safe_dump(READS))
        (self.work / "reads.samples.tsv").write_text(READ_SAMPLES)
        (self.work / "reads.runs.tsv").write_text(READ_RUNS)
        with (self.work / "map.pairs").open("w") as pairs:
            pairs.write(
                "## pairs format v1.0\n#columns: readID chr1 pos1 chr2 pos2 strand1 strand2\n"
            )
            for number, start in enumerate(rng.integers(1, 190_000, 3000)):
                end = min(start + int(rng.exponential(20_000)), 199_999)
                pairs.write(f"r{number}\tchr1\t{start}\tchr1\t{end}\t+\t-\n")
        (self.work / "loops.csv").write_text(
            "chromosome1,start1,end1,chromosome2,start2,end2,PET Count,Bayes mixture 1\n"
            "chr1,5000,10000,chr1,20000,25000,7,0.97\n"
        )
        (self.work / "learn.yaml").write_text(yaml.safe_dump(LEARN))
        (self.work / "learn.samples.tsv").write_text("sample\tcell\tassay\nmarks\tA\tmarks\n")
        runs, files = ["run\tsample\tkind\tfile\tpart"], ["dataset\turl"]
        for part in ("train", "valid", "test"):
            runs.append(f"{part}\tmarks\tmarks_csv\tdataset:{part}\t{part}")
            files.append(f"{part}\t{self.folder}/{part}.csv")
            with (self.folder / f"{part}.csv").open("w") as table:
                for gene in range(60):
                    for place, marks in enumerate(rng.poisson(2 + gene % 2, (40, 5)), 1):
                        row = [f"{part}{gene}", place, *marks, gene % 2]
                        table.write(",".join(map(str, row)) + "\n")
        (self.work / "learn.runs.tsv").write_text("\n".join(runs) + "\n")
        (self.work / "learn.datasets.tsv").write_text("\n".join(files) + "\n")

    def _make_snakemake(self) -> None:
        from rattler import install

        records = self.solve(SNAKEMAKE)
        cache = self.env["CONDA_PKGS_DIRS"]
        asyncio.run(install(records, self.prefix, cache_dir=cache, show_progress=False))

    def solve(self, specs: list[str], cuda: str | None = None) -> list:
        """Packages for some specs, on a machine with a driver for this CUDA, or none."""
        from rattler import BuildString, GenericVirtualPackage, PackageName, Version
        from stand_in import solved

        found = [("__linux", "6.1"), ("__glibc", "2.36"), *([("__cuda", cuda)] if cuda else [])]
        machine = [
            GenericVirtualPackage(PackageName(n), Version(v), BuildString("0")) for n, v in found
        ]
        alias = self.env["CONDA_CHANNEL_ALIAS"]
        return solved(specs, ["conda-forge", "bioconda", "nodefaults"], alias, machine)

    def run(self, config: str, *targets: str, ok: bool = True) -> str:
        """Run Snakemake with --use-conda; return its output."""
        command = ["snakemake", "--configfile", config, "--cores", "2", "--use-conda",
                   "--conda-prefix", self.envs, "--resources", "gpu=0", "--", *targets]  # fmt: skip
        done = subprocess.run(
            [str(self.prefix / "bin/python"), "-m", *command],
            cwd=self.work, env=self.env, capture_output=True, text=True, check=False, timeout=1800,
        )  # fmt: skip
        output = done.stdout + done.stderr
        assert (done.returncode == 0) is ok, output[-6000:]
        return output

    def made(self) -> dict[str, Path]:
        """Environments made so far: env file by content, and its prefix."""
        contents = {(ROOT / "envs" / name).read_text(): name for name in ENVS}
        return {
            contents[path.read_text()]: path.with_suffix("")
            for path in self.envs.glob("*.yaml")
            if path.read_text() in contents
        }
