"""Genes that a fair division must not part: those of one symbol or with an identical promoter."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def find_families(symbols: np.ndarray, promoters: np.ndarray) -> np.ndarray:
    """Number families of genes that are joined by a symbol, a promoter, or a chain of both.

    Parameters
    ----------
    symbols : str array, shape=(G,)
        '' joins nothing.
    promoters : uint8 array, shape=(G, bp)
        Sequences; rows that are equal join.

    Returns
    -------
    int64 array, shape=(G,)
        Families, numbered from 0 in the order of their first gene.
    """
    number = len(symbols)
    by_symbol = np.unique(symbols, return_inverse=True)[1]
    # as bytes: numpy's unique rows take minutes at thousands of columns
    by_promoter = pd.factorize(np.array([row.tobytes() for row in promoters], object))[0]
    genes, named = np.arange(number), np.asarray(symbols) != ""
    # a graph of genes and of what they share; a family is one of its components
    gene = np.concatenate([genes[named], genes])
    shared = np.concatenate([by_symbol[named], by_symbol.max(initial=0) + 1 + by_promoter])
    nodes = number + shared.max(initial=0) + 1
    graph = coo_matrix((np.ones(len(gene)), (gene, number + shared)), shape=(nodes, nodes))
    found = connected_components(graph, directed=False)[1][:number]
    _, first, family = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[family]
