"""Simulated counts of pairs of bins that decay with distance, and planted loops."""

import numpy as np

from workflow_scripts.loops.origami import PairData


def simulate(seed=0, *, bins=1000, reach=100, background=10.0, strength=10.0, loops=300):
    """Simulate pairs of bins: bins i and j, distance (bp), count, and whether a loop.

    Contacts decay with 1 / distance and bins vary in coverage. Loops between anchors, at all
    distances, add contacts with rate `strength`.
    """
    rng = np.random.default_rng(seed)
    i = np.repeat(np.arange(bins), reach)
    j = i + np.tile(np.arange(1, reach + 1), bins)
    i, j = i[j < bins], j[j < bins]
    seen = rng.gamma(25.0, 1 / 25, bins)
    anchor = np.isin(np.arange(bins), rng.choice(bins, max(6, bins // 7), replace=False))
    planted = np.zeros(len(i), dtype=bool)
    planted[rng.choice(np.flatnonzero(anchor[i] & anchor[j]), loops, replace=False)] = True
    count = rng.poisson(background * seen[i] * seen[j] / (j - i) + strength * planted)
    found = count > 0
    return i[found], j[found], 5000 * (j - i)[found], count[found], planted[found]


def pair_data(simulated):
    one, two, distance, count, _ = simulated
    return PairData.of(one, two, distance, count)
