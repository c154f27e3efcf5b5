"""Real data through the workflow; skipped with a message where their folder is absent."""

import pandas as pd
import pytest
import yaml

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def data(real_data, monkeypatch):
    monkeypatch.setenv("CHROMALOOM_REAL_DATA", str(real_data))


def test_histone_marks_of_two_cell_lines_predict_expression(make_workflow, root):
    workflow = make_workflow("two-cells.yaml")
    config = yaml.safe_load((root / "resources/configs/real-deepchrome.yaml").read_text())
    config["deepchrome"]["cells"] = ["E123", "E003"]  # the array of 19,548 genes takes minutes
    (workflow.folder / "two-cells.yaml").write_text(yaml.safe_dump(config))
    workflow.run("results/real-deepchrome/deepchrome/metrics.tsv")
    metrics = pd.read_csv(
        workflow.folder / "results/real-deepchrome/deepchrome/metrics.tsv", sep="\t"
    )
    chosen = metrics[(metrics.metric == "roc_auc") & (metrics.split == "test")]
    aucs = chosen.groupby(["model", "sample"]).value.agg(["mean", "size"])
    assert aucs["size"]["deepchrome", "E123"] == 3
    assert aucs["mean"]["deepchrome", "E123"] >= 0.93
    assert aucs["mean"]["deepchrome", "E003"] >= 0.81


def test_a_fly_map_is_predicted_from_its_profiles(make_workflow, root):
    workflow = make_workflow("fly.yaml")
    config = yaml.safe_load((root / "resources/configs/real-fly.yaml").read_text())
    # fewer seeds and epochs than the config's own, and no controls
    config["conformation"] |= {
        "seeds": [1],
        "shuffled_controls": 0,
        "training": {"epochs": 5},
        "backward": {"epochs": 2},
        "pairwise": {"training": {"epochs": 4, "refit": False}},
    }
    (workflow.folder / "fly.yaml").write_text(yaml.safe_dump(config))
    workflow.run("results/real-fly/conformation/metrics.tsv")
    metrics = pd.read_csv(workflow.folder / "results/real-fly/conformation/metrics.tsv", sep="\t")
    chosen = metrics[(metrics.metric == "log_map_r") & (metrics.split == "test")]
    scores = chosen.set_index("model").value
    assert scores["forward"] >= 0.45, scores
    assert scores["forward_pairwise"] >= 0.55, scores
    assert scores["ridge"] >= 0.55, scores
    assert chosen.n.min() > 20_000


def test_expression_is_predicted_from_the_papers_promoters(make_workflow, root):
    workflow = make_workflow("promoters.yaml")
    config = yaml.safe_load((root / "resources/configs/real-promoters.yaml").read_text())
    # one line, two epochs and one baseline of what the config has
    config["deepexpression"] |= {
        "cells": ["K562"],
        "tasks": ["regression"],
        "baselines": {"models": ["ridge"]},
        "training": {"epochs": 2},
        "shuffled_controls": 0,
    }
    (workflow.folder / "promoters.yaml").write_text(yaml.safe_dump(config))
    workflow.run("results/real-promoters/deepexpression/metrics.tsv")
    metrics = pd.read_csv(
        workflow.folder / "results/real-promoters/deepexpression/metrics.tsv", sep="\t"
    )
    assert metrics.set_index("metric").value["genes"] == 12_057
    chosen = metrics[(metrics.metric == "pcc") & (metrics.split == "test")]
    scores = chosen.groupby("model").value.mean()
    assert scores["ridge"] >= 0.55, scores
    assert scores["ridge_shuffled"] < 0.1, scores
    assert scores["seq"] >= 0.5, scores


def test_loops_of_two_replicates_agree_beyond_chance(make_workflow):
    workflow = make_workflow("resources/configs/real-hichip.yaml")
    workflow.run("results/real-hichip/loops/reproducibility.tsv")
    table = pd.read_csv(
        workflow.folder / "results/real-hichip/loops/reproducibility.tsv", sep="\t"
    ).set_index("cutoff")
    assert (table.jaccard > 3 * table.jaccard_chance).all(), table
    assert table.called_both[0.5] >= 100, table


def test_a_sixteenth_of_human_contacts_is_enhanced_without_a_sequence(make_workflow, root):
    workflow = make_workflow("human.yaml")
    config = yaml.safe_load((root / "resources/configs/real-human.yaml").read_text())
    config["papers"] = ["enhancement"]
    # fewer windows, epochs and seeds than the config's own, and no retrained methods
    config["enhancement"] |= {"image_step_bins": 40, "seeds": [1]}
    config["enhancement"]["low_resolution"]["draws"] = 2
    image = config["enhancement"]["image"]
    image["methods"] = []
    image["training"] = image.get("training", {}) | {"epochs": 4, "pretrain_epochs": 4}
    (workflow.folder / "human.yaml").write_text(yaml.safe_dump(config))
    workflow.run("results/real-human/enhancement/metrics.tsv")
    folder = workflow.folder / "results/real-human"
    assert not list(folder.glob("genome/*/genome.fa"))
    metrics = pd.read_csv(folder / "enhancement/metrics.tsv", sep="\t")
    test = metrics[(metrics.split == "test") & (metrics["sample"] == "all")]
    scores = test.pivot_table(index="model", columns="metric", values="value")
    networks = {"image", "hicplus_published", "deephic_published"}
    assert {"downsampled", "smoothed", *networks} <= set(scores.index)
    for metric, sign in {"mae_per_map": -1, "pearson_per_map": 1, "scc_hicrep": 1}.items():
        gain = sign * (scores[metric] - scores[metric]["downsampled"])
        # down-sampled contacts are noisy: everything that smooths them is nearer to the whole map
        assert (gain[["smoothed", "image", "deephic_published"]] > 0).all(), scores[metric]


def test_a_human_map_is_predicted_from_peak_sets(make_workflow, root):
    workflow = make_workflow("human-peaks.yaml")
    config = yaml.safe_load((root / "resources/configs/real-human.yaml").read_text())
    config["papers"] = ["conformation"]
    # a third of the factors, one seed and few epochs, without controls
    config["conformation"] |= {
        "profiles": ["CTCF", "DNase", "H3K27ac", "H3K27me3", "H3K36me3", "H3K4me1", "RAD21"],
        "seeds": [1],
        "shuffled_controls": 0,
        "training": {"epochs": 2},
        "backward": {"epochs": 2},
        "pairwise": {"training": {"epochs": 4, "refit": False}},
    }
    (workflow.folder / "human-peaks.yaml").write_text(yaml.safe_dump(config))
    workflow.run("results/real-human/conformation/metrics.tsv")
    metrics = pd.read_csv(workflow.folder / "results/real-human/conformation/metrics.tsv", sep="\t")
    chosen = metrics[(metrics.metric == "log_map_r") & (metrics.split == "test")]
    scores = chosen.set_index("model").value
    assert scores["ridge"] >= 0.2, scores
    assert chosen.n.min() > 20_000
