"""Fits of the baselines: each chooses its parameters on inner folds, then fits all training genes.

Every fit returns a function from features (n, d), not standardized, to predictions (n,), and the
chosen parameters.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lstsq
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, lasso_path
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from workflow_scripts.deepexpression.baselines.features import RANK_TOLERANCE, TrainingGenes

Predictor = Callable[[np.ndarray], np.ndarray]
Fitted = tuple[Predictor, dict[str, Any]]


def inner_score(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Score of an inner fold: AUC for classes, minus the mean squared error for values."""
    if truth.dtype == bool:
        return float(roc_auc_score(truth, predicted))
    return -float(np.mean((truth - predicted) ** 2))


def inner_folds(train: TrainingGenes) -> Iterator[tuple[int, np.ndarray]]:
    """Number of each inner fold, and whether each gene is in it."""
    for fold in range(train.inner.max() + 1):
        yield fold, train.inner == fold


def best_candidate(scores: np.ndarray) -> int:
    """First candidate (axis 1) with the largest mean score over inner folds (axis 0)."""
    return int(np.argmax(scores.mean(axis=0)))


def linear_predictor(train: TrainingGenes, weights: np.ndarray, intercept: float, *, rotated=True):
    """Function from features to intercept + standardized features x weights."""
    if rotated:
        weights = train.basis @ weights.astype(np.float32)
    weights = weights.astype(np.float32)
    return lambda features: train.standardizer.apply(features) @ weights + np.float32(intercept)


def moments(train: TrainingGenes, truth: np.ndarray, held: int | None):
    """Moments of features and truth over all training genes, or without an inner fold.

    Returns centered Gram matrix (r, r), product with the truth (r,), mean of the features (r,) and
    mean of the truth.
    """
    gram = sum(part for fold, part in enumerate(train.grams) if fold != held)
    rows = np.ones(len(truth), bool) if held is None else train.inner != held
    number, mean = gram[-1, -1], gram[-1, :-1] / gram[-1, -1]
    center = truth[rows].mean()
    product = train.rotated[rows].T @ (truth[rows] - center)
    # centering the truth is enough for the product
    return gram[:-1, :-1] - number * np.outer(mean, mean), product, mean, center


def fit_ridge(train: TrainingGenes, truth: np.ndarray, *, alphas: list[float]) -> Fitted:
    """Ridge regression: |y - Xw|² + alpha |w|²."""

    def solve(gram, product, alpha):
        system = gram.copy()
        system[np.diag_indices_from(system)] += alpha
        return cho_solve(cho_factor(system, overwrite_a=True), product)

    scores = np.empty((train.inner.max() + 1, len(alphas)))
    if len(alphas) > 1:
        for fold, held in inner_folds(train):
            gram, product, mean, center = moments(train, truth, fold)
            for number, alpha in enumerate(alphas):
                weights = solve(gram, product, alpha)
                found = (train.rotated[held] - mean) @ weights + center
                scores[fold, number] = inner_score(truth[held], found)
    alpha = alphas[best_candidate(scores)] if len(alphas) > 1 else alphas[0]
    gram, product, mean, center = moments(train, truth, None)
    weights = solve(gram, product, alpha)
    return linear_predictor(train, weights, center - mean @ weights), {"alpha": alpha}


def fit_linear(train: TrainingGenes, truth: np.ndarray) -> Fitted:
    """Least squares with the minimum-norm weights."""
    gram, product, mean, center = moments(train, truth, None)
    # not `solve`: centering can reduce the rank by one
    weights = lstsq(gram, product, cond=RANK_TOLERANCE)[0]
    return linear_predictor(train, weights, center - mean @ weights), {"features": len(weights)}


def fit_lasso(
    train: TrainingGenes, truth: np.ndarray, *, alphas: list[float], max_iter: int = 2000
) -> Fitted:
    """Lasso: |y - Xw|² / 2n + alpha |w|₁, along the path from the largest alpha.

    `max_iter` limits the coordinate descent iterations for each alpha.
    """
    alphas = sorted(alphas, reverse=True)

    def path(rows):
        features, values = train.features[rows].astype(np.float64), truth[rows]
        mean, center = features.mean(axis=0), values.mean()
        features -= mean
        dense = len(features) >= features.shape[1]
        with warnings.catch_warnings():
            # the smallest penalties of the paper's grid, which are not chosen, do not converge
            warnings.simplefilter("ignore", ConvergenceWarning)
            weights = lasso_path(
                features, values - center, alphas=alphas, max_iter=max_iter, tol=1e-3,
                precompute=features.T @ features if dense else False,
            )[1]  # fmt: skip
        return weights, center - mean @ weights

    scores = np.empty((train.inner.max() + 1, len(alphas)))
    for fold, held in inner_folds(train):
        weights, intercepts = path(~held)
        for number, found in enumerate((train.features[held] @ weights + intercepts).T):
            scores[fold, number] = inner_score(truth[held], found)
    chosen = best_candidate(scores)
    weights, intercepts = path(np.ones(len(truth), bool))
    predictor = linear_predictor(train, weights[:, chosen], intercepts[chosen], rotated=False)
    facts = {"alpha": alphas[chosen], "features": int((weights[:, chosen] != 0).sum())}
    return predictor, facts


