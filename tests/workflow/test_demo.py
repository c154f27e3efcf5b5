"""The demo as a newcomer runs it: the default config, and whether it finds what was planted."""

import gzip

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(make_workflow):
    workflow = make_workflow("")
    workflow.said = workflow.run()
    workflow.results = workflow.folder / "results" / "demo"
    return workflow


@pytest.fixture(scope="module")
def aucs(demo):
    """Test AUC by model and cell, mean over seeds."""
    metrics = pd.read_csv(demo.results / "deepchrome" / "metrics.tsv", sep="\t")
    chosen = metrics[(metrics.metric == "roc_auc") & (metrics.split == "test")]
    return chosen.pivot_table(index="model", columns="sample", values="value", aggfunc="mean")


def test_it_ends_with_report_and_figure(demo):
    assert "Done. The report: results/demo/report.html" in demo.said
    assert (demo.results / "report.html").stat().st_size > 100_000
    assert (demo.results / "deepchrome" / "figures" / "fig3.svg").exists()


def test_the_network_finds_what_drives_expression(aucs):
    assert len(aucs.columns) >= 4
    assert (aucs.loc["deepchrome"] >= 0.80).all(), aucs


def test_shuffled_labels_give_chance(aucs):
    assert 0.45 <= aucs.loc["deepchrome_shuffled"].mean() <= 0.55, aucs


def test_reads_map(demo):
    mapping = pd.read_csv(demo.results / "align" / "mapping.tsv", sep="\t")
    assert (mapping.mapping_rate >= 0.95).all()
    assert (mapping.kept <= mapping.mapped).all()


def test_quantified_genes_agree_with_the_simulated_ones(demo):
    expression = pd.read_csv(demo.results / "expression" / "Alpha.tsv", sep="\t", index_col=0)
    truth = [
        pd.read_csv(demo.results / "world" / "truth" / "reads" / f"Alpha_rna_{n}.tsv", sep="\t")
        .set_index("gene")
        .fragments
        for n in (1, 2)
    ]
    mean = (truth[0] + truth[1]) / 2
    found = expression.est_counts.reindex(mean.index)
    assert found.notna().all()
    assert np.corrcoef(np.log10(found + 1), np.log10(mean + 1))[0, 1] >= 0.98


def test_marks_stand_where_they_were_planted(demo):
    profiles = pd.read_csv(demo.results / "signal" / "profiles.tsv", sep="\t")
    wide = profiles[profiles.cell == "Alpha"].pivot_table(
        index="offset", columns="target", values="mean"
    )
    near = wide[wide.index.to_series().abs() < 1000].mean() / wide.mean()
    assert near.idxmax() == "H3K4me3"
    assert wide.H3K36me3[wide.index > 1000].mean() > 1.1 * wide.H3K36me3[wide.index < -1000].mean()
    assert near.input == pytest.approx(1, abs=0.15)


def test_reads_are_of_the_genome_they_were_drawn_from(demo):
    with gzip.open(demo.results / "world" / "fastq" / "Alpha_input.fastq.gz", "rt") as lines:
        assert next(lines).startswith("@")
        assert set(next(lines).strip()) <= set("ACGTN")


def test_class_maps_recover_the_planted_roles_of_marks(demo):
    metrics = pd.read_csv(demo.results / "deepchrome" / "metrics.tsv", sep="\t")
    share = metrics[metrics.metric == "class_map_starts_with_roles"]
    assert len(share) == 4
    assert (share.n == 10).all()
    assert (share.value >= 0.8).all(), share
