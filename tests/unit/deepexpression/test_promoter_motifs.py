import numpy as np
import pandas as pd
import pytest
from small_networks import LENGTH, MOTIF, cell, folds_of, settings

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.motif_plan import (
    check_folds,
    chosen,
    enhancer_peaks,
    motif_sets,
)
from workflow_scripts.deepexpression.data.folds import write_folds
from workflow_scripts.deepexpression.models.networks import promoter_network
from workflow_scripts.deepexpression.motifs import extract_promoter_motifs as extract
from workflow_scripts.deepexpression.motifs.check_demo_motifs import main as check
from workflow_scripts.deepexpression.motifs.pwms import read_meme
from workflow_scripts.deepexpression.motifs.score_motifs import main as score
from workflow_scripts.deepexpression.training.fitting import Scale
from workflow_scripts.deepexpression.training.fold_models import combine, first_kernels

WORD = "".join("ACGT"[base] for base in MOTIF)


@pytest.fixture(params=["forward", "max"])
def run(request, tmp_path):
    """A folder with the saved model of a fold, whose kernel 3 reads the word; its inputs."""
    data = cell(genes=60)
    network = settings({"strands": request.param})["network"]
    model = promoter_network(network, length=LENGTH, task="regression", seed=0)
    folded = combine([model], Scale())
    start = first_kernels(folded)[0].copy()
    kernels = start.copy()
    kernels[:, :, 3] = np.eye(4)[MOTIF]
    kernels[:, :, 5] = -1.0  # never active
    model.get_layer("promoter").get_layer("first_convolution").kernel.assign(kernels)
    (tmp_path / "models").mkdir()
    folded.save(tmp_path / "models" / "fold0.keras")
    data.save(tmp_path / "data.npz")
    write_folds(tmp_path / "folds.tsv.gz", folds_of(data, 3))

    def once(**changes):
        options = dict(chosen=[0], genes="all", most=1000, untrained=False, alpha=0.9,
                       pseudocount=1.0, least_sites=5) | changes  # fmt: skip
        extract.main(
            str(tmp_path / "models"), str(tmp_path / "data.npz"), str(tmp_path / "folds.tsv.gz"),
            meme=str(tmp_path / "m.meme"), table=str(tmp_path / "m.tsv"), **options,
        )  # fmt: skip
        return read_meme(tmp_path / "m.meme"), pd.read_csv(tmp_path / "m.tsv", sep="\t")

    return once, start


def test_the_kernel_that_reads_a_word_gives_it_and_dead_ones_are_left_out(run):
    once, _ = run
    motifs, table = once()
    best = motifs["fold0.net0.k003"].argmax(axis=1)
    assert "".join("ACGT"[base] for base in best) == WORD
    table = table.set_index("kernel")
    assert table.sites[3] >= 30  # every second gene has it
    assert table.sites[5] == 0
    assert table.kept[5] == 0
    assert "fold0.net0.k005" not in motifs
    assert len(motifs) == table.kept.sum()
    # the fold's own genes are a third of all
    assert once(genes="test")[1].genes.unique().tolist() == [20]
    assert once(most=7)[1].genes.unique().tolist() == [7]


def test_untrained_motifs_are_those_of_the_weights_at_the_start(run, tmp_path):
    once, start = run
    layer = extract.trunks(extract.load_fold(tmp_path / "models", 0))[0]
    np.testing.assert_array_equal(extract.first_layer(layer, True)[0], start)
    assert not np.array_equal(extract.first_layer(layer, False)[0], start)
    motifs, _ = once(untrained=True, alpha=0.7)
    assert motifs


