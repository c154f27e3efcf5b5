"""Bundles of DeepExpression: laws of their predictions, refusals of other inputs."""

import numpy as np
import pandas as pd
import pysam
import pytest
from small_networks import BINS, LENGTH, RESOLUTION, cell, folds_of, settings

from workflow_scripts.chromaloom.ml.bundles import Application, read_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.apply import (
    apply_deepexpression,
    bundle_deepexpression,
    prepare_application,
    write_used_loops,
)
from workflow_scripts.deepexpression.apply.inputs import plan_application
from workflow_scripts.deepexpression.data.build_deepexpression import main as build
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import write_folds
from workflow_scripts.deepexpression.evaluation.predict_deepexpression import predict_folds
from workflow_scripts.deepexpression.models.fold_models import TargetScale, combine_members
from workflow_scripts.deepexpression.models.networks import (
    joint_network,
    promoter_network,
    trunk_network,
    whole_network,
)
from workflow_scripts.deepexpression.training.fold_training import write_fold

DATA = cell(60)
FOLDS = folds_of(DATA)
NETWORK = settings()["network"]
SEEDS = [1, 2]


def network(model, seed):
    """An untrained network with other weights for each seed."""
    task = {"task": "regression", "seed": seed}
    if model == "seq":
        return promoter_network(NETWORK, length=LENGTH, **task)
    trunk = trunk_network(NETWORK, length=LENGTH, seed=seed)
    size = trunk.output.shape[-1]
    joint = joint_network(NETWORK, promoter=size, bins=BINS, window=slice(0, BINS), **task)
    return whole_network(trunk, joint)


@pytest.fixture(scope="module", params=["seq", "full"])
def run(request, tmp_path_factory):
    """Folders of the networks of two seeds, and their bundle."""
    folder, model = tmp_path_factory.mktemp("run"), request.param
    DATA.save(folder / "data.npz")
    write_folds(folder / "folds.tsv.gz", FOLDS)
    (folder / "metrics.tsv").write_text("model\tsample\tsplit\tseed\tmetric\tvalue\tn\n")
    folders = [folder / f"seed{seed}" for seed in SEEDS]
    for seed, place in zip(SEEDS, folders, strict=True):
        for fold in range(FOLDS.number):
            whole = combine_members([network(model, 10 * seed + fold)], TargetScale(2.0, 0.5))
            write_fold(place, fold, whole)
    bundle_deepexpression.main(
        str(folder / "data.npz"), str(folder / "folds.tsv.gz"), list(map(str, folders)),
        str(folder / "metrics.tsv"), [], cell="A", task="regression", network=model,
        scheme="random2", seeds=SEEDS, assembly="hg19", orient_by_strand=False, settings={},
        model=str(folder / "bundle/model.yaml"),
    )  # fmt: skip
    return folders, folder / "bundle", model


def test_a_bundle_on_its_own_data_gives_the_predictions_of_the_folds_that_test_the_genes(run):
    folders, bundle, _ = run
    table = apply_deepexpression.predict_all(DATA, read_bundle(bundle, "w"))
    by_seed = [predict_folds(folder, DATA, FOLDS)[0] for folder in folders]
    for seed, expected in zip(SEEDS, by_seed, strict=True):
        own = [table[f"seed{seed}_fold{fold}"][row] for row, fold in enumerate(FOLDS.fold)]
        assert [f"{x:.6g}" for x in own] == [f"{x:.6g}" for x in expected]
    np.testing.assert_allclose(table.held_out, np.mean(by_seed, axis=0), rtol=1e-6)
    networks = table[[name for name in table if name.startswith("seed")]]
    assert networks.shape == (60, 4)
    np.testing.assert_allclose(table["mean"], networks.mean(axis=1))
    np.testing.assert_allclose(table.sd, networks.std(axis=1, ddof=0))
    assert table.sd.min() > 0