def fit_logistic(train: TrainingGenes, truth: np.ndarray, *, penalties: list[float]) -> Fitted:
    """Logistic regression with a squared penalty, 1 / 2C; predicts P(high)."""

    def machine(c):
        return LogisticRegression(C=c, max_iter=500, tol=1e-3)

    model, c = _choose(machine, train, truth, sorted(penalties))
    linear = linear_predictor(train, model.coef_[0], model.intercept_[0])
    return lambda features: expit(linear(features)), {"C": c}


def fit_svm(train: TrainingGenes, truth: np.ndarray, *, penalties: list[float]) -> Fitted:
    """Linear support vector machine with squared hinge loss.

    The prediction is the logistic function of the decision value: a ranking, no probability.
    """

    def machine(c):
        return LinearSVC(C=c, dual=False, tol=1e-3)

    model, c = _choose(machine, train, truth, sorted(penalties))
    linear = linear_predictor(train, model.coef_[0], model.intercept_[0])
    return lambda features: expit(linear(features)), {"C": c}


def _choose(machine, train: TrainingGenes, truth: np.ndarray, penalties: list[float]):
    """Fit the model with the penalty that is best on the inner folds."""
    chosen = 0
    if len(penalties) > 1:
        scores = np.empty((train.inner.max() + 1, len(penalties)))
        for fold, held in inner_folds(train):
            for number, c in enumerate(penalties):
                model = machine(c).fit(train.rotated[~held], truth[~held])
                found = model.decision_function(train.rotated[held])
                scores[fold, number] = inner_score(truth[held], found)
        chosen = best_candidate(scores)
    return machine(penalties[chosen]).fit(train.rotated, truth), penalties[chosen]


def fit_random_forest(
    train: TrainingGenes, truth: np.ndarray, *, trees: list[int], depths: list[int], seed: int,
    threads: int, features: str = "sqrt",
) -> Fitted:  # fmt: skip
    """Random forest; number and depth of trees are chosen from one forest per inner fold."""
    size = {"trees": trees[-1], "depth": depths[-1], "seed": seed, "threads": threads,
            "split_features": features}  # fmt: skip
    pick = (0, 0)
    if len(trees) * len(depths) > 1:
        total = np.zeros((len(trees), len(depths)))
        for _, held in inner_folds(train):
            forest = fit_forest(train.features[~held], truth[~held], **size)
            found = read_forest(forest, train.features[held], trees=trees, depths=depths)
            total += [[inner_score(truth[held], values) for values in row] for row in found]
        pick = np.unravel_index(total.argmax(), total.shape)
    chosen = {"trees": trees[pick[0]], "depth": depths[pick[1]]}
    forest = fit_forest(train.features, truth, **size | chosen)

    def predict(features: np.ndarray) -> np.ndarray:
        scaled = train.standardizer.apply(features)
        found = read_forest(forest, scaled, trees=[chosen["trees"]], depths=[chosen["depth"]])
        return found[0, 0]

    return predict, chosen


def fit_sum(values: np.ndarray, truth: np.ndarray) -> Fitted:
    """Least squares or, for classes, logistic regression on a single feature (n, 1)."""
    if truth.dtype == bool:
        model = LogisticRegression(C=np.inf).fit(values, truth)
        return lambda features: model.predict_proba(features)[:, 1], {}
    model = LinearRegression().fit(values, truth)
    return model.predict, {}


def fit_forest(
    features: np.ndarray, truth: np.ndarray, *, trees: int, depth: int, seed: int, threads: int,
    split_features: str = "sqrt",
) -> RandomForestClassifier | RandomForestRegressor:  # fmt: skip
    """Fit a forest, a classifier if `truth` is bool.

    Each split considers sqrt(d) features or, with `split_features` "default", as many as
    scikit-learn's default: sqrt(d) for a classifier, all for a regressor.
    """
    kind = RandomForestClassifier if truth.dtype == bool else RandomForestRegressor
    chosen = kind().max_features if split_features == "default" else split_features
    forest = kind(trees, max_depth=depth, max_features=chosen, random_state=seed, n_jobs=threads)
    return forest.fit(features, truth)


def read_forest(
    forest: RandomForestClassifier | RandomForestRegressor,
    features: np.ndarray,
    *,
    trees: list[int],
    depths: list[int],
) -> np.ndarray:
    """Predict with the first trees only, truncated at a depth, for several numbers of both.

    Trees are grown from the root, so a tree truncated at depth d is the tree grown to depth d: one
    forest with the most and deepest trees contains the whole search grid.

    Parameters
    ----------
    forest
        Forest of `fit_forest`.
    features : float32 array, shape=(n, d)
        Features as in the fit.
    trees, depths
        Numbers of trees and depths, ascending.

    Returns
    -------
    float64 array, shape=(len(trees), len(depths), n)
        P(high), or the predicted value.
    """
    total = np.zeros((len(depths), len(features)))
    found = np.empty((len(trees), *total.shape))
    rows = np.arange(len(features))
    for number, estimator in enumerate(forest.estimators_[: trees[-1]], start=1):
        tree = estimator.tree_
        # classifiers: fraction of the second class; regressors: mean
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
