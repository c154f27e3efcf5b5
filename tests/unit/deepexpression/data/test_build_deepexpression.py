"""The datasets of all cells: joined genes, left-out genes, errors."""

import numpy as np
import pandas as pd
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.assign_folds import main as assign_folds
from workflow_scripts.deepexpression.data.build_deepexpression import main
from workflow_scripts.deepexpression.data.dataset import ExpressionData, shuffle_expression
from workflow_scripts.deepexpression.data.folds import read_folds
from workflow_scripts.deepexpression.data.promoters import encode

CELLS = ["A", "B"]
SIZES = {"chr1": 4000, "chr2": 3000}
GENES = 30


class World:
    """Files of two cells; A has HiChIP. Gene G29 has no expression in B."""

    def __init__(self, folder):
        rng = np.random.default_rng(1)
        self.folder = folder
        (folder / "sizes").write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
        text = {name: "".join(rng.choice(list("ACGT"), size)) for name, size in SIZES.items()}
        (folder / "genome.fa").write_text("".join(f">{n}\n{s}\n" for n, s in text.items()))
        pysam.faidx(str(folder / "genome.fa"))
        self.names = [f"G{number}" for number in range(GENES)]
        chrom = rng.choice(list(SIZES), GENES)
        self.genes = pd.DataFrame(
            {
                "gene_id": self.names,
                "gene_name": ["same", "same", *self.names[2:]],
                "chrom": chrom,
                "start": 0,
                "end": 1,
                "strand": rng.choice(["+", "-"], GENES),
                "tss": [int(rng.integers(SIZES[name])) for name in chrom],
            }
        )
        self.counts = rng.poisson(20, (GENES, 2)) * [1.0, 3.0]
        loops = {"chrom1": "chr1", "start1": 100, "end1": 200, "chrom2": "chr1", "start2": 900}
        self.loops = pd.DataFrame([{**loops, "end2": 1000, "value": 2.5}])
        self.half_width, self.fasta, self.from_genome = 50, "genome.fa", True

    def build(self, **changed):
        """Write the tables, run the script, return the data by cell and the summary."""
        self.genes.to_csv(self.folder / "genes.tsv", sep="\t", index=False)
        self.loops.to_csv(self.folder / "loops.tsv.gz", sep="\t", index=False)
        for number, cell in enumerate(CELLS):
            table = pd.DataFrame({"gene_id": self.names, "value": self.counts[:, number]})
            table = table.assign(unit="counts", est_counts=np.nan, tpm=np.nan)
            table[: GENES - number].to_csv(self.folder / f"{cell}.tsv", sep="\t", index=False)
        files = [str(self.folder / f"{cell}.npz") for cell in CELLS]
        settings = dict(
            cells=CELLS,
            expression_files=[str(self.folder / f"{cell}.tsv") for cell in CELLS],
            with_loops=["A"],
            loop_files=[str(self.folder / "loops.tsv.gz")],
            fasta=str(self.folder / self.fasta),
            genes=str(self.folder / "genes.tsv"),
            sizes=str(self.folder / "sizes"),
            from_genome=self.from_genome,
            half_width=self.half_width,
            family_similarity=0.1,
            shown_gene="G5",
            hichip={"half_width": 1000, "orient_by_strand": False},
            resolution=100,
            expression={"pseudocount": 0.1, "quantile_normalize": True},
            data=files,
            summary=str(self.folder / "summary.tsv"),
        )
        main(**settings | changed)
        summary = pd.read_csv(self.folder / "summary.tsv", sep="\t")
        data = dict(zip(CELLS, map(ExpressionData.load, files), strict=True))
        return data, summary.set_index(["cell", "quantity"]).value


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_cells_have_the_same_genes_in_the_same_order(world):
    data, summary = world.build()
    a, b = data["A"], data["B"]
    assert list(a.genes) == list(b.genes) == world.names[:-1]  # B lacks the last
    assert summary["A", "genes_with_expression"] == GENES
    assert summary["B", "genes"] == GENES - 1
    np.testing.assert_allclose(np.sort(a.expression), np.sort(b.expression), atol=0.4)
    assert np.array_equal(a.counts, world.counts[:-1, 0])
    assert a.label.sum() == (a.expression >= np.median(a.expression)).sum()