def test_the_calibration_of_a_classification_is_that_of_the_mean_of_held_out_genes(tmp_path):
    rng = np.random.default_rng(0)
    genes = pd.DataFrame({"gene": DATA.genes, "label": rng.integers(0, 2, len(DATA.genes))})
    scores = rng.random((2, len(genes)))
    paths = [str(tmp_path / f"{seed}.tsv.gz") for seed in SEEDS]
    for path, values in zip(paths, scores, strict=True):
        genes.assign(prediction=values).to_csv(path, sep="\t", index=False)
    found = bundle_deepexpression.calibration(paths)["held_out"]
    brier = np.mean((scores.mean(0) - genes.label) ** 2)
    assert found["brier_score"] == pytest.approx(brier, abs=1e-4)
    assert found["networks"]["number"] == 2
    assert found["genes"] == len(genes)


def test_the_script_writes_a_row_per_gene_and_no_held_out_value_of_an_unknown_gene(
    run, seeds_only, tmp_path
):
    _, bundle, _ = run
    other = cell(60)
    other.genes[:3] = ["x", "y", "z"]
    other.save(tmp_path / "input.npz")
    apply_deepexpression.main(
        str(tmp_path / "input.npz"), bundle=str(bundle), where="w", gpu=0, threads=1,
        genes=str(tmp_path / "genes.tsv.gz"),
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "genes.tsv.gz", sep="\t")
    assert list(table.gene_id) == list(other.genes)
    assert table.held_out.isna().tolist() == [True] * 3 + [False] * 57


# --- promoters and loops
@pytest.fixture
def genome(tmp_path):
    """Files of a genome of two chromosomes, of its genes, and of loops."""
    rng = np.random.default_rng(1)
    sizes = {"chr1": 40_000, "chr2": 30_000}
    text = {name: "".join(rng.choice(list("ACGTN"), size)) for name, size in sizes.items()}
    (tmp_path / "genome.fa").write_text("".join(f">{n}\n{s}\n" for n, s in text.items()))
    pysam.faidx(str(tmp_path / "genome.fa"))
    (tmp_path / "sizes").write_text("".join(f"{n}\t{s}\n" for n, s in sizes.items()))
    chrom = rng.choice(list(sizes), 20)
    genes = pd.DataFrame(
        {"gene_id": [f"G{n}" for n in range(20)], "gene_name": "", "chrom": chrom, "start": 0,
         "end": 1, "strand": rng.choice(["+", "-"], 20),
         "tss": [int(rng.integers(sizes[name])) for name in chrom]}
    )  # fmt: skip
    genes.to_csv(tmp_path / "genes.tsv", sep="\t", index=False)
    loop = {"chrom1": "chr1", "start1": 0, "end1": 5000, "chrom2": "chr1", "start2": 20_000}
    pd.DataFrame([{**loop, "end2": 25_000, "value": 2.5}]).to_csv(
        tmp_path / "loops.tsv.gz", sep="\t", index=False
    )
    return tmp_path


def prepare(folder, bundle, fasta, *, genome=True, loops=()):
    files = [str(folder / "genes.tsv"), str(folder / "sizes"), "index"] if genome else []
    prepare_application.main(
        str(fasta), files, list(loops), bundle=str(bundle), where="w", data=str(folder / "x.npz")
    )
    return ExpressionData.load(folder / "x.npz")


def test_promoters_and_loops_are_those_of_a_training_run_on_the_same_genome(run, genome):
    _, bundle, model = run
    loops = [str(genome / "loops.tsv.gz")] if model == "full" else []
    found = prepare(genome, bundle, genome / "genome.fa", loops=loops)
    counts = pd.DataFrame({"gene_id": found.genes, "value": range(20), "unit": "counts"})
    counts.assign(est_counts=np.nan, tpm=np.nan).to_csv(genome / "A.tsv", sep="\t", index=False)
    build(
        cells=["A"], expression_files=[str(genome / "A.tsv")], with_loops=["A"] if loops else [],
        loop_files=loops, fasta=str(genome / "genome.fa"), genes=str(genome / "genes.tsv"),
        sizes=str(genome / "sizes"), from_genome=True, half_width=LENGTH // 2,
        family_similarity=0.1, hichip={"half_width": 50_000, "orient_by_strand": False},
        resolution=RESOLUTION, expression={"pseudocount": 0.1, "quantile_normalize": True},
        shown_gene="", data=[str(genome / "A.npz")], summary=str(genome / "s.tsv"),
    )  # fmt: skip
    trained = ExpressionData.load(genome / "A.npz")
    for name in ("genes", "chrom", "tss", "strand", "promoters", "hichip", "loops"):
        assert np.array_equal(getattr(found, name), getattr(trained, name)), name
    assert (found.hichip.size > 0) == bool(loops)


