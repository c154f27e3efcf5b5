"""HiChIP vectors: agreement with a naive loop, edges, strand, and invalid loop tables."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.interactions import (
    interaction_vectors,
    read_loops,
    vector_loops,
)

SIZES = {"chr1": 1030, "chr2": 500}
BIN, REACH = 10, 200


def some_loops(rng, number=300):
    rows = []
    for _ in range(number):
        chrom = rng.choice(list(SIZES))
        one, two = sorted(rng.integers(0, -(-SIZES[chrom] // BIN), 2) * BIN)
        ends = [min(start + BIN, SIZES[chrom]) for start in (one, two)]
        rows.append((chrom, one, ends[0], chrom, two, ends[1], rng.gamma(1)))
    table = pd.DataFrame(
        rows, columns=["chrom1", "start1", "end1", "chrom2", "start2", "end2", "value"]
    )
    return table.drop_duplicates(["chrom1", "start1", "start2"], ignore_index=True)


def some_genes(rng, number=40):
    chrom = rng.choice(list(SIZES), number)
    return pd.DataFrame(
        {
            "chrom": chrom,
            "tss": [rng.integers(SIZES[name]) for name in chrom],
            "strand": rng.choice(["+", "-"], number),
        }
    )


@pytest.mark.parametrize("flip", [False, True])
def test_vectors_are_those_of_a_naive_loop(flip):
    rng = np.random.default_rng(1)
    loops, genes = some_loops(rng), some_genes(rng)
    vectors, number, padded = interaction_vectors(
        loops, genes, SIZES, resolution=BIN, half_width=REACH, orient_by_strand=flip
    )
    signal = {}
    for row in loops.itertuples():
        one, two = row.start1 // BIN, row.start2 // BIN
        signal[row.chrom1, one, two] = signal[row.chrom1, two, one] = row.value
    half = REACH // BIN
    for gene in genes.itertuples():
        sign = -1 if flip and gene.strand == "-" else 1
        bins = [gene.tss // BIN + sign * (b - half) for b in range(2 * half)]
        expected = [signal.get((gene.chrom, gene.tss // BIN, b), 0) for b in bins]
        np.testing.assert_allclose(vectors[gene.Index], expected, rtol=1e-6)
        assert number[gene.Index] == sum((gene.chrom, gene.tss // BIN, b) in signal for b in bins)
        assert padded[gene.Index] == any(not 0 <= b * BIN < SIZES[gene.chrom] for b in bins)
    assert number.sum() > 50
    assert 0 < padded.sum() < len(genes)


@pytest.mark.parametrize("flip", [False, True])
def test_the_loops_of_vectors_give_the_vectors_again(flip):
    rng = np.random.default_rng(4)
    loops, genes = some_loops(rng), some_genes(rng)
    settings = {"resolution": BIN, "orient_by_strand": flip}
    vectors, number, _ = interaction_vectors(loops, genes, SIZES, half_width=REACH, **settings)
    names = np.array([f"g{row}" for row in range(len(genes))])
    places = [genes[column].to_numpy() for column in ("chrom", "tss", "strand")]
    found = vector_loops(vectors, names, *places, SIZES, **settings)
    assert len(found) == number.sum()
    assert (found.start1 <= found.start2).all()
    # two genes can have one loop, and one bin; those of the table are among the cell's loops
    once = found.drop_duplicates(["chrom1", "start1", "start2"])
    every = loops.set_index(["chrom1", "start1", "end1", "chrom2", "start2", "end2"]).value
    own = once.set_index(["chrom1", "start1", "end1", "chrom2", "start2", "end2"]).value
    np.testing.assert_allclose(own, every[own.index], rtol=1e-6)
    again = interaction_vectors(once, genes, SIZES, half_width=REACH, **settings)[0]
    np.testing.assert_array_equal(again, vectors)
    step = (found.distance // BIN).abs()
    assert step.max() <= REACH // BIN
    assert (found.distance < 0).any()


def test_genes_without_loops_have_zeros():
    rng = np.random.default_rng(2)
    none = some_loops(rng).iloc[:0]
    vectors, number, _ = interaction_vectors(
        none, some_genes(rng), SIZES, resolution=BIN, half_width=REACH, orient_by_strand=False
    )
    assert vectors.shape == (40, 2 * REACH // BIN)
    assert not vectors.any()
    assert not number.any()


def written(tmp_path, loops):
    loops.to_csv(path := tmp_path / "loops.tsv.gz", sep="\t", index=False)
    return path


def test_loops_round_trip(tmp_path):
    loops = some_loops(np.random.default_rng(3))
    found = read_loops(written(tmp_path, loops), SIZES, BIN)
    pd.testing.assert_frame_equal(found, loops)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (
            "chrom2",
            "chr9",
            r"line 4: chrom2: bad value \('chr9'\); expected: a chromosome of the genome",
        ),
        ("start1", 5, r"line 4: start1: bad value \('5'\); expected: bins of 10 bp"),
        ("end2", 999_999, "expected: bins of 10 bp"),
        ("value", -1.0, r"line 4: value: bad value \('-1.0'\)"),
        ("value", np.nan, r"line 4: value: bad value \('nan'\)"),
    ],
)
def test_invalid_loops_are_rejected(tmp_path, column, value, message):
    loops = some_loops(np.random.default_rng(3)).astype({"value": float})
    loops.loc[2, column] = value
    with pytest.raises(UserError, match=message):
        read_loops(written(tmp_path, loops), SIZES, BIN)
