"""Counts of gapped k-mers: words of `length` bases of which only `informative` are read.

A gapped k-mer and its reverse complement are one feature, as in gkm-SVM (Ghandi et al. 2014):
length 6 with 4 informative bases gives 1,944 features.
"""

from functools import cache
from itertools import combinations, product

import numpy as np
from scipy.sparse import csr_matrix

CHUNK = 512  # genes at a time: words are counted in a table of 4^length columns


@cache
def gapped_words(length: int, informative: int) -> tuple[tuple[str, ...], csr_matrix]:
    """Gapped k-mers, and which of them each word of `length` bases holds.

    Returns
    -------
    names : tuple of str
        Features as `A--CGT` (the first of a gapped k-mer and its reverse complement in the
        alphabet), sorted.
    matrix : sparse float32 matrix, shape=(features, 4 ** length)
        1 where the word, or its reverse complement, holds the gapped k-mer. Words are numbered in
        base 4 (ACGT), first base highest.
    """
    places = list(combinations(range(length), informative))
    words = np.array(list(product(range(4), repeat=length)), np.int8)
    canonical, columns = [], []
    for kept in places:
        gapped = np.full(words.shape, ord("-"), np.uint8)
        gapped[:, kept] = np.frombuffer(b"ACGT", np.uint8)[words[:, kept]]
        turned = np.full(words.shape, ord("-"), np.uint8)
        turned[:, [length - 1 - place for place in kept]] = np.frombuffer(b"TGCA", np.uint8)[
            words[:, kept]
        ]
        one, two = (np.char.decode(form.view(f"S{length}").ravel()) for form in (gapped, turned))
        canonical.append(np.where(one <= two, one, two))
        columns.append(np.arange(len(words)))
    names, rows = np.unique(np.concatenate(canonical), return_inverse=True)
    matrix = csr_matrix(
        (np.ones(len(rows), np.float32), (rows, np.concatenate(columns))),
        shape=(len(names), len(words)),
    )
    matrix.data[:] = 1  # a palindrome is held once
    return tuple(names.tolist()), matrix


def count_words(sequences: np.ndarray, length: int) -> np.ndarray:
    """Count words of `length` bases; those with an N do not count.

    Parameters
    ----------
    sequences : uint8 array, shape=(G, bp)
        0-3 = ACGT, 4 = N.
    length
        Bases of a word.

    Returns
    -------
    float32 array, shape=(G, 4 ** length)
    """
    number, width = sequences.shape
    if width < length:
        return np.zeros((number, 4**length), np.float32)
    steps = width - length + 1
    word = np.zeros((number, steps), np.int32)
    known = np.ones((number, steps), bool)
    for place in range(length):
        base = sequences[:, place : place + steps]
        word = word * 4 + base
        known &= base < 4
    index = (word + (np.arange(number, dtype=np.int64) * 4**length)[:, None])[known]
    counts = np.bincount(index, minlength=number * 4**length)
    return counts.reshape(number, 4**length).astype(np.float32)


def gkm_features(sequences: np.ndarray, *, length: int = 6, informative: int = 4) -> np.ndarray:
    """Gapped k-mers of sequences, each row scaled to Euclidean length 1.

    Parameters
    ----------
    sequences : uint8 array, shape=(G, bp)
        0-3 = ACGT, 4 = N.
    length, informative
        Bases of a word, and those of them that are read.

    Returns
    -------
    float32 array, shape=(G, features)
        In the order of `gapped_words`; zeros for a sequence of N alone.
    """
    names, matrix = gapped_words(length, informative)
    features = np.empty((len(sequences), len(names)), np.float32)
    for first in range(0, len(sequences), CHUNK):
        words = count_words(sequences[first : first + CHUNK], length)
        features[first : first + CHUNK] = (matrix @ words.T).T
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    return np.divide(features, norms, out=np.zeros_like(features), where=norms > 0)
