"""The demo, which is the default config: does it recover what was planted in the simulated data?"""

import gzip

import cooler
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

pytestmark = pytest.mark.demo


@pytest.fixture(scope="module")
def demo(demo_results):
    """The results folder."""
    return demo_results("demo")


@pytest.fixture(scope="module")
def aucs(demo):
    """Test AUC by model and cell, mean over seeds."""
    metrics = pd.read_csv(demo / "deepchrome" / "metrics.tsv", sep="\t")
    chosen = metrics[(metrics.metric == "roc_auc") & (metrics.split == "test")]
    return chosen.pivot_table(index="model", columns="sample", values="value", aggfunc="mean")


def test_the_report_and_a_figure_exist(demo):
    assert (demo / "report.html").stat().st_size > 100_000
    assert (demo / "deepchrome" / "figures" / "fig3.svg").exists()


def test_the_network_predicts_expression(aucs):
    assert len(aucs.columns) >= 4
    assert (aucs.loc["deepchrome"] >= 0.80).all(), aucs


def test_shuffled_labels_give_chance(aucs):
    assert 0.45 <= aucs.loc["deepchrome_shuffled"].mean() <= 0.55, aucs


def test_reads_map(demo):
    mapping = pd.read_csv(demo / "align" / "mapping.tsv", sep="\t")
    assert (mapping.mapping_rate >= 0.95).all()
    assert (mapping.kept <= mapping.mapped).all()


def test_quantified_genes_agree_with_the_simulated_ones(demo):
    expression = pd.read_csv(demo / "expression" / "Alpha.tsv", sep="\t", index_col=0)
    truth = [
        pd.read_csv(demo / "world" / "truth" / "reads" / f"Alpha_rna_{n}.tsv", sep="\t")
        .set_index("gene")
        .fragments
        for n in (1, 2)
    ]
    mean = (truth[0] + truth[1]) / 2
    found = expression.est_counts.reindex(mean.index)
    assert found.notna().all()
    assert np.corrcoef(np.log10(found + 1), np.log10(mean + 1))[0, 1] >= 0.98


def test_marks_peak_where_they_were_planted(demo):
    profiles = pd.read_csv(demo / "signal" / "profiles.tsv", sep="\t")
    wide = profiles[profiles.cell == "Alpha"].pivot_table(
        index="offset", columns="target", values="mean"
    )
    near = wide[wide.index.to_series().abs() < 1000].mean() / wide.mean()
    assert near.idxmax() == "H3K4me3"
    assert wide.H3K36me3[wide.index > 1000].mean() > 1.1 * wide.H3K36me3[wide.index < -1000].mean()
    assert near.input == pytest.approx(1, abs=0.15)


def test_simulated_reads_are_fastq_of_nucleotides(demo):
    with gzip.open(demo / "world" / "fastq" / "Alpha_input.fastq.gz", "rt") as lines:
        assert next(lines).startswith("@")
        assert set(next(lines).strip()) <= set("ACGTN")


def test_class_maps_recover_the_planted_roles_of_marks(demo):
    metrics = pd.read_csv(demo / "deepchrome" / "metrics.tsv", sep="\t")
    share = metrics[metrics.metric == "class_map_starts_with_roles"]
    assert len(share) == 4
    assert (share.n == 10).all()
    assert (share.value >= 0.8).all(), share


# Conformation


@pytest.fixture(scope="module")
def scores(demo):
    """metrics.tsv of conformation, test bins."""
    metrics = pd.read_csv(demo / "conformation" / "metrics.tsv", sep="\t")
    return metrics[metrics.split == "test"]


def mean(scores, model: str, metric: str) -> float:
    values = scores.value[(scores.model == model) & (scores.metric == metric)]
    assert len(values), (model, metric)
    return values.mean()


def test_the_map_is_the_planted_one(demo):
    truth = pd.read_csv(demo / "contacts" / "demo_truth.tsv", sep="\t")
    whole = truth[(truth.chrom == "all") & (truth.pixels == "20 contacts")].iloc[0]
    assert whole.number > 2000
    assert whole.r >= 0.9


def test_pairs_are_mapped_and_duplicates_counted(demo):
    quality = pd.read_csv(demo / "contacts" / "quality.tsv", sep="\t").iloc[0]
    truth = pd.read_csv(demo / "world/truth/reads/Alpha_hic.tsv", sep="\t").iloc[0]
    assert quality.mapping_rate >= 0.95
    assert quality.duplicates == pytest.approx(truth.duplicates, rel=0.1)


