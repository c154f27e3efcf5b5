"""Priors of Origami's model: how a pair of bins stands among the counts at its two anchors."""

import numpy as np

from numba import njit  # isort: skip


def anchor_priors(
    anchor1: np.ndarray, anchor2: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """α and β of each pair: int64 arrays, shape=(pairs,).

    Of the distinct counts among the pairs at either anchor (the pair itself is one of them), α is 1
    more than those below the pair's own, β 1 more than the rest.
    """
    anchors, ends = np.unique(np.concatenate([anchor1, anchor2]), return_inverse=True)
    seen = np.unique(np.stack([ends, np.tile(count, 2)], axis=1), axis=0)
    starts = np.searchsorted(seen[:, 0], np.arange(len(anchors) + 1))
    ends = ends.astype(np.int64)
    values = np.ascontiguousarray(seen[:, 1]).astype(np.int64)
    return _count_distinct(ends[: len(count)], ends[len(count) :], count.astype(np.int64),
                           starts, values)  # fmt: skip


@njit(cache=True, nogil=True)
def _count_distinct(one, two, count, starts, values):
    """Merge the sorted counts of both anchors of each pair."""
    alpha = np.ones(len(count), dtype=np.int64)
    beta = np.ones(len(count), dtype=np.int64)
    for pair in range(len(count)):
        i, j = starts[one[pair]], starts[two[pair]]
        end_i, end_j = starts[one[pair] + 1], starts[two[pair] + 1]
        while i < end_i or j < end_j:
            if j >= end_j or (i < end_i and values[i] <= values[j]):
                value = values[i]
                j += j < end_j and values[j] == value
                i += 1
            else:
                value = values[j]
                j += 1
            if value < count[pair]:
                alpha[pair] += 1
            else:
                beta[pair] += 1
    return alpha, beta
