"""The plan of cells, baselines, networks and motif sets, and errors before any job."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.plan import (
    FAMILIES,
    choose_main_scheme,
    plan_baselines,
    plan_cells,
)

SCHEMAS = Path(__file__).parents[4] / "resources" / "schemas"
GENOME = {"fasta": "genome.fa", "gtf": "genes.gtf"}


def settings(**changed):
    """The config's section with its defaults."""
    config = {"name": "x", "samples": "s", "runs": "r", "deepexpression": changed}
    return complete_config(config, load_schema(SCHEMAS), "x.yaml")["deepexpression"]


def sheet(*rows):
    table = pd.DataFrame(rows, columns=["cell", "assay", "assembly"]).assign(target="")
    return table.set_index(pd.Index([f"s{n}" for n in range(len(table))]), drop=False)


WORLD = sheet(
    ("A", "RNA-seq", "w"), ("A", "HiChIP", "w"), ("A", "HiChIP", "w"),
    ("B", "RNA-seq", "w"), ("C", "ChIP-seq", "w"), ("D", "RNA-seq", "w"), ("D", "HiChIP", "w"),
)  # fmt: skip


def plan(table=WORLD, assemblies=None, resolution=5000, **changed):
    genomes = {"w": GENOME} if assemblies is None else assemblies
    return plan_cells(table, settings(**changed), genomes, resolution, "x.yaml: deepexpression")


def test_all_cells_with_rna_seq_are_run_by_default():
    cells = plan()
    assert {cell: found.hichip for cell, found in cells.items()} == {
        "A": True,
        "B": False,
        "D": True,
    }
    assert list(plan(cells=["D", "B"])) == ["D", "B"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cells": ["X"]}, "cells: 'X' is not in the sample sheet; expected: one of A, B, C, D"),
        ({"cells": ["C"]}, "cells: 'C' has no RNA-seq sample; expected: one of A, B, D"),
        ({"assemblies": {"w": {"fasta": "g"}}}, "promoters.fasta: empty.*'w' has no gtf"),
        ({"promoters": {"fasta": "p.fa"}}, "promoters.tss: empty, but cells have HiChIP"),
        ({"promoters": {"tss": "t.tsv"}}, "promoters.tss: set without promoters.fasta"),
        ({"hichip": {"half_width": 7000}}, r"half_width: not a multiple.*\(7000\).*\(5000\)"),
        ({"baselines": {"informative_bases": 6, "kmer_length": 5}},
         r"informative_bases: more than the k-mer has \(6\); expected: at most kmer_length \(5\)"),
        ({"table": sheet(("C", "ChIP-seq", "w"))}, "no cell of the sample sheet has RNA-seq"),
        ({"table": sheet(("A", "RNA-seq", "w"), ("B", "RNA-seq", "v"))}, "assemblies w, v"),
    ],
)  # fmt: skip
def test_invalid_plans_are_rejected(changed, message):
    with pytest.raises(UserError, match=f"x.yaml: deepexpression.*{message}"):
        plan(**changed)


@pytest.mark.parametrize("scheme", ["random1", "random", "kfold3", "family05"])
def test_invalid_schemes_are_rejected(scheme):
    with pytest.raises(UserError, match=r"deepexpression\.cv_schemes\.0"):
        settings(cv_schemes=[scheme])


def test_the_main_scheme_is_that_of_the_config_whatever_the_order_of_the_schemes():
    # FAULTS A1: two random folds stood beside the published numbers of ten
    schemes = ["random2", "random10", "family10"]
    chosen = settings(cv_schemes=schemes, main_scheme="random10")
    assert choose_main_scheme(chosen, "x.yaml: deepexpression") == "random10"
    assert choose_main_scheme(settings(cv_schemes=schemes), "x") == "random2"
    with pytest.raises(UserError, match=r"deepexpression.main_scheme: 'random5' is not available"):
        choose_main_scheme({**chosen, "main_scheme": "random5"}, "x.yaml: deepexpression")


@pytest.mark.parametrize("name", ["paper", "paper-mesc"])
def test_the_published_runs_are_compared_by_ten_random_folds(name):
    # FAULTS A1
    config = yaml.safe_load((SCHEMAS.parent / "configs" / f"{name}.yaml").read_text())
    assert choose_main_scheme(settings(**config["deepexpression"]), name) == "random10"


def test_the_published_run_draws_the_gene_of_the_published_figure_2c(real_data):
    # FAULTS B8
    config = yaml.safe_load((SCHEMAS.parent / "configs" / "paper.yaml").read_text())
    gene = settings(**config["deepexpression"])["figures"]["gene"]
    assert gene == "CTAGE8"
    # the authors' counts have it
    for cell in ("K562", "Jurkat"):
        table = pd.read_csv(real_data / f"deepexpression/rna_{cell}.txt", sep="\t", header=None)
        assert (table[0] == gene).sum() == 1


def test_baselines_by_cell_and_task():
    names = ["ridge", "lasso", "logistic", "loop_sum", "random_forest", "other_cells_mean"]
    chosen = settings(baselines={"models": names})
    linear = plan_baselines(chosen, plan(), FAMILIES["linear"])
    models = dict(linear.models)
    assert models["A", "regression"] == ["lasso", "ridge", "ridge_seq", "ridge_shuffled"]
    assert models["B", "regression"] == ["lasso", "ridge", "ridge_shuffled"]
    assert models["A", "classification"] == ["logistic", "logistic_seq", "logistic_shuffled"]
    # B has other features than A and D, but for the promoter alone
    both = {("regression", name): ["A", "D"] for name in ("lasso", "ridge", "ridge_seq")}
    assert dict(linear.crossed) == both
    simple = plan_baselines(chosen, plan(), FAMILIES["simple"])
    assert dict(simple.models)["B", "regression"] == ["other_cells_mean"]
    assert dict(simple.models)["A", "regression"] == ["loop_sum", "other_cells_mean"]
    assert dict(simple.crossed) == {("regression", "loop_sum"): ["A", "D"]}
    assert len(simple.predictions("DE")) == len(set(simple.predictions("DE"))) == 10


def test_a_single_cell_has_no_mean_of_other_cells():
    alone = plan_baselines(settings(), plan(cells=["B"]), FAMILIES["simple"])
    assert (alone.models, alone.crossed) == ([], [])
    assert plan_baselines(settings(), plan(cells=["B"]), FAMILIES["linear"]).crossed == []


def test_sequence_models_are_transferred_between_cells_without_hichip():
    cells = plan(sheet(("A", "RNA-seq", "w"), ("B", "RNA-seq", "w")))
    crossed = dict(plan_baselines(settings(), cells, FAMILIES["linear"]).crossed)
    assert crossed["regression", "ridge"] == ["A", "B"]
    assert ("regression", "ridge_seq") not in crossed
