"""A random forest that is read at every depth and number of trees at once.

Trees grow from the root and never look back, so a tree cut off at depth d is one that was grown to
depth d. One forest of the most and deepest trees thus holds the whole grid of both.
"""

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor


def fit_forest(
    features: np.ndarray, truth: np.ndarray, *, trees: int, depth: int, seed: int, threads: int
) -> RandomForestClassifier | RandomForestRegressor:
    """Fit a forest; one of classes where `truth` is bool.

    Each split looks at the square root of the number of features, for both tasks.
    """
    kind = RandomForestClassifier if truth.dtype == bool else RandomForestRegressor
    forest = kind(trees, max_depth=depth, max_features="sqrt", random_state=seed, n_jobs=threads)
    return forest.fit(features, truth)


def read_forest(
    forest: RandomForestClassifier | RandomForestRegressor,
    features: np.ndarray,
    *,
    trees: list[int],
    depths: list[int],
) -> np.ndarray:
    """Predict by the first trees alone, cut off at a depth, for several of both.

    Parameters
    ----------
    forest
        As from `fit_forest`.
    features : float32 array, shape=(n, d)
        As in the fit.
    trees, depths
        Numbers of trees and depths, ascending.

    Returns
    -------
    float64 array, shape=(len(trees), len(depths), n)
        P(high), or the value.
    """
    total = np.zeros((len(depths), len(features)))
    found = np.empty((len(trees), *total.shape))
    rows = np.arange(len(features))
    for number, estimator in enumerate(forest.estimators_[: trees[-1]], start=1):
        tree = estimator.tree_
        # of classes, the share of the second; of values, the mean
        value = tree.value[:, 0, -1]
        node = np.zeros(len(features), np.intp)
        for level in range(depths[-1] + 1):
            if level in depths:
                total[depths.index(level)] += value[node]
            inner = tree.children_left[node] >= 0
            left = features[rows, np.maximum(tree.feature[node], 0)] <= tree.threshold[node]
            after = np.where(left, tree.children_left[node], tree.children_right[node])
            node = np.where(inner, after, node)
        if number in trees:
            found[trees.index(number)] = total / number
    return found
