import numpy as np
import pytest
from memelite.io import read_meme as memelite_read

from workflow_scripts.deepexpression.motifs.pwms import (
    Motif,
    active_counts,
    information,
    read_meme,
    write_meme,
)

ALPHA = 0.7


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def naive(kernels, codes, alpha, both):
    width, _, number = kernels.shape
    counts, sites = np.zeros((number, width, 4)), np.zeros(number, int)
    for k in range(number):
        top = sum(max(kernels[m, :, k]) for m in range(width))
        for row in codes:
            for start in range(len(row) - width + 1):
                word = row[start : start + width]
                if max(word) > 3:
                    continue
                for read in [word, 3 - word[::-1]] if both else [word]:
                    score = sum(kernels[m, read[m], k] for m in range(width))
                    if top > 0 and score > alpha * top:
                        sites[k] += 1
                        for m in range(width):
                            counts[k, m, read[m]] += 1
    return counts, sites


@pytest.mark.parametrize("both", [False, True])
def test_active_words_follow_the_formula(rng, both):
    kernels = rng.normal(size=(5, 4, 6))
    kernels[:, :, 5] = -np.abs(kernels[:, :, 5])  # never active: its largest score is negative
    codes = rng.integers(0, 5, (70, 40)).astype(np.uint8)  # more genes than one batch, with N
    counts, sites = active_counts(kernels, codes, ALPHA, both_strands=both)
    expected, number = naive(kernels, codes, ALPHA, both)
    np.testing.assert_array_equal(sites, number)
    np.testing.assert_allclose(counts, expected)
    assert sites[:5].min() > 0
    assert sites[5] == 0


def test_the_kernel_of_a_word_gives_that_word(rng):
    word = np.array([2, 2, 0, 3, 1, 1, 0, 2])
    codes = rng.integers(0, 4, (50, 300)).astype(np.uint8)
    codes[:, 100:108] = word
    counts, sites = active_counts(np.eye(4)[word][:, :, None], codes, 0.9)
    assert sites[0] >= 50
    np.testing.assert_array_equal(counts[0].argmax(axis=1), word)
    # only the whole word scores more than 0.9 of 8
    assert (counts[0].max(axis=1) == sites[0]).all()


def test_both_strands_of_a_sequence_give_the_motif_of_its_reverse_complement(rng):
    kernels = rng.normal(size=(6, 4, 3))
    codes = rng.integers(0, 4, (20, 100)).astype(np.uint8)
    one = active_counts(kernels, codes, ALPHA, both_strands=True)
    other = active_counts(kernels, 3 - codes[:, ::-1], ALPHA, both_strands=True)
    np.testing.assert_allclose(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_meme_files_round_trip_and_are_read_by_memelite(tmp_path, rng):
    motifs = [Motif(f"fold0.net0.k{k:03d}", 25, rng.integers(0, 25, (w, 4)).astype(float))
              for k, w in enumerate((8, 12))]  # fmt: skip
    write_meme(tmp_path / "m.meme", motifs, 1.0)
    found, theirs = read_meme(tmp_path / "m.meme"), memelite_read(str(tmp_path / "m.meme"))
    assert list(found) == [m.name for m in motifs] == list(theirs)
    for motif in motifs:
        np.testing.assert_allclose(found[motif.name], motif.frequencies(1.0), atol=1e-6)
        np.testing.assert_allclose(theirs[motif.name].T, found[motif.name])
    write_meme(tmp_path / "none.meme", [], 1.0)
    assert read_meme(tmp_path / "none.meme") == {}


def test_information_of_certain_and_of_uniform_bases():
    assert information(np.eye(4)) == pytest.approx(8)
    assert information(np.full((5, 4), 0.25)) == pytest.approx(0)
