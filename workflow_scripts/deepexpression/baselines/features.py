"""Features of the baselines: gapped k-mer counts, and standardized features of training genes."""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, product

import numpy as np
from scipy.sparse import csr_matrix

from workflow_scripts.deepexpression.data.folds import balance_groups

CHUNK = 512  # genes at a time, because words are counted in a table of 4^length columns
# Eigenvalues below this fraction of the largest are rounding errors. On gapped k-mers of 12,057
# human promoters the smallest true fraction is 2e-8 and the largest false one 6e-15.
RANK_TOLERANCE = 1e-12


@cache
def gapped_words(length: int, informative: int) -> tuple[tuple[str, ...], csr_matrix]:
    """Gapped k-mers, and which of them each word of `length` bases contains.

    A gapped k-mer and its reverse complement are one feature, as in gkm-SVM (Ghandi et al. 2014):
    length 6 with 4 informative bases gives 1,944 features.

    Returns
    -------
    names : tuple of str
        Sorted features such as `A--CGT`, each the alphabetically first of a gapped k-mer and its
        reverse complement.
    matrix : sparse float32 matrix, shape=(features, 4 ** length)
        1 where the word or its reverse complement contains the gapped k-mer. Words are numbered
        in base 4 (ACGT), the first base being the highest digit.
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
    matrix.data[:] = 1  # a palindrome counts once
    return tuple(names.tolist()), matrix


def count_words(sequences: np.ndarray, length: int) -> np.ndarray:
    """Count words of `length` bases, ignoring words with N.

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
    """Gapped k-mer counts of sequences, each row scaled to Euclidean length 1.

    Parameters
    ----------
    sequences : uint8 array, shape=(G, bp)
        0-3 = ACGT, 4 = N.
    length, informative
        Length of a word, and number of its bases that are not gaps.

    Returns
    -------
    float32 array, shape=(G, features)
        In the order of `gapped_words`; zeros for a sequence of N only.
    """
    names, matrix = gapped_words(length, informative)
    features = np.empty((len(sequences), len(names)), np.float32)
    for first in range(0, len(sequences), CHUNK):
        words = count_words(sequences[first : first + CHUNK], length)
        features[first : first + CHUNK] = (matrix @ words.T).T
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    return np.divide(features, norms, out=np.zeros_like(features), where=norms > 0)


@dataclass
class Standardizer:
    """Scales features to mean 0 and variance 1 of the training genes; constant ones become 0."""

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray) -> "Standardizer":
        """Mean and scale of training features (n, d)."""
        mean, spread = train.mean(axis=0, dtype=np.float64), train.std(axis=0, dtype=np.float64)
        # rounding leaves a constant feature with a tiny standard deviation
        constant = spread <= 1e-7 * np.abs(mean)
        scale = np.divide(1, spread, out=np.zeros_like(spread), where=~constant)
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Standardized features (n, d), float32."""
        return (features - self.mean) * self.scale


class TrainingGenes:
    """Features and inner folds of a fold's training genes, and results that the models share.

    Attributes
    ----------
    features : float32 array, shape=(n, d)
        Standardized.
    standardizer : Standardizer
        Scale of the features, for other genes.
    inner : int array, shape=(n,)
        Inner fold of each gene; groups of the outer folds are not divided.
    """

    def __init__(self, features: np.ndarray, group: np.ndarray, *, inner_folds: int, seed: int):
        self.standardizer = Standardizer.of(features)
        self.features = self.standardizer.apply(features)
        groups = np.unique(group, return_inverse=True)[1]
        self.inner = balance_groups(groups, inner_folds, np.random.default_rng(seed))

    @cached_property
    def basis(self) -> np.ndarray:
        """Basis (d, r) of the space that the training genes' features span.

        Ridge, SVM, logistic and minimum-norm least squares have their weights in this space, so
        fitting them on the r rotated features gives the same models faster. Gapped k-mers are
        linearly dependent: the 1,944 of (6, 4) span 1,010 dimensions.
        """
        wide = self.features.astype(np.float64)
        if len(wide) < wide.shape[1]:
            values, vectors = np.linalg.eigh(wide @ wide.T)
            kept = values > values[-1] * RANK_TOLERANCE
            axes = wide.T @ (vectors[:, kept] / np.sqrt(values[kept]))
        else:
            values, vectors = np.linalg.eigh(wide.T @ wide)
            axes = vectors[:, values > values[-1] * RANK_TOLERANCE]
        return axes.astype(np.float32)

    @cached_property
    def rotated(self) -> np.ndarray:
        """Features in this basis; float32, shape=(n, r)."""
        return self.features @ self.basis

    @cached_property
    def grams(self) -> list[np.ndarray]:
        """Gram matrix of the rotated features and a column of ones, by inner fold.

        float64, shape=(r + 1, r + 1) each; the Gram matrix of an inner fit is a sum of some of
        them.
        """
        parts = []
        for fold in range(self.inner.max() + 1):
            rows = self.rotated[self.inner == fold].astype(np.float64)
            rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
            parts.append(rows.T @ rows)
        return parts
