"""The files and commands of the page on own data are run as printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "own-data.md"
FACTORS = ("H3K36me3", "H3K4me3", "CTCF")
# the demo's world, smaller, with the chromosomes that the page names
WORLD = {
    "chromosomes": {"chr1": 600_000, "chr4": 450_000, "chr5": 450_000},
    "cells": ["Alpha"],
    "genes": 120,
    "enhancers": 40,
    "chip_reads": 20_000,
    "rna_fragments": 10_000,
    "hic": {"pairs": 60_000},
}


@pytest.fixture(scope="module")
def page(make_workflow):
    """A folder in which the files of the page are written, beside a small demo."""
    workflow = make_workflow()
    workflow.take_samples(
        "input", "H3K4me3", "H3K4me1", "H3K36me3", "H3K27me3", "H3K9me3", "rna_1", "rna_2",
        "hic", "CTCF",
    )  # fmt: skip
    workflow.configure(papers=[], demo=WORLD, contacts={"resolutions": [10_000]})
    peaks = [f"results/small/tracks/peaks/Alpha_{factor}.bed" for factor in FACTORS]
    workflow.run("results/small/contacts/Alpha_hic.mcool", *peaks, "all")
    for name, text in re.findall(
        r"^```(?:tsv|yaml) (\S+)\n(.*?)^```", PAGE.read_text(), re.M | re.S
    ):
        (workflow.folder / name).write_text(text)
    return workflow.folder


def commands(wanted: str) -> str:
    """The shell commands of the page up to the one that has `wanted`, and no earlier run."""
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    last = next(n for n, block in enumerate(blocks) if wanted in block)
    runs = [line for block in blocks[:last] for line in block.splitlines()]
    kept = [line for line in runs if not line.startswith("snakemake")]
    return "\n".join([*kept, blocks[last]])


def follow(folder: Path, wanted: str) -> None:
    """Type what the page says, with the small demo in the place of the whole."""
    script = commands(wanted).replace("demo=results/demo", "demo=results/small")
    script = script.replace("--cores 2", "--cores 1 --resources gpu=0")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PATH": path}, check=False, timeout=1500,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_from_fastq_to_a_prediction(page):
    follow(page, "--configfile my.yaml")
    found = pd.read_csv(
        page / "results/liver/deepchrome/predictions/liver.deepchrome.tsv.gz", sep="\t"
    )
    assert found.score.between(0, 1).all() and len(found) > 150  # genes times two seeds
    mapping = pd.read_csv(page / "results/liver/align/mapping.tsv", sep="\t")
    assert len(mapping) == 6 and (mapping.mapping_rate > 0.9).all()
    assert (page / "results/liver/report.html").exists()


def test_from_bam_the_marks_are_the_same(page):
    follow(page, "my-bam.yaml")
    # the demo's alignments are those of its reads: the input of the network is the same
    made = [
        (page / f"results/{name}/deepchrome/data/liver.npz").read_bytes()
        for name in ("liver", "liver-bam")
    ]
    assert made[0] == made[1]


def test_from_a_map_and_peaks_to_a_predicted_map(page):
    follow(page, "--configfile my-map.yaml")
    results = page / "results/liver-map/conformation"
    metrics = pd.read_csv(results / "metrics.tsv", sep="\t")
    assert {"forward", "ridge", "mean"} <= set(metrics.model)
    assert (results / "edits/without_ctcf.tsv.gz").exists()
    assert (results / "figures/fig2a.svg").exists()
