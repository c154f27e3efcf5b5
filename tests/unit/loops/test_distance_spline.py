"""The banded smoothing spline against SciPy, and its penalty against a dense computation."""

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline

from workflow_scripts.loops import distance_spline as ds


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(3, 7, 40))
    weights = rng.integers(1, 9, 40).astype(float)
    return x, weights, 2 + np.sin(2 * x) + rng.normal(0, 0.3, 40)


def fit(x, weights, values, penalties=ds.PENALTIES):
    basis, out = ds.Basis.at(x), np.full(len(x), np.nan)
    ds.fit_spline(
        basis.first, basis.values, basis.penalty, weights, weights * values, penalties, out
    )
    return out


def dense(basis, weights):
    """Gram and penalty matrices in full."""
    size = len(basis.penalty)
    design = np.zeros((len(weights), size))
    for row, first in enumerate(basis.first):
        design[row, first : first + 4] = basis.values[row]
    penalty = sum(np.diag(basis.penalty[: size - k, k], k) for k in range(4))
    penalty = penalty + penalty.T - np.diag(np.diag(penalty))
    return design, design.T @ (weights[:, None] * design), penalty


@pytest.mark.parametrize("multiple", [1e-3, 0.1, 10.0, 1e4])
def test_curve_agrees_with_scipy(points, multiple):
    x, weights, values = points
    _, gram, penalty = dense(ds.Basis.at(x), weights)
    scale = np.trace(gram) / np.trace(penalty)
    line = (x - x[0]) / (x[-1] - x[0])
    ours = fit(x, weights, values, np.array([multiple]))
    theirs = make_smoothing_spline(line, values, weights, lam=multiple * scale)(line)
    np.testing.assert_allclose(ours, np.maximum(theirs, 0), atol=1e-5)


def test_penalty_has_the_minimum_cross_validation_score(points):
    x, weights, values = points
    design, gram, penalty = dense(ds.Basis.at(x), weights)
    scale = np.trace(gram) / np.trace(penalty)
    scores, curves = [], []
    for multiple in ds.PENALTIES:
        solution = np.linalg.solve(gram + multiple * scale * penalty, design.T * weights)
        curve = design @ (solution @ values)
        trace = np.trace(design @ solution)
        scores.append((weights * (values - curve) ** 2).sum() / (1 - trace / len(x)) ** 2)
        curves.append(curve)
    best = int(np.argmin(scores))
    assert 0 < best < len(scores) - 1
    np.testing.assert_allclose(fit(x, weights, values), np.maximum(curves[best], 0), atol=1e-5)


def test_banded_trace_agrees_with_the_dense_one(points):
    x, weights, _ = points
    _, gram, penalty = dense(ds.Basis.at(x), weights)
    whole = gram + 0.3 * penalty
    bands = [np.zeros((len(gram), 4)) for _ in range(2)]
    for offset in range(4):
        for band, matrix in zip(bands, (whole, gram), strict=True):
            band[: len(gram) - offset, offset] = np.diagonal(matrix, offset)
    ds.factorize(bands[0])
    expected = np.trace(np.linalg.solve(whole, gram))
    assert ds.inverse_trace(*bands) == pytest.approx(expected, rel=1e-9)


def test_distances_without_data_are_interpolated(points):
    x, weights, values = points
    gone = np.zeros(40, dtype=bool)
    gone[[5, 6, 20, 38, 39]] = True
    values[gone] = 1e6
    out = fit(x, np.where(gone, 0, weights), values, np.array([0.1]))
    assert out.max() < 5
    # straight beyond the last distance with data
    slope = np.diff(out[37:]) / np.diff(x[37:])
    assert slope[0] == pytest.approx(slope[1], rel=1e-3) or out[39] == 0


def test_few_distances_give_their_mean_and_none_gives_0(points):
    x, weights, values = points
    few = np.where(np.arange(40) < 3, weights, 0)
    mean = (few * values).sum() / few.sum()
    np.testing.assert_allclose(fit(x, few, values), mean)
    np.testing.assert_allclose(fit(x, np.zeros(40), values), 0)


def test_many_distances_need_few_knots_and_the_minimum_is_0():
    x = np.log10(5000.0 * np.arange(1, 3001) + 1)
    curve = np.maximum(8 - 2 * (x - 3.7) ** 2, 0.5)
    rng = np.random.default_rng(0)
    out = fit(x, np.ones(3000), curve + rng.normal(0, 0.5, 3000))
    assert len(ds.Basis.at(x).penalty) <= ds.MAX_KNOTS + 2
    assert np.abs(out - curve).mean() < 0.1
    assert (fit(x, np.ones(3000), curve - 20) == 0).all()