def test_recovery_of_planted_motifs_counts_their_own_matrix_alone(tmp_path):
    columns = ["motif", "matrix", "role", "weight"]
    planted = [("A", "MA0001.5", "activator", 0.5), ("B", "MA0002.1", "repressor", -0.5),
               ("E", "MA0003.2", "enhancer", 0.6), ("C", "MA0139.1", "insulator", 0.0)]  # fmt: skip
    pd.DataFrame(planted, columns=columns).to_csv(tmp_path / "a.tsv", sep="\t", index=False)
    rows = [("Alpha/regression/trained", "k1", "MA0001.2", 1e-3),  # another version: recovered
            ("Alpha/regression/trained", "k2", "MA0002.1", 0.2),  # too weak
            ("Beta/regression/trained", "k7", "MA0002.2", 0.04),
            ("Beta/regression/untrained", "k7", "MA0099.1", 1e-9)]  # fmt: skip
    found = pd.DataFrame(rows, columns=["set", "motif", "target", "E"])
    found.assign(release="R").to_csv(tmp_path / "p.tsv", sep="\t", index=False)
    check(str(tmp_path / "a.tsv"), str(tmp_path / "p.tsv"), None, cutoff=0.05,
          table=str(tmp_path / "t.tsv"))  # fmt: skip
    table = pd.read_csv(tmp_path / "t.tsv", sep="\t")
    share = table[table.motif == "all"].set_index(["cell", "kind"]).share
    assert share["Alpha", "trained"] == 0.5
    assert share["all", "trained"] == 1.0
    assert share["all", "untrained"] == 0.0
    assert set(table.motif) == {"A", "B", "all"}


def test_scores_are_shares_by_cell_and_over_cells(tmp_path):
    rows = [("Alpha/regression/trained", 10, 5), ("Beta/regression/trained", 30, 3),
            ("Alpha/regression/untrained", 8, 0), ("Beta/regression/untrained", 0, 0)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["set", "motifs", "matched"]).assign(release="R")
    table["as_MYC"], table["as_NANOG"] = [0, 2, 0, 0], np.nan
    table.to_csv(tmp_path / "s.tsv", sep="\t", index=False)
    score(str(tmp_path / "s.tsv"), None, seed=4, out=str(tmp_path / "o.tsv"))
    found = pd.read_csv(tmp_path / "o.tsv", sep="\t").set_index(["model", "sample"])
    myc = found[found.metric == "motif_found_MYC"].value
    assert [myc["seq", cell] for cell in ("Alpha", "Beta", "all")] == [0, 1, 1]
    assert myc["seq_untrained", "all"] == 0
    assert not (found.metric == "motif_found_NANOG").any()
    found = found[found.metric == "promoter_motifs_matched"]
    assert found.value["seq", "Alpha"] == 0.5
    assert found.value["seq", "all"] == 0.2
    assert found.n["seq", "all"] == 40
    assert found.value["seq_untrained", "all"] == 0
    assert ("seq_untrained", "Beta") not in found.index


def test_plan_of_sets_and_peaks():
    sets = motif_sets(["A"], ["regression"], ["untrained", "shuffled"], [("A", "regression")])
    assert [kind for *_, kind in sets] == ["trained", "untrained", "shuffled"]
    assert len(motif_sets(["A"], ["regression"], ["shuffled"], [])) == 1
    samples = pd.DataFrame(
        {"cell": ["A", "A", "B"], "target": ["H3K4me1", "H3K27ac", "H3K4me1"]},
        index=["one", "two", "three"],
    )
    targets = ["H3K27ac", "H3K4me1"]
    assert enhancer_peaks(samples, ["one", "two", "three"], "A", targets) == ["two"]
    assert enhancer_peaks(samples, ["one", "three"], "A", targets) == ["one"]
    assert enhancer_peaks(samples, ["one", "three"], "C", targets) == []
    assert chosen([], ["A", "B"], "x") == ["A", "B"]
    with pytest.raises(UserError, match="x: 'C'; allowed: A, B"):
        chosen(["C"], ["A", "B"], "x")
    with pytest.raises(UserError, match="folds: 3; allowed: 0 to 2, those of random3"):
        check_folds([0, 3], "random3", "folds")
