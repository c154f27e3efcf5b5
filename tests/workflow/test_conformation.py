"""Conformation on a small simulated world, from reads to figures, and invalid settings."""

from xml.etree import ElementTree

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pytest

FACTORS = ("Lamin", "RNAPII", "CP190")
SMALL = {
    "papers": ["conformation"],
    "demo": {
        "chromosomes": {"chr1": 700_000, "chr2": 500_000, "chr3": 400_000},
        "cells": ["Alpha"],
        "genes": 150,
        "enhancers": 60,
        "chip_reads": 30_000,
        "rna_fragments": 10_000,
        "hic": {"pairs": 60_000},
    },
    "tss_bins": {"targets": ["input"]},
    "contacts": {"resolutions": [10_000]},
    "conformation": {
        "resolution": 10_000,
        "window": 8,
        "test_regions": ["chr3"],
        "valid_fraction": 0.3,
        "scale": {"rule": "minmax"},
        "seeds": [1],
        "shuffled_controls": 2,
        "training": {"epochs": 3},
        "backward": {"epochs": 3},
        "pairwise": {"training": {"epochs": 2, "refit": False}},
        "edits": [
            {
                "name": "deleted",
                "region": "chr3:150k-190k",
                "factor": ["CP190"],
                "action": "delete",
            },
            {"name": "inverted", "region": "chr3:100k-200k", "factor": "all", "action": "flip"},
        ],
    },
}


@pytest.fixture(scope="module")
def planned(make_workflow):
    """A copy in which nothing was run."""
    workflow = make_workflow()
    workflow.take_samples("input", "hic", "rna_1", *FACTORS)
    workflow.configure(**SMALL)
    return workflow


@pytest.fixture(scope="module")
def workflow(planned, tmp_path_factory):
    """A finished copy; tests leave it finished."""
    planned.configure(**SMALL)
    workflow = planned.clone(tmp_path_factory.mktemp("conformation"))
    workflow.output = workflow.run()
    return workflow


def changed(**conformation):
    return {**SMALL, "conformation": {**SMALL["conformation"], **conformation}}


@pytest.mark.slow
def test_all_figures_are_made(workflow):
    assert "Done. The report: results/small/report.html" in workflow.output
    figures = workflow.path("conformation/figures")
    for name in ("fig1", "fig2a", "fig2b", "fig2c", "fig2d", "fig3a", "fig3b", "fig4a", "fig4b",
                 "fig5a", "fig5b", "edits", "baselines", "distance", "learning"):  # fmt: skip
        assert all((figures / f"{name}.{form}").stat().st_size for form in ("svg", "png", "tsv"))
    assert workflow.jobs() == {}


@pytest.mark.slow
def test_a_session_of_igv_opens_sigma_and_peaks_in_the_simulated_genome(workflow):
    session = workflow.path("igv_session.xml")
    root = ElementTree.parse(session).getroot()
    paths = [resource.get("path") for resource in root.iter("Resource")]
    assert paths[0] == "world/genes.gtf.gz"
    assert paths[1:3] == [f"conformation/sigma/Alpha.{name}.bw" for name in ("sigma", "backward")]
    assert paths[3:] == [f"tracks/peaks/Alpha_{name}.bed" for name in FACTORS]
    for path in [root.get("genome"), *paths]:
        assert (session.parent / path).is_file(), path
    sigma = pd.read_csv(workflow.path("conformation/sigma/Alpha.seed1.tsv.gz"), sep="\t")
    for path in paths[1:3]:
        with pyBigWig.open(str(session.parent / path)) as track:
            column = path.split(".")[-2]
            found = [track.values(*row)[0] for row in sigma[["chrom", "start", "end"]].to_numpy()]
        np.testing.assert_allclose(found, sigma[column], rtol=1e-6)


@pytest.mark.slow
def test_all_models_are_scored_on_the_same_pixels(workflow):
    metrics = pd.read_csv(workflow.path("conformation/metrics.tsv"), sep="\t")
    scores = metrics[(metrics.metric == "log_map_r") & (metrics.split == "test")]
    assert {"forward", "forward_pairwise", "ridge", "linear", "mean", "forward_shuffled",
            "ridge_shuffled", "forward_pairwise_shuffled"} <= set(scores.model)  # fmt: skip
    assert scores.value.between(-1, 1).all()
    assert (scores.value[scores.model == "mean"] == 0).all()
    independent = scores[~scores.model.str.startswith("forward_from")]
    assert len(set(independent.n)) == 1