def test_cells_with_hichip_have_vectors(world):
    world.genes.loc[5, ["chrom", "tss"]] = "chr1", 150
    data, summary = world.build()
    assert data["B"].hichip.shape == (GENES - 1, 0)
    assert data["A"].hichip.shape == (GENES - 1, 20)
    assert data["A"].hichip[5].tolist() == [0.0] * 18 + [2.5, 0.0]  # eight bins downstream
    assert data["A"].loops[5] == 1
    assert summary["A", "genes_with_loops"] == (data["A"].loops > 0).sum() >= 1
    assert summary["A", "windows_padded"] > 0
    assert summary["B", "windows_padded"] == 0


def test_genes_of_one_symbol_or_overlapping_promoters_are_a_family_and_stay_in_one_fold(
    world, tmp_path
):
    data, summary = world.build()
    family = data["A"].family
    assert family[0] == family[1]
    genes = world.genes[:-1]  # B lacks the last
    near = (genes.chrom.to_numpy()[:, None] == genes.chrom.to_numpy()) & (
        np.abs(np.subtract.outer(genes.tss.to_numpy(), genes.tss.to_numpy())) < 99
    )
    assert near.sum() > len(genes)
    assert (family[:, None] == family)[near].all()
    assert summary["A", "families"] == len(np.unique(family)) > 10
    assign_folds(
        str(tmp_path / "A.npz"), scheme="family3", seed=1, folds=str(tmp_path / "folds.tsv.gz")
    )
    folds = read_folds(tmp_path / "folds.tsv.gz")
    assert folds.fold[0] == folds.fold[1]
    assert list(folds.genes) == list(data["A"].genes)


def test_a_gene_of_figure_2c_that_the_run_lacks_is_rejected_before_training(world):
    with pytest.raises(UserError, match=r"figures.gene: 'nobody' is not among the run's 29 genes"):
        world.build(shown_gene="nobody")
    # without HiChIP the figure is not drawn
    world.build(shown_gene="nobody", with_loops=[], loop_files=[])


def test_promoters_from_fasta_with_a_table_of_tss(world):
    table = world.genes.rename(columns={"gene_id": "gene"})[:25]
    table[["gene", "chrom", "tss", "strand"]].to_csv(
        world.folder / "tss.tsv", sep="\t", index=False
    )
    lines = [f">{name} 2\n{'ACGTN' * 20}\n" for name in world.names[3:]]
    (world.folder / "promoters.fa").write_text("".join(lines))
    world.fasta, world.from_genome = "promoters.fa", False
    data, _ = world.build(genes=str(world.folder / "tss.tsv"))
    assert list(data["A"].genes) == world.names[3:25]
    assert np.array_equal(data["A"].promoters[0], encode("ACGTN" * 20))
    assert len(np.unique(data["A"].family)) == 1  # all of one promoter
    alone, _ = world.build(genes=None, sizes=None, with_loops=[], loop_files=[])
    assert list(alone["A"].genes) == world.names[3:29]
    assert (alone["A"].tss == -1).all()
    assert (alone["A"].chrom == "").all()


def test_round_trip_and_permutation(world, tmp_path):
    data = world.build()[0]["A"]
    data.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "A.npz").read_bytes()
    moved = shuffle_expression(data, 1)
    assert np.array_equal(np.sort(moved.expression), np.sort(data.expression))
    assert not np.array_equal(moved.expression, data.expression)
    order = np.argsort(moved.expression, kind="stable")
    assert (np.diff(moved.counts[order]) >= 0).all()  # counts and labels move along
    assert (np.diff(moved.label[order].astype(int)) >= 0).all()
    assert np.array_equal(moved.promoters, data.promoters)


def test_invalid_data_are_rejected(world):
    world.counts[:, 1] = 7
    with pytest.raises(UserError, match="cell 'B': expression is all equal"):
        world.build()
    world.genes.loc[4, ["chrom", "tss"]] = "chr2", 3000
    with pytest.raises(
        UserError, match=r"genes.tsv: gene 'G4': tss is outside chr2 \(3000\); expected: 0 to 2999"
    ):
        world.build()
    world.genes["gene_id"] = [f"other{name}" for name in world.names]
    with pytest.raises(
        UserError, match=r"no gene has both expression in all cells.*G0.*against otherG0"
    ):
        world.build()
