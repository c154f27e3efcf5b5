"""Families of genes whose promoters share sequence: they must not be divided between folds.

Coordinates are 0-based half-open bp.
"""

import bioframe
import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

# Words of 20 bp are long enough to be rare by chance (4^20 words). A quarter of them, chosen by
# their hash and hence the same in all sequences, estimates the share of common words (FracMinHash).
WORD, EVERY = 20, 4
CHUNK = 512  # promoters at a time


def find_families(
    symbols: np.ndarray, promoters: np.ndarray, windows: pd.DataFrame, *, min_similarity: float
) -> np.ndarray:
    """Number the families of genes that share a symbol or promoter sequence, also through others.

    Two promoters share sequence if their windows overlap, if they are identical, or if they are
    similar: `similar_pairs`.

    Parameters
    ----------
    symbols : str array, shape=(G,)
        '' is not shared.
    promoters : uint8 array, shape=(G, bp)
        Promoter sequences, 0-3 = ACGT, 4 = N.
    windows
        chrom ('' if unknown), start, end (bp) of the promoters; G rows.
    min_similarity
        Share of common words from which two promoters are of one family.

    Returns
    -------
    int64 array, shape=(G,)
        Families, numbered from 0 in the order of their first gene.
    """
    number = len(symbols)
    genes, named = np.arange(number), np.asarray(symbols) != ""
    placed = np.flatnonzero(windows.chrom.to_numpy() != "")
    links = [
        (genes[named], np.unique(symbols[named], return_inverse=True)[1]),
        # as bytes, because np.unique takes minutes on rows of thousands of columns
        (genes, pd.factorize(np.array([row.tobytes() for row in promoters], object))[0]),
        (placed, overlap_clusters(windows.iloc[placed])),
    ]
    one, two = similar_pairs(promoters, min_similarity)
    links.append((np.concatenate([one, two]), np.tile(np.arange(len(one)), 2)))
    # a graph of genes and of what they share; families are its connected components
    gene = np.concatenate([members for members, _ in links])
    offsets = number + np.cumsum([0, *(shared.max(initial=-1) + 1 for _, shared in links)])
    shared = np.concatenate(
        [shared + offset for (_, shared), offset in zip(links, offsets, strict=False)]
    )
    graph = coo_matrix((np.ones(len(gene)), (gene, shared)), shape=(offsets[-1], offsets[-1]))
    found = connected_components(graph, directed=False)[1][:number]
    _, first, family = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[family]


def overlap_clusters(windows: pd.DataFrame) -> np.ndarray:
    """Number of the cluster of overlapping windows (chrom, start, end) of each; int64."""
    if windows.empty:
        return np.zeros(0, np.int64)
    # None: windows that only touch have no base in common
    return bioframe.cluster(windows, min_dist=None).cluster.to_numpy(np.int64)


def similar_pairs(promoters: np.ndarray, min_similarity: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of promoters with at least this share of common words, on either strand.

    The share is the number of distinct words of `WORD` bp that both have, a word and its reverse
    complement being one, over the number of the promoter that has fewer. It is estimated on the
    words with one in `EVERY` hash values. Words with N are left out.

    Parameters
    ----------
    promoters : uint8 array, shape=(G, bp)
        0-3 = ACGT, 4 = N.
    min_similarity
        0 (excluded) to 1.

    Returns
    -------
    one, two : int arrays, shape=(pairs,)
        Promoters of each pair, one < two.
    """
    gene, word = sketch(promoters)
    column = np.unique(word, return_inverse=True)[1]
    shape = (len(promoters), column.max(initial=-1) + 1)
    table = csr_matrix((np.ones(len(gene), np.float32), (gene, column)), shape=shape)
    table.data[:] = 1  # a repeated word counts once
    size = np.asarray(table.sum(axis=1)).ravel()
    common = (table @ table.T).tocoo()
    upper = common.row < common.col
    one, two, number = common.row[upper], common.col[upper], common.data[upper]
    close = number >= min_similarity * np.minimum(size[one], size[two])
    return one[close], two[close]


def sketch(promoters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Promoter (int64) and hash (uint64) of each word that `similar_pairs` compares."""
    genes, words = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    for first in range(0, len(promoters), CHUNK):
        bases = promoters[first : first + CHUNK].astype(np.uint64)
        steps = bases.shape[1] - WORD + 1
        if steps < 1:
            break
        forward = np.zeros((len(bases), steps), np.uint64)
        backward, known = forward.copy(), np.ones(forward.shape, bool)
        for place in range(WORD):
            base = bases[:, place : place + steps]
            known &= base < 4
            base = np.minimum(base, 3)
            forward = forward << np.uint64(2) | base
            backward |= (np.uint64(3) - base) << np.uint64(2 * place)
        value = _mixed(np.minimum(forward, backward))
        chosen = known & (value % np.uint64(EVERY) == 0)
        genes.append(np.nonzero(chosen)[0] + first)
        words.append(value[chosen])
    return np.concatenate(genes), np.concatenate(words)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Spread uint64 values evenly, one to one (the finalizer of SplitMix64)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        values = (values ^ (values >> np.uint64(shift))) * np.uint64(factor)
    return values ^ (values >> np.uint64(31))