@pytest.mark.slow
def test_the_map_is_balanced_and_its_pairs_are_those_of_the_reads(workflow):
    clr = cooler.Cooler(f"{workflow.path('contacts/Alpha_hic.mcool')}::resolutions/10000")
    matrix = clr.matrix(balance=True)[:]
    weights = clr.bins()["weight"][:].to_numpy()
    # bins that balancing masks are NaN, and so are their pixels
    assert np.isnan(matrix[np.isnan(weights)]).all()
    # the first two diagonals are not balanced (contacts.balance.ignore_diags)
    near = np.abs(np.subtract.outer(*2 * [np.arange(len(matrix))])) < 2
    sums = np.nansum(np.where(near, 0, matrix), axis=0)[~np.isnan(weights)]
    assert np.abs(sums / sums.mean() - 1).max() < 1e-4
    quality = pd.read_csv(workflow.path("contacts/quality.tsv"), sep="\t", index_col="sample")
    row = quality.loc["Alpha_hic"]
    assert row.pairs == 60_000
    truth = pd.read_csv(workflow.path("world/truth/reads/Alpha_hic.tsv"), sep="\t").iloc[0]
    assert row.duplicates == pytest.approx(truth.duplicates, rel=0.15)


@pytest.fixture(scope="module")
def applied(workflow, tmp_path_factory):
    """A copy with bundles, two of which were used on the run's own cell, map and test region."""
    copy = workflow.clone(tmp_path_factory.mktemp("applied"))
    copy.run("bundles")
    kept = {key: value for key, value in SMALL.items() if key != "conformation"}
    own = {"cell": "Alpha", "regions": ["chr3"], "map": "Alpha_hic"}
    entries = {
        model: {**own, "bundle": f"results/small/bundles/conformation-Alpha-{model}"}
        for model in ("forward", "pairwise")
    }
    copy.configure(**kept | {"papers": [], "apply": entries})
    copy.run(*(f"results/small/apply/{model}/contacts.mcool" for model in entries))
    copy.configure(**SMALL)
    return copy


@pytest.mark.slow
def test_a_bundle_on_the_run_s_own_cell_gives_the_files_of_the_run_byte_for_byte(applied):
    ours, theirs = (
        applied.path(name).read_bytes()
        for name in ("apply/forward/predicted.mcool", "conformation/maps/Alpha.forward.mcool")
    )
    assert ours == theirs
    run = pd.read_csv(applied.path("conformation/sigma/Alpha.seed1.tsv.gz"), sep="\t", dtype=str)
    test = run.split == "test"
    for name in ("sigma", "backward"):
        found = pd.read_csv(applied.path(f"apply/forward/{name}.tsv.gz"), sep="\t", dtype=str).seed1
        assert found[test].equals(run[name][test])
    # the pairwise model predicts the flanks of windows, too
    key = ["bin1_id", "bin2_id"]
    ours, theirs = (
        cooler.Cooler(f"{applied.path(name)}::/resolutions/10000").pixels()[:].set_index(key)
        for name in ("apply/pairwise/predicted.mcool",
                     "conformation/maps/Alpha.forward_pairwise.mcool")
    )  # fmt: skip
    assert len(ours) > len(theirs) > 100
    pd.testing.assert_frame_equal(ours.loc[theirs.index], theirs, check_exact=True)


@pytest.mark.slow
def test_a_bundle_on_the_run_s_own_cell_has_the_scores_of_the_run(applied):
    run = pd.read_csv(applied.path("conformation/metrics.tsv"), sep="\t")
    run = run[run.split == "test"].set_index(["model", "metric", "seed"])
    for model, name in (("forward", "forward"), ("pairwise", "forward_pairwise")):
        scores = pd.read_csv(applied.path(f"apply/{model}/scores.tsv"), sep="\t")
        assert set(scores.model) >= {model, "mean"}
        for row in scores.itertuples():
            key = name if row.model == model else row.model
            expected = run.loc[key, row.metric, row.seed]
            assert (row.value, row.n) == (expected.value, expected.n), row