def test_maps_are_predicted_from_profiles(scores):
    ridge = mean(scores, "ridge", "log_map_r")
    for model in ("forward", "forward_pairwise"):
        assert mean(scores, model, "log_map_r") >= max(0.60, ridge), model
    assert mean(scores, "mean", "log_map_r") == 0


def test_the_filter_and_its_output_recover_planted_roles_and_domains(demo, scores):
    roles = pd.read_csv(demo / "world/truth/roles.tsv", sep="\t").set_index("target")
    domains = pd.read_csv(demo / "world/truth/domains.tsv", sep="\t")
    for seed in (1, 2):
        folder = demo / "conformation"
        weights = pd.read_csv(folder / f"weights/Alpha.seed{seed}.tsv", sep="\t")
        factors = weights[weights.factor.map(roles.kind) == "factor"]
        assert len(factors) == 12
        right = np.sign(factors.weight) == factors.factor.map(roles.effect).map({"+": 1, "-": -1})
        assert right.sum() >= 10, factors
        bins = pd.read_csv(folder / f"sigma/Alpha.seed{seed}.tsv.gz", sep="\t")
        bins = bins[bins.split == "test"]
        middle = (bins.start + bins.end) / 2
        states = [
            domains.Alpha[(domains.chrom == c) & (domains.start <= m) & (m < domains.end)].iloc[0]
            for c, m in zip(bins.chrom, middle, strict=True)
        ]
        active = np.array(states) == "active"
        assert roc_auc_score(active, bins.sigma) >= 0.9


def test_every_figure_of_the_papers_is_in_the_report(demo):
    text = (demo / "report.html").read_text()
    for name in ("fig1", "fig2a", "fig2b", "fig2c", "fig2d", "fig3a", "fig3b", "fig4a", "fig4b",
                 "fig5a", "fig5b", "edits", "baselines"):  # fmt: skip
        assert f"conformation/figures/{name}.svg" in text, name


# Enhancement


def test_the_image_model_beats_its_input(demo):
    metrics = pd.read_csv(demo / "enhancement" / "metrics.tsv", sep="\t")
    scores = metrics[metrics.split == "test"].groupby(["model", "metric"]).value.mean()
    for metric, better in (("mae_per_map", -1), ("mse_per_map", -1), ("pearson_per_map", 1)):
        gain = better * (scores["image", metric] - scores["downsampled", metric])
        assert gain > 0, (metric, scores.xs(metric, level="metric"))


def test_every_enhancement_method_beats_an_empty_image(demo):
    metrics = pd.read_csv(demo / "enhancement" / "metrics.tsv", sep="\t")
    scores = metrics[(metrics.split == "test") & (metrics.metric == "mae_per_map")]
    scores = scores.groupby("model").value.mean()
    blank = scores["hybrid_without_image"]
    for model in ("hicplus", "deephic", "hicsr", "vehicle", "image", "hybrid", "hybrid_preheated",
                  "hybrid_frozen"):  # fmt: skip
        assert scores[model] < 0.5 * blank, scores


def test_an_enhanced_map_keeps_the_contacts_of_its_input(demo):
    enhanced = demo / "enhancement" / "enhanced"
    facts = pd.read_csv(enhanced / "Alpha_hic.tsv", sep="\t")
    assert (facts.skipped_windows == 0).all()
    assert (facts.r >= 0.999).all() and (facts.r_model >= 0.95).all()
    fine, given = (
        cooler.Cooler(f"{path}::resolutions/{size}").matrix(balance=True).fetch("chr5")
        for path, size in (
            (enhanced / "Alpha_hic.mcool", 5000),
            (demo / "contacts" / "Alpha_hic.mcool", 10000),
        )
    )
    assert fine.shape == (2 * len(given), 2 * len(given))
    pooled = fine.reshape(len(given), 2, len(given), 2).sum((1, 3))
    # the main diagonal apart, of which a block holds its two halves
    apart = np.abs(np.subtract.outer(np.arange(len(given)), np.arange(len(given))))
    near = (apart >= 1) & (apart <= 10)
    known = np.isfinite(pooled) & np.isfinite(given) & near
    assert known.sum() > 500
    np.testing.assert_allclose(pooled[known], given[known], rtol=1e-6, atol=1e-9)


def test_every_figure_and_table_of_enhancement_is_in_the_report(demo):
    text = (demo / "report.html").read_text()
    for name in (*(f"fig{number}" for number in range(1, 9)), "table1", "table2", "table3"):
        assert f"enhancement/figures/{name}.svg" in text, name
