"""Trained models as bundles, and bundles on data: `bundles` and the config section `apply`."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pytest
import yaml

pytestmark = pytest.mark.xdist_group("small run")

PAGE = Path(__file__).parents[2] / "docs" / "apply.md"
BUNDLE = "results/small/bundles/deepchrome-Alpha-deepchrome"
LIMIT = 240  # seconds; an example takes less than half of it, also on one busy core
AGAIN = "results/small/apply/again/genes.tsv.gz"


@pytest.fixture(scope="module")
def bundled(finished, tmp_path_factory):
    """A copy of the small run with its bundle; its config has nothing but `apply`."""
    copy = finished.clone(tmp_path_factory.mktemp("bundled"))
    copy.run("bundles")
    apply_alone(copy, bundle=BUNDLE, cell="Alpha")
    return copy


def apply_alone(workflow, **settings):
    """A run without papers, RNA and training."""
    kept = {key: value for key, value in workflow.base.items() if key != "deepchrome"}
    config = {**kept, "papers": [], "apply": {"again": settings}}
    (workflow.folder / "small.yaml").write_text(yaml.safe_dump(config))


def test_a_bundle_on_its_own_data_gives_the_run_s_predictions_byte_for_byte(bundled):
    bundled.run(AGAIN)
    as_text = {"sep": "\t", "dtype": str}
    applied = pd.read_csv(bundled.folder / AGAIN, **as_text).set_index("gene_id")
    run = pd.read_csv(bundled.path("deepchrome/predictions/Alpha.deepchrome.tsv.gz"), **as_text)
    assert len(run) > 50
    assert (applied.seed1.reindex(run.gene_id).to_numpy() == run.score.to_numpy()).all()
    # an ensemble of one: its mean is that one, and its spread 0
    assert (applied["mean"] == applied.seed1).all()
    assert (applied.sd == "0").all()
    marks = pd.read_csv(bundled.path("apply/again/marks.tsv"), sep="\t")
    assert list(marks.mark) == ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]
    assert (marks.unit == "reads").all()
    assert (marks["scale"] == 1).all()


def test_a_session_of_igv_opens_the_predicted_genes_in_the_genome_of_the_run(bundled):
    session = bundled.path("apply/again/igv_session.xml")
    bundled.run(str(session.relative_to(bundled.folder)))
    root = ElementTree.parse(session).getroot()
    paths = [resource.get("path") for resource in root.iter("Resource")]
    assert paths == ["../../world/genes.gtf.gz", "genes.bw", "genes.bed"]
    for path in [root.get("genome"), *paths]:
        assert (session.parent / path).is_file(), path
    genes = pd.read_csv(bundled.folder / AGAIN, sep="\t").set_index("gene_id")
    bed = pd.read_csv(session.parent / "genes.bed", sep="\t", header=None, index_col=3)
    assert (bed[4] == (1000 * genes["mean"][bed.index]).round()).all()
    assert len(bed) == len(genes)
    with pyBigWig.open(str(session.parent / "genes.bw")) as track:
        found = [track.values(c, t, t + 1)[0] for c, t in zip(genes.chrom, genes.tss, strict=True)]
    assert (pd.Series(found, genes.index) - genes["mean"]).min() > -1e-6


def test_a_bundle_holds_its_scores_beside_the_baselines(bundled):
    folder = bundled.folder / BUNDLE
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert sorted(before) == ["card.md", "model.yaml", "seed1.keras", "sha256sums"]
    facts = yaml.safe_load(before["model.yaml"])
    scores = {(row["model"], row["split"]) for row in facts["metrics"]}
    assert {("deepchrome", "test"), ("logistic", "test")} <= scores
    assert "| logistic |" in before["card.md"].decode()


def test_a_bundle_of_other_bins_is_refused_before_any_job(bundled):
    config = yaml.safe_load((bundled.folder / "small.yaml").read_text())
    (bundled.folder / "small.yaml").write_text(
        yaml.safe_dump(config | {"tss_bins": {"n_bins": 80}})
    )
    line = bundled.early_refusal()
    apply_alone(bundled, bundle=BUNDLE, cell="Alpha")
    assert "apply.again: number of bins is 80, that of the bundle 100" in line


def examples(*parts):
    """Commands of the page that contain one of the given texts."""
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    return [block for block in blocks if any(part in block for part in parts)]


def run_as_printed(command, folder, **environment):
    """Run a command of the page in a copy of the workflow; return the seconds that it took."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # the environment is there: `make setup` would look for one in the copy
    command = command.replace("make apply", "make -o setup apply CORES=1")
    started = time.monotonic()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PATH": path, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return time.monotonic() - started


