"""Cubic smoothing spline of sums over distance, refitted in every iteration of a sampler.

The spline minimizes Σ w (y − f)² + penalty · ∫ f''², in cubic B-splines whose knots are the
distances themselves if there are few. The penalty is the one of a grid with the smallest
generalized cross-validation score (Craven and Wahba 1979).
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from numba import njit  # isort: skip

ALL_KNOTS = 50  # up to so many distances, each is a knot; beyond, knots grow more slowly
MAX_KNOTS = 120
# penalties as multiples of trace(X'WX) / trace(penalty matrix), from no smoothing to a line
PENALTIES = 256.0 ** (3 * np.linspace(-0.5, 1.5, 25) - 1)
MIN_DISTANCES = 4  # with fewer distances the curve is their mean


@dataclass(frozen=True)
class Basis:
    """B-splines at the distances.

    Attributes
    ----------
    first : int64 array, shape=(distances,)
        First of the four splines that are not 0 at each distance.
    values : float64 array, shape=(distances, 4)
        Values of these four.
    penalty : float64 array, shape=(splines, 4)
        ∫ of the product of the second derivatives of splines i and i + column.
    """

    first: np.ndarray
    values: np.ndarray
    penalty: np.ndarray

    @classmethod
    def at(cls, x: np.ndarray) -> "Basis":
        """Make the splines for positions x (ascending, unique, at least two)."""
        x = np.asarray(x, dtype=np.float64)
        x = (x - x[0]) / (x[-1] - x[0])
        count = len(x) if len(x) <= ALL_KNOTS else min(ALL_KNOTS + len(x) // 20, MAX_KNOTS)
        inner = x[np.round(np.linspace(0, len(x) - 1, count)).astype(int)]
        knots = np.r_[[0.0] * 3, inner, [1.0] * 3]
        design = BSpline.design_matrix(x, knots, 3)
        first = design.indices.reshape(-1, 4)[:, 0].astype(np.int64)
        size = len(knots) - 4
        # second derivatives are linear between knots, so two points integrate their products
        middle, half = (inner[1:] + inner[:-1]) / 2, np.diff(inner) / 2
        points = np.r_[middle - half / np.sqrt(3), middle + half / np.sqrt(3)]
        curvature = BSpline(knots, np.eye(size), 3).derivative(2)(points)
        whole = (curvature * np.r_[half, half][:, None]).T @ curvature
        penalty = np.zeros((size, 4))
        for offset in range(4):
            penalty[: size - offset, offset] = np.diagonal(whole, offset)
        return cls(first, design.data.reshape(-1, 4), penalty)


@njit(cache=True, nogil=True)
def fit_spline(first, values, penalty, weights, sums, penalties, out):
    """Smooth sums / weights over the distances into `out`, with a minimum of 0.

    Parameters
    ----------
    first, values, penalty
        As in `Basis`.
    weights : float64 array, shape=(distances,)
        Number of observations at each distance.
    sums : float64 array, shape=(distances,)
        Sum of the observed values at each distance.
    penalties : float64 array
        Grid of penalties, see `PENALTIES`.
    out : float64 array, shape=(distances,)
        Filled with the curve at all distances, which is linear beyond those with data. It is the
        mean if fewer than four distances have data, and 0 if none has.
    """
    size = len(penalty)
    gram, right = np.zeros((size, 4)), np.zeros(size)
    used, total, weight, square = 0, 0.0, 0.0, 0.0
    for x in range(len(first)):
        if weights[x] > 0:
            used += 1
            total += sums[x]
            weight += weights[x]
            square += sums[x] * sums[x] / weights[x]
            for a in range(4):
                right[first[x] + a] += values[x, a] * sums[x]
                for b in range(a, 4):
                    gram[first[x] + a, b - a] += values[x, a] * values[x, b] * weights[x]
    if used < MIN_DISTANCES:
        out[:] = total / weight if used else 0.0
        return
    scale = gram[:, 0].sum() / penalty[:, 0].sum()
    # keeps the factorization stable if few distances have data
    ridge = 1e-10 * gram[:, 0].max()
    best, chosen = np.inf, np.zeros(size)
    for multiple in penalties:
        factor = gram + multiple * scale * penalty
        factor[:, 0] += ridge
        factorize(factor)
        solution = solve(factor, right)
        trace = inverse_trace(factor, gram)
        residual = square
        for i in range(size):
            fitted = gram[i, 0] * solution[i]
            for offset in range(1, min(4, size - i)):
                fitted += 2 * gram[i, offset] * solution[i + offset]
            residual += solution[i] * (fitted - 2 * right[i])
        score = max(residual, 0.0) / max(1 - trace / used, 1e-9) ** 2
        if score < best:
            best, chosen = score, solution
    for x in range(len(first)):
        value = 0.0
        for a in range(4):
            value += values[x, a] * chosen[first[x] + a]
        out[x] = max(value, 0.0)


@njit(cache=True, nogil=True)
def factorize(matrix):
    """Cholesky factor U (matrix = U'U) of a band matrix, in place; columns are diagonals."""
    size = len(matrix)
    for i in range(size):
        pivot = matrix[i, 0]
        for back in range(1, min(4, i + 1)):
            pivot -= matrix[i - back, back] ** 2
        pivot = np.sqrt(max(pivot, 1e-300))
        matrix[i, 0] = pivot
        for offset in range(1, min(4, size - i)):
            value = matrix[i, offset]
            for back in range(1, min(4 - offset, i + 1)):
                value -= matrix[i - back, back] * matrix[i - back, back + offset]
            matrix[i, offset] = value / pivot


@njit(cache=True, nogil=True)
def solve(factor, right):
    """Solve U'U x = right."""
    size = len(factor)
    x = right.copy()
    for i in range(size):
        for back in range(1, min(4, i + 1)):
            x[i] -= factor[i - back, back] * x[i - back]
        x[i] /= factor[i, 0]
    for i in range(size - 1, -1, -1):
        for offset in range(1, min(4, size - i)):
            x[i] -= factor[i, offset] * x[i + offset]
        x[i] /= factor[i, 0]
    return x


@njit(cache=True, nogil=True)
def inverse_trace(factor, gram):
    """Trace of (U'U)⁻¹ gram, from the band of the inverse (Hutchinson and de Hoog 1985)."""
    size = len(factor)
    inverse = np.zeros((size, 4))
    trace = 0.0
    for i in range(size - 1, -1, -1):
        last = min(4, size - i)
        for offset in range(last - 1, -1, -1):
            value = 1 / factor[i, 0] if offset == 0 else 0.0
            for step in range(1, last):
                low, high = min(step, offset), max(step, offset)
                value -= factor[i, step] * inverse[i + low, high - low]
            inverse[i, offset] = value / factor[i, 0]
        trace += gram[i, 0] * inverse[i, 0]
        for offset in range(1, last):
            trace += 2 * gram[i, offset] * inverse[i, offset]
    return trace
