"""What `match_depth` buys: DeepChrome on a cell that is sequenced at a tenth of the depth.

It is not run by pytest, but by hand, about ten minutes on two cores:

    python -m tests.benchmarks.bench_match_depth [--cores 2] [--keep 0.1] [--thinnings 3]

A run trains DeepChrome on cell Alpha of the demo's world. Its bundle predicts cell Beta from all
reads, and from random fractions of the reads of each mark, with and without match_depth; logistic
regression, fitted to the same training genes, gets the same inputs. Scores are of the genes that
Alpha's training held out, labels of Beta's simulated expression. Results are in
results/match-depth*.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from sklearn.metrics import roc_auc_score

from workflow_scripts.deepchrome.baselines.fit_logistic import fit_best
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.data.stack_marks import stack_signal

MARKS = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]
TRAINED, APPLIED = Path("results/match-depth"), Path("results/match-depth-applied")
BUNDLE = TRAINED / "bundles/deepchrome-Alpha-deepchrome"
INPUTS = {False: "as counted", True: "match_depth"}


def run(config: dict, cores: int, *targets: str) -> None:
    """Run the workflow with a config, which is written to results/<name>.yaml."""
    path = Path("results", f"{config['name']}.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    command = ["--cores", str(cores), "--resources", "gpu=0", "download=4", "--configfile"]
    subprocess.run(
        [sys.executable, "-m", "snakemake", *command, str(path), "--", *targets], check=True
    )


def train(cores: int) -> None:
    """Train on Alpha, and align the reads of Beta."""
    demo = yaml.safe_load(Path("config.yaml").read_text())
    kept = ("seed", "samples", "runs", "assemblies", "demo", "align", "quantify", "tss_bins")
    deepchrome = {
        "cells": ["Alpha"], "seeds": [1, 2, 3], "training": {"patience": 10},
        "baselines": {"models": ["logistic"]}, "class_maps": {"starts": 1, "steps": 1},
    }  # fmt: skip
    config = {key: demo[key] for key in kept} | {"name": TRAINED.name, "papers": ["deepchrome"]}
    run(config | {"deepchrome": deepchrome}, cores,
        "bundles", *(f"{TRAINED}/align/Beta_{mark}.bam" for mark in MARKS))  # fmt: skip


def apply(cells: dict[str, float | None], cores: int) -> None:
    """Run the bundle on Beta: all reads (None), or a fraction, `seed.fraction` of samtools view."""
    reads, samples, runs = APPLIED / "reads", [], []
    reads.mkdir(parents=True, exist_ok=True)
    for cell, fraction in cells.items():
        for number, mark in enumerate(MARKS):
            bam = TRAINED / f"align/Beta_{mark}.bam"
            if fraction is not None:
                thinned = reads / f"{cell}_{mark}.bam"
                # another seed for each mark
                chosen = f"{fraction + 100 * number:.6g}"
                subprocess.run(
                    ["samtools", "view", "-b", "-s", chosen, "-o", thinned, bam], check=True
                )
                bam = thinned
            sample = f"{cell}_{mark}"
            samples.append((sample, cell, "ChIP-seq", mark, "world"))
            runs.append((sample, sample, "bam", str(bam), ""))
    tables = {
        "samples": pd.DataFrame(samples, columns=["sample", "cell", "assay", "target", "assembly"]),
        "runs": pd.DataFrame(runs, columns=["run", "sample", "kind", "file", "file2"]),
    }
    for name, table in tables.items():
        table.to_csv(APPLIED / f"{name}.tsv", sep="\t", index=False)
    entries = {
        entry_name(cell, matched): {"bundle": str(BUNDLE), "cell": cell, "match_depth": matched}
        for cell in cells
        for matched in INPUTS
    }
    world = {"fasta": f"{TRAINED}/world/genome.fa.gz", "gtf": f"{TRAINED}/world/genes.gtf.gz"}
    run({"name": APPLIED.name, "papers": [], "assemblies": {"world": world}, "apply": entries,
         **{name: f"{APPLIED}/{name}.tsv" for name in tables}}, cores)  # fmt: skip


def entry_name(cell: str, matched: bool) -> str:
    """Name of an entry of `apply`."""
    return f"{cell}_matched" if matched else cell


def scores(cells: list[str]) -> Iterator[dict]:
    """A row per cell, input and model: AUC, and the share of genes with a probability over 0.5."""
    data = Marks.load(TRAINED / "deepchrome/data/Alpha.npz")
    flat = data.values.reshape(len(data.values), -1)
    logistic = fit_best(flat, data.label, data.split == "train", data.split == "valid")
    truth = pd.read_csv(TRAINED / "world/truth/expression.tsv", sep="\t")
    level = truth[truth.cell == "Beta"].set_index("gene").log2_level
    held_out = data.gene_id[data.split == "test"]
    label = (level > level.median()).reindex(held_out)
    for cell in cells:
        files = [f"{APPLIED}/signal/{cell}_{mark}.tss.npz" for mark in data.marks]
        counts = stack_signal(files, list(data.marks), cell)
        for matched, name in INPUTS.items():
            folder = APPLIED / "apply" / entry_name(cell, matched)
            genes = pd.read_csv(folder / "genes.tsv.gz", sep="\t", index_col="gene_id")
            scale = pd.read_csv(folder / "marks.tsv", sep="\t").set_index("mark")["scale"]
            scaled = counts.values * scale[counts.marks].to_numpy(dtype="float32")
            linear = logistic.predict_proba(scaled.reshape(len(scaled), -1))[:, 1]
            found = {column: genes[column] for column in genes if column.startswith("seed")}
            found |= {"ensemble": genes["mean"], "logistic": pd.Series(linear, counts.gene_id)}
            for model, score in found.items():
                score = score.reindex(held_out)
                yield {
                    "cell": cell, "input": name,
                    "model": "network" if model.startswith("seed") else model,
                    "roc_auc": roc_auc_score(label, score), "over_0.5": (score > 0.5).mean(),
                    "genes": len(score),
                }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--keep", type=float, default=0.1, help="fraction of the reads")
    parser.add_argument("--thinnings", type=int, default=3)
    given = parser.parse_args()
    cells: dict[str, float | None] = {"full": None}
    cells |= {f"part{seed}": seed + given.keep for seed in range(1, given.thinnings + 1)}
    train(given.cores)
    apply(cells, given.cores)
    table = pd.DataFrame(scores(list(cells)))
    table["depth"] = np.where(table.cell == "full", "full", f"{given.keep:g}")
    grouped = table.groupby(["model", "depth", "input"])[["roc_auc", "over_0.5"]]
    shown = grouped.agg(["mean", lambda x: x.std(ddof=0), "size"]).round(3)
    print(f"{table.genes.iloc[0]} held-out genes")
    print(shown.rename(columns={"<lambda_0>": "sd"}).to_string())


if __name__ == "__main__":
    main()
