"""Gapped k-mers: agreement with a naive count, strands, unknown bases."""

from itertools import combinations

import numpy as np
import pytest

from workflow_scripts.deepexpression.baselines.features import gapped_words, gkm_features
from workflow_scripts.deepexpression.data.promoters import reverse_complement

LETTERS = "ACGTN"
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def naive(codes, length, informative):
    """Gapped k-mers of one sequence counted by text, one window at a time, on both strands."""
    text, counts = "".join(LETTERS[code] for code in codes), {}
    for start in range(len(text) - length + 1):
        word = text[start : start + length]
        if "N" in word:
            continue
        held = set()
        for kept in combinations(range(length), informative):
            gapped = "".join(word[i] if i in kept else "-" for i in range(length))
            held.add(min(gapped, gapped.translate(COMPLEMENT)[::-1]))
        for name in held:
            counts[name] = counts.get(name, 0) + 1
    return counts


@pytest.mark.parametrize(("length", "informative", "number"), [(6, 4, 1944), (4, 4, 136)])
def test_number_of_features(length, informative, number):
    # 15 x 4^4 gapped words of which 48 are their own complement; 256 words with 16 palindromes
    names, matrix = gapped_words(length, informative)
    assert len(names) == number == matrix.shape[0]


@pytest.mark.parametrize(("length", "informative"), [(6, 4), (5, 3), (3, 3)])
def test_counts_are_those_of_a_naive_loop(length, informative):
    rng = np.random.default_rng(1)
    sequences = rng.choice(5, (6, 60), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)
    names, _ = gapped_words(length, informative)
    found = gkm_features(sequences, length=length, informative=informative)
    for row, codes in zip(found, sequences, strict=True):
        counts = naive(codes, length, informative)
        expected = np.array([counts.get(name, 0) for name in names], float)
        assert set(counts) <= set(names)
        np.testing.assert_allclose(row, expected / np.linalg.norm(expected), rtol=1e-5)


def test_both_strands_have_the_same_features():
    sequences = np.random.default_rng(2).integers(0, 5, (3, 200)).astype(np.uint8)
    np.testing.assert_allclose(
        gkm_features(sequences), gkm_features(reverse_complement(sequences)), rtol=1e-6
    )


def test_rows_have_norm_one_and_unknown_sequences_zero():
    sequences = np.random.default_rng(3).integers(0, 4, (4, 100)).astype(np.uint8)
    sequences[2] = 4
    norms = np.linalg.norm(gkm_features(sequences), axis=1)
    np.testing.assert_allclose(norms, [1, 1, 0, 1], rtol=1e-6)
