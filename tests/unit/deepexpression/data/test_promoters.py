"""Promoters: orientation, padding, FASTA files, errors."""

import gzip

import numpy as np
import pandas as pd
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.promoters import (
    check_tss,
    cut_promoters,
    encode,
    read_promoters,
    read_tss,
    reverse_complement,
)

WIDTH = 5


@pytest.fixture
def genome(tmp_path):
    text = "".join(np.random.default_rng(1).choice(list("ACGTacgtN"), 60))
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{text}\n>chr2\n{text[::-1]}\n")
    pysam.faidx(str(path))
    return path, encode(text)


def places(*rows):
    return pd.DataFrame(rows, columns=["gene", "chrom", "tss", "strand"])


def test_the_tss_is_base_half_width_on_both_strands(genome):
    path, codes = genome
    genes = places(*[(f"G{tss}{s}", "chr1", tss, s) for tss in range(5, 55) for s in "+-"])
    found, padded = cut_promoters(path, genes, WIDTH)
    assert not padded.any()
    complement = np.array([3, 2, 1, 0, 4])
    for row, gene in zip(found, genes.itertuples(), strict=True):
        steps = np.arange(-WIDTH, WIDTH)
        if gene.strand == "+":
            assert np.array_equal(row, codes[gene.tss + steps])
        else:
            assert np.array_equal(row, complement[codes[gene.tss - steps]])


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize("tss", [0, 2, 57, 59])
def test_bases_beyond_the_chromosome_are_unknown(genome, tss, strand):
    path, codes = genome
    found, padded = cut_promoters(path, places(("G", "chr1", tss, strand)), WIDTH)
    wide = np.concatenate([np.full(10, 4), codes, np.full(10, 4)]).astype(np.uint8)
    start = 10 + tss - WIDTH + (strand == "-")
    expected = wide[start : start + 2 * WIDTH]
    assert np.array_equal(found[0], reverse_complement(expected) if strand == "-" else expected)
    assert padded[0]


@pytest.mark.parametrize("tss", [-1, 60])
def test_a_tss_outside_its_chromosome_is_rejected(tss):
    with pytest.raises(
        UserError, match=rf"genes.tsv: gene 'G': tss is outside chr1 \({tss}\).*0 to 59"
    ):
        check_tss(places(("G", "chr1", tss, "+")), {"chr1": 60}, "genes.tsv")


def test_promoters_from_fasta_by_name(tmp_path):
    path = tmp_path / "promoters.fa.gz"
    path.write_bytes(gzip.compress(b">A x=1\nACGTNACGTN\n>B\nAAAAA\nCCCCC\n>A again\nTTTTTTTTTT\n"))
    found = read_promoters(path, WIDTH)
    assert {name: codes.tolist() for name, codes in found.items()} == {
        "A": [0, 1, 2, 3, 4, 0, 1, 2, 3, 4],
        "B": [0] * 5 + [1] * 5,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (">A\nACGT\n", r"'A': wrong length \(4 bp\); expected: 10"),
        (">A\nACGTACGTAC\n>P\nMKLVMKLVMK\n", r"'P': 'L' is no nucleotide of DNA \(letter 3\)"),
        ("", "contains no sequence"),
        ("gene\n", "contains no sequence"),
        (None, "cannot be read"),
    ],
)
def test_invalid_fasta_is_rejected(tmp_path, text, message):
    path = tmp_path / "p.fa"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=message):
        read_promoters(path, WIDTH)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gene\tchrom\ttss\nA\tchr1\t5\n", "column 'strand' is missing"),
        ("gene\tchrom\ttss\tstrand\nA\tchr1\t5\t+\nB\tchr1\t-5\t+\n", "line 3: gene 'B'"),
        ("gene\tchrom\ttss\tstrand\nA\tchr1\t5.5\t+\n", "line 2: gene 'A'"),
        (
            "gene\tchrom\ttss\tstrand\nA\tchr1\t5\t.\n",
            r"line 2: gene 'A': invalid place .*'5' '\.'\); expected",
        ),
    ],
)
def test_invalid_tables_of_tss_are_rejected(tmp_path, text, message):
    (path := tmp_path / "tss.tsv").write_text(text)
    with pytest.raises(UserError, match=message):
        read_tss(path)
