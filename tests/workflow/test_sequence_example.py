"""The docs' example of sequence models: a bundle gives the run's predictions for its windows."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import cooler
import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

PAGE = Path(__file__).parents[2] / "docs" / "apply.md"
BUNDLE = "results/demo-sequence/bundles/enhancement-sequence_akita"


@pytest.fixture(scope="module")
def example(make_workflow):
    """A copy of the workflow in which the commands of the page have been run as printed."""
    workflow = make_workflow()
    section = PAGE.read_text().split("## Enhancement: sequence models")[1]
    command = re.search(r"^```bash\n(.*?)^```", section, re.M | re.S)[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=workflow.folder, capture_output=True,
        text=True, env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return workflow


@pytest.mark.slow
def test_the_example_of_the_page_gives_the_run_s_predictions_byte_for_byte(example):
    run, applied = (
        example.folder / f"results/{name}" for name in ("demo-sequence", "demo-sequence-apply")
    )
    windows = pd.read_csv(run / "enhancement/data/windows.tsv", sep="\t")
    row = windows[(windows.kind == "sequence") & (windows.chrom == "chr3") & (windows.start == 0)]
    assert row.split.tolist() == ["test"]
    maps = []
    for seed in (1, 2):
        with h5py.File(run / f"enhancement/predictions/sequence_akita.seed{seed}.h5") as made:
            at = np.flatnonzero(made["index"][:] == row["index"].iloc[0])[0]
            maps.append(made["prediction"][at])
    each = np.exp(np.stack(maps).astype("float64"))
    trained = np.triu_indices(32, 2)
    region = "chr3:20000-180000"  # of the window 0-200k without the crop of 4 bins
    out = applied / "apply/held_out"
    for uri in (out / "predicted.cool", f"{out / 'predicted.mcool'}::/resolutions/5000"):
        clr = cooler.Cooler(str(uri))
        for column, wanted in (("count", each.mean(0)), ("sd", each.std(0))):
            found = clr.matrix(balance=False, field=column).fetch(region)
            np.testing.assert_array_equal(found[trained], wanted[trained])
    text = pd.read_csv(out / "predicted.tsv.gz", sep="\t", dtype=str)
    own = text[text.start2.astype(int) < 180_000]
    for seed, values in enumerate(each, start=1):
        assert own[f"seed{seed}"].tolist() == [f"{x:.6g}" for x in values[trained]]
    assert {"predicted.png", "predicted.pdf", "regions.tsv"} <= {p.name for p in out.iterdir()}


@pytest.mark.slow
def test_sequences_of_a_fasta_are_predicted_and_mistakes_are_refused_before_any_job(example):
    with gzip.open(example.folder / "results/demo-sequence/world/genome.fa.gz", "rt") as handle:
        chromosomes = dict(part.split("\n", 1) for part in handle.read().split(">")[1:])
    bases = chromosomes["chr3"]
    dna = bases.replace("\n", "")[:200_000]
    (example.folder / "alleles.fa").write_text(
        f">reference some text\n{dna.lower()}\n>short\nACGT\n"
    )
    entry = {"bundle": BUNDLE, "fasta": "alleles.fa"}

    def configure(**changes):
        config = {"name": "alleles", "papers": [], "apply": {"x": entry | changes}}
        (example.folder / "small.yaml").write_text(yaml.safe_dump(config))

    configure()
    example.run("results/alleles/apply/x/predicted.mcool")
    found, genome = (
        pd.read_csv(example.folder / f"results/{name}/predicted.tsv.gz", sep="\t", dtype=str)
        for name in ("alleles/apply/x", "demo-sequence-apply/apply/held_out")
    )
    assert set(found.chrom) == {"reference"}
    same = genome[genome.start2.astype(int) < 180_000]
    assert (found["mean"].to_numpy() == same["mean"].to_numpy()).all()
    configure(regions=["short"])
    assert "apply.x.regions: 'short' has 0 whole bins" in example.early_refusal()
    configure(assembly="world")
    assert "apply.x.fasta: set with assembly" in example.early_refusal()
