"""The baselines' fits: each chooses penalty or size by inner folds, then fits all training genes.

Every fit returns a function from features (n, d), not yet standardised, to predictions (n,), and
what was chosen.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lstsq
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, lasso_path
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from workflow_scripts.deepexpression.baselines.features import SPANNED, Training
from workflow_scripts.deepexpression.baselines.forests import fit_forest, read_forest

Predictor = Callable[[np.ndarray], np.ndarray]
Fitted = tuple[Predictor, dict[str, Any]]


def score(truth: np.ndarray, predicted: np.ndarray) -> float:
    """What an inner fold is judged by: AUC of classes, else minus the mean squared error."""
    if truth.dtype == bool:
        return float(roc_auc_score(truth, predicted))
    return -float(np.mean((truth - predicted) ** 2))


def inner_parts(train: Training) -> Iterator[tuple[int, np.ndarray]]:
    """Inner folds: number, and whether a gene is in it."""
    for fold in range(train.inner.max() + 1):
        yield fold, train.inner == fold


def best(scores: np.ndarray) -> int:
    """The candidate (axis 1) of the largest mean over inner folds (axis 0); ties: the first."""
    return int(np.argmax(scores.mean(axis=0)))


def linear_predictor(train: Training, weights: np.ndarray, intercept: float, *, rotated=True):
    """Function from features to intercept + standardised features x weights."""
    if rotated:
        weights = train.basis @ weights.astype(np.float32)
    weights = weights.astype(np.float32)
    return lambda features: train.standard.apply(features) @ weights + np.float32(intercept)


def moments(train: Training, truth: np.ndarray, held: int | None):
    """Centred sums of products, features' means, truth's mean: of all, or without an inner fold.

    Returns gram (r, r), product with the truth (r,), mean (r,), mean of the truth.
    """
    gram = sum(part for fold, part in enumerate(train.grams) if fold != held)
    rows = np.ones(len(truth), bool) if held is None else train.inner != held
    number, mean = gram[-1, -1], gram[-1, :-1] / gram[-1, -1]
    centre = truth[rows].mean()
    product = train.rotated[rows].T @ (truth[rows] - centre)
    # the product with a centred truth needs no centred features
    return gram[:-1, :-1] - number * np.outer(mean, mean), product, mean, centre


def fit_ridge(train: Training, truth: np.ndarray, *, alphas: list[float]) -> Fitted:
    """Ridge regression: |y - Xw|² + alpha |w|²."""

    def solve(gram, product, alpha):
        system = gram.copy()
        system[np.diag_indices_from(system)] += alpha
        return cho_solve(cho_factor(system, overwrite_a=True), product)

    scores = np.empty((train.inner.max() + 1, len(alphas)))
    if len(alphas) > 1:
        for fold, held in inner_parts(train):
            gram, product, mean, centre = moments(train, truth, fold)
            for number, alpha in enumerate(alphas):
                weights = solve(gram, product, alpha)
                found = (train.rotated[held] - mean) @ weights + centre
                scores[fold, number] = score(truth[held], found)
    alpha = alphas[best(scores)] if len(alphas) > 1 else alphas[0]
    gram, product, mean, centre = moments(train, truth, None)
    weights = solve(gram, product, alpha)
    return linear_predictor(train, weights, centre - mean @ weights), {"alpha": alpha}


def fit_linear(train: Training, truth: np.ndarray) -> Fitted:
    """Least squares; of all that fit equally well, the shortest weights."""
    gram, product, mean, centre = moments(train, truth, None)
    # with as many axes as genes less one, centred genes span one axis less: hence not `solve`
    weights = lstsq(gram, product, cond=SPANNED)[0]
    return linear_predictor(train, weights, centre - mean @ weights), {"features": len(weights)}


def fit_lasso(
    train: Training, truth: np.ndarray, *, alphas: list[float], rounds: int = 2000
) -> Fitted:
    """Lasso: |y - Xw|² / 2n + alpha |w|₁, along the path from the largest alpha.

    `rounds` of coordinate descent at most for each alpha.
    """
    alphas = sorted(alphas, reverse=True)

    def path(rows):
        features, values = train.features[rows].astype(np.float64), truth[rows]
        mean, centre = features.mean(axis=0), values.mean()
        features -= mean
        dense = len(features) >= features.shape[1]
        with warnings.catch_warnings():
            # the smallest penalties of the paper's grid, which do not win, do not settle
            warnings.simplefilter("ignore", ConvergenceWarning)
            weights = lasso_path(
                features, values - centre, alphas=alphas, max_iter=rounds, tol=1e-3,
                precompute=features.T @ features if dense else False,
            )[1]  # fmt: skip
        return weights, centre - mean @ weights

    scores = np.empty((train.inner.max() + 1, len(alphas)))
    for fold, held in inner_parts(train):
        weights, intercepts = path(~held)
        for number, found in enumerate((train.features[held] @ weights + intercepts).T):
            scores[fold, number] = score(truth[held], found)
    chosen = best(scores)
    weights, intercepts = path(np.ones(len(truth), bool))
    predictor = linear_predictor(train, weights[:, chosen], intercepts[chosen], rotated=False)
    facts = {"alpha": alphas[chosen], "features": int((weights[:, chosen] != 0).sum())}
    return predictor, facts


def fit_logistic(train: Training, truth: np.ndarray, *, penalties: list[float]) -> Fitted:
    """Logistic regression with a squared penalty, 1 / 2C; predicts P(high)."""

    def machine(c):
        return LogisticRegression(C=c, max_iter=500, tol=1e-3)

    model, c = _choose(machine, train, truth, sorted(penalties))
    linear = linear_predictor(train, model.coef_[0], model.intercept_[0])
    return lambda features: expit(linear(features)), {"C": c}


def fit_svm(train: Training, truth: np.ndarray, *, penalties: list[float]) -> Fitted:
    """Linear support vector machine, squared hinge loss (gapped k-mers' kernel is linear in them).

    The prediction is the decision value squeezed into (0, 1): an order, not a probability.
    """

    def machine(c):
        return LinearSVC(C=c, dual=False, tol=1e-3)

    model, c = _choose(machine, train, truth, sorted(penalties))
    linear = linear_predictor(train, model.coef_[0], model.intercept_[0])
    return lambda features: expit(linear(features)), {"C": c}


def _choose(machine, train: Training, truth: np.ndarray, penalties: list[float]):
    """Fit the machine of the penalty that is best on the inner folds."""
    chosen = 0
    if len(penalties) > 1:
        scores = np.empty((train.inner.max() + 1, len(penalties)))
        for fold, held in inner_parts(train):
            for number, c in enumerate(penalties):
                model = machine(c).fit(train.rotated[~held], truth[~held])
                found = model.decision_function(train.rotated[held])
                scores[fold, number] = score(truth[held], found)
        chosen = best(scores)
    return machine(penalties[chosen]).fit(train.rotated, truth), penalties[chosen]


def fit_random_forest(
    train: Training, truth: np.ndarray, *, trees: list[int], depths: list[int], seed: int,
    threads: int,
) -> Fitted:  # fmt: skip
    """Random forest; the number of trees and their depth are chosen from one forest a fold."""
    size = {"trees": trees[-1], "depth": depths[-1], "seed": seed, "threads": threads}
    pick = (0, 0)
    if len(trees) * len(depths) > 1:
        total = np.zeros((len(trees), len(depths)))
        for _, held in inner_parts(train):
            forest = fit_forest(train.features[~held], truth[~held], **size)
            found = read_forest(forest, train.features[held], trees=trees, depths=depths)
            total += [[score(truth[held], values) for values in row] for row in found]
        pick = np.unravel_index(total.argmax(), total.shape)
    chosen = {"trees": trees[pick[0]], "depth": depths[pick[1]]}
    forest = fit_forest(train.features, truth, **size | chosen)

    def predict(features: np.ndarray) -> np.ndarray:
        scaled = train.standard.apply(features)
        found = read_forest(forest, scaled, trees=[chosen["trees"]], depths=[chosen["depth"]])
        return found[0, 0]

    return predict, chosen


def fit_sum(values: np.ndarray, truth: np.ndarray) -> Fitted:
    """Least squares or, of classes, logistic regression on one feature alone (features (n, 1))."""
    if truth.dtype == bool:
        model = LogisticRegression(C=np.inf).fit(values, truth)
        return lambda features: model.predict_proba(features)[:, 1], {}
    model = LinearRegression().fit(values, truth)
    return model.predict, {}