@pytest.fixture(scope="module")
def clone(make_workflow, root):
    """A copy of the workflow with its Makefile and environment."""
    folder = make_workflow().folder
    (folder / "Makefile").symlink_to(root / "Makefile")
    (folder / ".venv").symlink_to(root / ".venv")
    return folder


@pytest.mark.slow
def test_a_model_that_is_trained_here_ranks_the_genes_of_another_cell_as_printed(clone):
    for command in examples("demo-bundle.yaml", "demo-apply.yaml"):
        run_as_printed(command, clone)
    genes = pd.read_csv(clone / "results/demo-apply/apply/beta/genes.tsv.gz", sep="\t")
    assert list(genes)[4:] == ["mean", "sd", "seed1", "seed2", "seed3"]
    assert rank_correlation(genes, clone / "results/demo-apply") > 0.5


@pytest.mark.slow
def test_a_model_of_profiles_predicts_the_map_of_another_cell_as_printed(clone):
    for command in examples("demo-conformation-bundle.yaml", "demo-conformation-apply.yaml"):
        run_as_printed(command, clone)
    scores = pd.read_csv(clone / "results/demo-conformation-apply/apply/beta/scores.tsv", sep="\t")
    scores = scores.set_index(["model", "seed", "metric"]).value
    assert scores["ensemble", 0, "log_map_r"] > 0.3 > scores["mean", 0, "log_map_r"]


def rank_correlation(genes, results):
    """Spearman correlation of predictions of cell Beta with its simulated expression."""
    truth = pd.read_csv(results / "world/truth/expression.tsv", sep="\t")
    level = truth[truth.cell == "Beta"].set_index("gene").log2_level
    return level.reindex(genes.gene_id).corr(genes.set_index("gene_id")["mean"], "spearman")


@pytest.mark.slow
def test_the_model_of_k562_on_reads_runs_as_printed(clone):
    (command,) = examples("NAME=use-deepchrome ")
    assert run_as_printed(command, clone) < LIMIT
    genes = pd.read_csv(clone / "results/use-deepchrome/apply/Beta/genes.tsv.gz", sep="\t")
    assert genes["mean"].between(0, 1).all()
    assert rank_correlation(genes, clone / "results/use-deepchrome") > 0.4
    report = (clone / "results/use-deepchrome/report.html").read_text()
    assert "Applied models" in report
    assert "apply/Beta/igv_session.xml" in report


@pytest.mark.slow
@pytest.mark.real
def test_the_models_on_small_real_data_run_as_printed(clone, real_data):
    names = ["deepexpression", "conformation", "enhancement", "published"]
    for name in names:
        (command,) = examples(f"NAME=use-{name} ", f"name=use-{name} ")
        assert run_as_printed(command, clone, CHROMALOOM_REAL_DATA=str(real_data)) < LIMIT, name
    results = {f"use-{name}": clone / f"results/use-{name}/apply" for name in names}
    genes = pd.read_csv(results["use-deepexpression"] / "promoters/genes.tsv.gz", sep="\t")
    counts = pd.read_csv(
        real_data / "deepexpression/rna_K562.txt", sep="\t", header=None, index_col=0
    )
    level = np.log10(counts.iloc[:, 0] + 0.1).groupby(level=0).first()
    assert genes.set_index("gene_id").held_out.corr(level) > 0.5
    predicted = cooler.Cooler(
        f"{results['use-conformation']}/Kc167/predicted.mcool::resolutions/10000"
    )
    values = predicted.pixels()[:]["count"]
    assert len(values) > 100_000
    assert 0.5 < values.mean() < 2
    assert values.std() > 0.1
    for path in (
        results["use-enhancement"] / "map/enhanced.mcool",
        clone / "results/use-published/enhancement/enhanced/GM12878.hg19.chr21.10kb.mcool",
    ):
        finest = min(
            cooler.fileops.list_coolers(str(path)), key=lambda name: int(name.split("/")[-1])
        )
        enhanced = cooler.Cooler(f"{path}::{finest}")
        assert enhanced.pixels()[:]["count"].sum() > 0, path


def test_bundles_of_every_paper_are_planned(make_workflow):
    demos = ("config.yaml", "resources/configs/demo-deepexpression.yaml")
    jobs = [make_workflow(config).jobs("bundles") for config in demos]
    planned = {rule for counts in jobs for rule in counts if rule.startswith("bundle_")}
    papers = ("deepchrome", "conformation", "deepexpression", "enhancement_image")
    assert {f"bundle_{paper}" for paper in papers} <= planned


def test_the_config_on_the_page_is_that_of_the_example(root):
    text = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.M | re.S)[0]
    whole = yaml.safe_load((root / "resources/configs/demo-apply.yaml").read_text())
    shown = yaml.safe_load(text)
    assert shown.items() <= whole.items()
    assert whole.keys() - shown.keys() == {"demo", "align"}
