import numpy as np
import pandas as pd
import pytest

from tests.unit.deepexpression.small_networks import LENGTH, MOTIF, cell, folds_of, settings
from workflow_scripts.deepexpression.data.folds import write_folds
from workflow_scripts.deepexpression.models.fold_models import (
    TargetScale,
    combine_members,
    first_kernels,
)
from workflow_scripts.deepexpression.models.networks import promoter_network
from workflow_scripts.deepexpression.motifs import extract_motifs as extract
from workflow_scripts.deepexpression.motifs.check_demo_motifs import main as check
from workflow_scripts.deepexpression.motifs.pwms import read_meme
from workflow_scripts.deepexpression.motifs.score_motifs import main as score

pytestmark = pytest.mark.usefixtures("seeds_only")
WORD = "".join("ACGT"[base] for base in MOTIF)


@pytest.fixture(params=["forward", "max"])
def run(request, tmp_path):
    """Saved model of a fold, whose kernel 3 matches the word, and its inputs."""
    data = cell(genes=60)
    network = settings({"strands": request.param})["network"]
    model = promoter_network(network, length=LENGTH, task="regression", seed=0)
    folded = combine_members([model], TargetScale())
    start = first_kernels(folded)[0].copy()
    kernels = start.copy()
    kernels[:, :, 3] = np.eye(4)[MOTIF]
    kernels[:, :, 5] = -1.0  # never active
    model.get_layer("promoter").get_layer("first_convolution").kernel.assign(kernels)
    (tmp_path / "models").mkdir()
    folded.save(tmp_path / "models" / "fold0.keras")
    data.save(tmp_path / "data.npz")
    write_folds(tmp_path / "folds.tsv.gz", folds_of(data, 3))

    def once(kind="trained", **changes):
        options = dict(fold_numbers=[0], genes="all", max_promoters=1000, alpha=0.9,
                       pseudocount=1.0, min_sites=5, threads=1) | changes  # fmt: skip
        extract.main(
            [str(tmp_path / "models")], [str(tmp_path / "data.npz")],
            str(tmp_path / "folds.tsv.gz"), sets=[("A", "regression", kind)],
            memes=[str(tmp_path / "m.meme")], tables=[str(tmp_path / "m.tsv")], **options,
        )  # fmt: skip
        return read_meme(tmp_path / "m.meme"), pd.read_csv(tmp_path / "m.tsv", sep="\t")

    return once, start


def test_the_kernel_of_a_word_gives_that_word_and_inactive_kernels_are_left_out(run):
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
    assert once(max_promoters=7)[1].genes.unique().tolist() == [7]


def test_untrained_motifs_are_those_of_the_initial_weights(run, tmp_path):
    once, start = run
    layer = extract.promoter_trunks(extract.load_fold(tmp_path / "models", 0))[0]
    np.testing.assert_array_equal(extract.first_layer(layer, untrained=True)[0], start)
    assert not np.array_equal(extract.first_layer(layer, untrained=False)[0], start)
    motifs, _ = once("untrained", alpha=0.7)
    assert motifs


def test_planted_motifs_are_recovered_by_their_own_matrix_only(tmp_path):
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
    check(str(tmp_path / "a.tsv"), str(tmp_path / "p.tsv"), [], max_evalue=0.05,
          table=str(tmp_path / "t.tsv"))  # fmt: skip
    table = pd.read_csv(tmp_path / "t.tsv", sep="\t")
    fraction = table[table.motif == "all"].set_index(["cell", "kind"]).fraction
    assert fraction["Alpha", "trained"] == 0.5
    assert fraction["all", "trained"] == 1.0
    assert fraction["all", "untrained"] == 0.0
    assert set(table.motif) == {"A", "B", "all"}


def test_scores_are_fractions_by_cell_and_over_cells(tmp_path):
    rows = [("Alpha/regression/trained", 10, 5), ("Beta/regression/trained", 30, 3),
            ("Alpha/regression/untrained", 8, 0), ("Beta/regression/untrained", 0, 0)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["set", "motifs", "matched"]).assign(release="R")
    table["matched_MYC"], table["matched_NANOG"] = [0, 2, 0, 0], np.nan
    table.to_csv(tmp_path / "s.tsv", sep="\t", index=False)
    score(str(tmp_path / "s.tsv"), [], seed=4, scores=str(tmp_path / "o.tsv"))
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