@pytest.mark.slow
def test_models_are_compared_across_cells_with_the_same_factors(planned, tmp_path_factory):
    clone = planned.clone(tmp_path_factory.mktemp("two_cells"))
    for sheet in ("samples", "runs"):
        path = clone.folder / f"{sheet}.tsv"
        lines = path.read_text().splitlines(True)
        others = [line.replace("Alpha", "Beta") for line in lines[1:]]
        path.write_text("".join(lines + others))
    cells = {"demo": {**SMALL["demo"], "cells": ["Alpha", "Beta"]}}
    clone.configure(**SMALL | cells)
    assert clone.jobs("conformation")["predict_conformation_across_cells"] == 1
    clone.configure(**changed(cross_cell={"enabled": False}) | cells)
    assert "predict_conformation_across_cells" not in clone.jobs("conformation")


@pytest.mark.slow
def test_a_deleted_figure_is_redrawn_by_one_job(workflow):
    workflow.path("conformation/figures/fig2b.svg").unlink()
    assert workflow.jobs("results/small/conformation/figures/fig2b.svg") == {
        "plot_conformation_fig2b": 1
    }
    workflow.run()


@pytest.mark.slow
def test_another_number_of_epochs_reruns_training_but_no_alignment(workflow):
    workflow.configure(**changed(training={"epochs": 4}))
    jobs = workflow.jobs()
    workflow.configure(**SMALL)
    # forward, which others wait for, and the linear and shuffled networks
    assert jobs["train_conformation_forward"] == jobs["train_conformation_controls"] == 1
    assert not {"align_contacts", "bin_pairs", "call_peaks", "train_conformation_pairwise"} & set(
        jobs
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"resolution": 7_000}, ("resolution", "7000", "10000")),
        ({"test_regions": []}, ("test_regions",)),
        ({"profiles": ["Lamin", "Nanog"]}, ("profiles", "Alpha", "Nanog")),
        ({"cells": ["Omega"]}, ("Omega", "Alpha")),
        (
            {"edits": [{"name": "x", "region": "chr3:1-9k", "factor": "CTCF", "action": "delete"}]},
            ("edits", "CTCF", "CP190"),
        ),
        # FAULTS F3: the lengths of the simulated chromosomes are known
        ({"test_regions": ["chr9"]}, ("test_regions", "chr9", "chr1")),
        ({"test_regions": ["chr3:100k-500k"]}, ("test_regions", "outside the genome", "400,000")),
        ({"window": 20}, ("test_regions", "40 bins", "60")),
        ({"gradients": {"region": "chr3:0-100k"}}, ("gradients.region", "10 whole bins", "24")),
    ],
)
def test_an_invalid_config_is_rejected_in_one_line_before_any_job(planned, changes, words):
    planned.configure(**changed(**changes))
    line = planned.early_refusal()
    assert all(word in line for word in words), line


@pytest.mark.slow
def test_regions_are_checked_before_any_read_is_aligned(planned, tmp_path_factory):
    """FAULTS F3: of a genome of which only the FASTA is known, by the first job that knows it."""
    clone = planned.clone(tmp_path_factory.mktemp("regions"))
    clone.configure(**SMALL)
    clone.run("results/small/world/genome.fa.gz")
    (clone.folder / "own.fa.gz").write_bytes(clone.path("world/genome.fa.gz").read_bytes())
    assemblies = {"world": {"fasta": "own.fa.gz", "gtf": "{world}/genes.gtf.gz"}}
    clone.configure(**changed(test_regions=["chr9"]), assemblies=assemblies)
    line = clone.refusal()
    assert all(word in line for word in ("conformation.test_regions", "chr9", "chr1")), line
    assert not list(clone.path("index").glob("**/*.bt2"))
    # another region is checked, and nothing else is done again
    index = "results/small/index/world/bowtie2.1.bt2"
    clone.configure(**changed(test_regions=["chr3"]), assemblies=assemblies)
    clone.run(index)
    clone.configure(**changed(test_regions=["chr2"]), assemblies=assemblies)
    assert clone.jobs(index) == {}
    clone.configure(**changed(test_regions=["chr9"]), assemblies=assemblies)
    assert "chr9" in clone.early_refusal()