def test_promoters_of_a_fasta_are_its_sequences_and_others_lengths_are_refused(run, genome):
    _, bundle, model = run
    if model == "full":
        pytest.skip("a model that reads loops takes no FASTA")
    cut = prepare(genome, bundle, genome / "genome.fa")
    letters = np.array(list("ACGTN"))[cut.promoters]
    text = "".join(f">{n}\n{''.join(s)}\n" for n, s in zip(cut.genes, letters, strict=True))
    (genome / "p.fa").write_text(text)
    read = prepare(genome, bundle, genome / "p.fa", genome=False)
    assert np.array_equal(read.promoters, cut.promoters)
    assert list(read.genes) == list(cut.genes)
    (genome / "p.fa").write_text(">a\nACGT\n")
    with pytest.raises(UserError, match=r"'a': wrong length \(4 bp\); expected: 100 bp"):
        prepare(genome, bundle, genome / "p.fa", genome=False)


def test_the_loops_that_a_model_reads_are_written_as_those_of_the_table(run, genome):
    _, bundle, model = run
    if model == "seq":
        pytest.skip("this model reads no loops")
    found = prepare(genome, bundle, genome / "genome.fa", loops=[str(genome / "loops.tsv.gz")])
    write_used_loops.main(
        str(genome / "x.npz"), str(genome / "sizes"), orient_by_strand=False,
        bedpe=str(genome / "loops.bedpe"),
    )  # fmt: skip
    table = pd.read_csv(genome / "loops.bedpe", sep="\t")
    assert len(table) == found.loops.sum() > 0
    assert set(table.name) == set(found.genes[found.loops > 0])
    assert (table[["start1", "end1", "start2", "end2"]] == [0, 5000, 20_000, 25_000]).all(axis=None)
    np.testing.assert_allclose(table.score, 2**2.5 - 1, rtol=1e-5)
    assert set(table.distance.abs()) == {20_000}


# --- the plan, before any job
def planned(bundle, *, loop_cells=("B",), resolution=RESOLUTION, **given):
    samples = pd.DataFrame({"cell": ["B"], "assay": ["HiChIP"], "assembly": ["hg19"]})
    genomes = {"hg19": {"fasta": "f", "gtf": "g"}, "hg38": {"fasta": "f", "gtf": "g"},
               "bare": {"fasta": "f", "gtf": ""}}  # fmt: skip
    entry = {"cell": "B", "assembly": "", "fasta": "", "any_assembly": False, **given}
    return plan_application(
        Application(read_bundle(bundle, "w"), entry), samples, genomes, loop_cells, resolution,
        "c.yaml: apply.x",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        ("full", {"cell": "C"}, "apply.x.cell: 'C' has no HiChIP sample"),
        ("full", {"fasta": "p.fa"}, "apply.x.fasta: set with a model that reads loops"),
        ("seq", {"fasta": "p.fa", "assembly": "hg19"}, "apply.x.fasta: set with assembly"),
        ("both", {"assembly": "bare"}, "no promoters: assembly 'bare' has no gtf"),
        ("seq", {"cell": ""}, "no promoters: assembly '' has no fasta and no gtf"),
    ],
)
def test_other_inputs_than_those_of_the_bundle_are_refused_in_one_line(
    run, model, changes, message
):
    _, bundle, kind = run
    if model not in (kind, "both"):
        return
    with pytest.raises(UserError, match=message) as caught:
        planned(bundle, **changes)
    assert str(caught.value).startswith("c.yaml: apply.x")
    assert "\n" not in str(caught.value)


def test_an_entry_reads_the_genome_of_its_cell_and_loops_only_where_the_model_does(run):
    _, bundle, model = run
    plan = planned(bundle)
    assert (plan.assembly, plan.cell) == ("hg19", "B" if model == "full" else "")
    assert planned(bundle, assembly="hg38", any_assembly=True).assembly == "hg38"
    if model == "seq":
        assert planned(bundle, fasta="p.fa").fasta == "p.fa"
