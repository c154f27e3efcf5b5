"""Origami's model as a plain loop over pairs, with one draw at a time."""

import math

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import gammaincc, gammainccinv

from workflow_scripts.loops.distance_spline import PENALTIES, Basis


def sample(anchors, distance, count, *, iterations, burn_in, drop_every, max_count, seed):
    """Mean z of each pair, and λ of the kept iterations.

    `anchors` are pairs of bin names.
    """
    rng = np.random.default_rng(seed)
    prior = [distinct_counts(anchors, count, pair) for pair in range(len(count))]
    places = np.unique(distance)
    rates, curves = np.array([1.0, 5.0]), np.zeros((2, len(places)))
    where = np.searchsorted(places, distance)
    chance = [rng.beta(*prior[pair]) for pair in range(len(count))]
    z_sum, kept = np.zeros(len(count)), []
    for iteration in range(iterations):
        z = np.zeros(len(count), dtype=int)
        own, pairs = np.zeros(2), np.zeros(2)
        parts = [{}, {}]
        for pair, n in enumerate(count):
            x = where[pair]
            one = chance[pair] * pmf(n, rates[1] + curves[1, x])
            zero = (1 - chance[pair]) * pmf(n, rates[0] + curves[0, x])
            z[pair] = group = int(rng.random() < one / (one + zero))
            alpha, beta = prior[pair]
            chance[pair] = rng.beta(alpha + group, beta + 1 - group)
            if n <= max_count:
                share = rates[group] / (rates[group] + curves[group, x])
                share = min(max(share, 0.1), 0.9)
                part = rng.binomial(n, share)
                own[group] += part
                pairs[group] += 1
                parts[group].setdefault(x, []).append(n - part)
        if iteration >= burn_in and (iteration - burn_in + 1) % drop_every:
            z_sum += z
            kept.append([*rates, *(rates + curves[:, where].mean(axis=1)), z.mean()])
        rates[0] = rng.gamma(own[0] + 1, 1 / (pairs[0] + 1))
        # λ1 at least λ0: the upper part of its distribution
        shape, rate = own[1] + 1, pairs[1] + 1
        above = gammaincc(shape, rates[0] * rate)
        rates[1] = gammainccinv(shape, rng.random() * above) / rate
        for group in range(2):
            curves[group] = np.maximum(smooth(places, parts[group]), 0)
    return z_sum / len(kept), np.array(kept)


def pmf(n, rate):
    """Poisson probability without the factor 1 / n!."""
    return math.exp(n * math.log(rate) - rate)


def distinct_counts(anchors, count, pair):
    """α and β: 1 + number of distinct counts at the pair's anchors below its own, 1 + others."""
    own = set(anchors[pair])
    seen = {int(n) for ends, n in zip(anchors, count, strict=True) if own & set(ends)}
    below = sum(n < count[pair] for n in seen)
    return 1 + below, 1 + len(seen) - below


def smooth(places, parts):
    """Smoothing spline by the matrices of Green and Silverman (1994) with minimum GCV."""
    if not parts:
        return np.zeros(len(places))
    used = sorted(parts)
    weight = np.array([len(parts[x]) for x in used], dtype=float)
    mean = np.array([np.mean(parts[x]) for x in used])
    if len(used) < 4:
        return np.full(len(places), (weight * mean).sum() / weight.sum())
    line = np.log10(places + 1)
    line = (line - line[0]) / (line[-1] - line[0])
    x = line[used]
    step = np.diff(x)
    size = len(x)
    q, r = np.zeros((size, size - 2)), np.zeros((size - 2, size - 2))
    for j in range(size - 2):
        q[j : j + 3, j] = 1 / step[j], -1 / step[j] - 1 / step[j + 1], 1 / step[j + 1]
        r[j, j] = (step[j] + step[j + 1]) / 3
        if j:
            r[j, j - 1] = r[j - 1, j] = step[j] / 6
    rough = q @ np.linalg.solve(r, q.T)
    basis = Basis.at(np.log10(places + 1))
    gram = sum(w * (basis.values[i] ** 2).sum() for i, w in zip(used, weight, strict=True))
    best, curve = np.inf, None
    for multiple in PENALTIES * gram / basis.penalty[:, 0].sum():
        hat = np.linalg.solve(np.diag(weight) + multiple * rough, np.diag(weight))
        fit = hat @ mean
        score = (weight * (mean - fit) ** 2).sum() / (1 - np.trace(hat) / size) ** 2
        if score < best:
            best, curve = score, fit
    spline = CubicSpline(x, curve, bc_type="natural")
    ends = spline(x[0], 1), spline(x[-1], 1)
    inside = spline(np.clip(line, x[0], x[-1]))
    return inside + ends[0] * np.minimum(line - x[0], 0) + ends[1] * np.maximum(line - x[-1], 0)
