"""Origami's mixture of two groups of pairs of bins: background (0) and loops (1).

The model of the page (Zeng et al. 2018 took it from Origami), written from its description. Counts
of a pair of bins are Poisson with rate λ_k + d_k(distance) in group k, and each pair has its own
chance p of being a loop, with a Beta prior set by the counts at its two anchors. One turn draws:

- z, the group of each pair, with odds p·Pois(n; λ1 + d1) : (1 − p)·Pois(n; λ0 + d0);
- a binomial part of each count for the group, the rest for the distance, with a share of
  λ/(λ + d) between 0.1 and 0.9;
- λ_k ~ Gamma(sum of group parts + 1, pairs + 1), λ1 no less than λ0;
- d_k, a smoothing spline of the distance parts over log10(distance + 1), floored at 0.

Pairs above `max_count` have no say in λ and d. What a pair's turn depends on is its distance,
count and prior alone, so that two things are summed exactly instead of drawn one by one: p is
integrated out (p given z is a Beta that z does not wait for: the odds of z become α : β times those
of the counts), and pairs of the same distance and group are thinned by one binomial draw of their
sum. Neither changes the posterior (a plain loop in the tests agrees).
"""

import logging
import time
from dataclasses import dataclass

import numpy as np

from workflow_scripts.chromaloom.ml.numba_cache import compiling
from workflow_scripts.loops.anchor_priors import anchor_priors
from workflow_scripts.loops.distance_spline import PENALTIES, Basis, fit_spline

from numba import njit  # isort: skip

log = logging.getLogger("chromaloom")
START = (1.0, 5.0)  # λ of background and loops
TRACED = ("lambda0", "lambda1", "rate0", "rate1", "loop_share", "log_likelihood")
LEAST_SHARE, MOST_SHARE = 0.1, 0.9
BLOCK = 50  # turns between looks at the clock
TELL_SECONDS = 5.0


@dataclass(frozen=True)
class Problem:
    """Pairs of bins, those alike put together.

    Attributes
    ----------
    kind : int64 array, shape=(pairs,)
        Kind of each pair: one for each distance, count and prior there is.
    place : int64 array, shape=(kinds,)
        Number of the distance.
    count : float64 array, shape=(kinds,)
    prior : float64 array, shape=(kinds, 2)
        α and β.
    size : int64 array, shape=(kinds,)
        Pairs of the kind.
    distance : float64 array, shape=(distances,)
        In bp, ascending.
    basis : Basis
        Splines at log10(distance + 1).
    """

    kind: np.ndarray
    place: np.ndarray
    count: np.ndarray
    prior: np.ndarray
    size: np.ndarray
    distance: np.ndarray
    basis: Basis

    @classmethod
    def of(
        cls, anchor1: np.ndarray, anchor2: np.ndarray, distance: np.ndarray, count: np.ndarray
    ) -> "Problem":
        """Put pairs together.

        Parameters
        ----------
        anchor1, anchor2 : int arrays, shape=(pairs,)
            Numbers of the two bins; pairs stand once each.
        distance : int array, shape=(pairs,)
            In bp; two different ones or more.
        count : int array, shape=(pairs,)
            1 or more.
        """
        alpha, beta = anchor_priors(anchor1, anchor2, count)
        distances, place = np.unique(distance, return_inverse=True)
        rows = np.stack([place, count, alpha, beta], axis=1)
        kinds, kind, size = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        return cls(
            kind.reshape(-1), kinds[:, 0].copy(), kinds[:, 1].astype(float),
            kinds[:, 2:].astype(float), size, distances.astype(float),
            Basis.at(np.log10(distances + 1)),
        )  # fmt: skip


@dataclass
class Chain:
    """What a chain gives.

    Attributes
    ----------
    probability : float64 array, shape=(pairs,)
        Mean of z over the turns kept, z taken as its expectation given λ and d.
    trace : float64 array, shape=(turns kept, 6)
        `TRACED`: rate_k is λ_k plus the mean of d_k over all pairs, loop_share the share of pairs
        in group 1, log_likelihood that of the counts (but for what is constant), with z summed out.
    curves : float64 array, shape=(2, distances)
        Mean of λ_k + d_k.
    """

    probability: np.ndarray
    trace: np.ndarray
    curves: np.ndarray


@njit(cache=True, nogil=True)
def draw_above(rng, shape, rate, floor):
    """Draw from Gamma(shape >= 1, rate) given that it is not below `floor`."""
    if floor * rate <= shape + 1:
        # the part above is a fifth of the whole or more
        while True:
            value = rng.standard_gamma(shape) / rate
            if value >= floor:
                return value
    # from an exponential that falls like the density does at the floor, and then slower than it
    slope = rate - (shape - 1) / floor
    while True:
        value = floor + rng.standard_exponential() / slope
        accept = (shape - 1) * (np.log(value / floor) - (value - floor) / floor)
        if np.log(1 - rng.random()) <= accept:
            return value


@njit(cache=True, nogil=True)
def take_turns(
    rng, turns, done, burn_in, drop_every, max_count, place, count, prior, size, first, values,
    penalty, penalties, rates, curves, probability, curve_sum, trace,
):  # fmt: skip
    """Take some turns; `rates` (λ), `curves` (d) and the sums are carried on. Turns kept."""
    kinds, distances = len(place), len(first)
    gain, cost = np.zeros(distances), np.zeros(distances)
    log0, rate0 = np.zeros(distances), np.zeros(distances)
    numbers, totals = np.zeros((2, distances)), np.zeros((2, distances))
    log_prior = np.log(prior[:, 0] / prior[:, 1])
    log_beta = np.log(prior[:, 1] / (prior[:, 0] + prior[:, 1]))
    pairs = size.sum()
    all_numbers = np.zeros(distances)
    for kind in range(kinds):
        all_numbers[place[kind]] += size[kind]
    kept = 0
    for turn in range(done, done + turns):
        keep = turn >= burn_in and not (drop_every and (turn - burn_in + 1) % drop_every == 0)
        for x in range(distances):
            rate0[x] = rates[0] + curves[0, x]
            rate1 = rates[1] + curves[1, x]
            log0[x] = np.log(rate0[x])
            gain[x] = np.log(rate1) - log0[x]
            cost[x] = rate1 - rate0[x]
        if keep:
            mean0 = (all_numbers * curves[0]).sum() / pairs
            mean1 = (all_numbers * curves[1]).sum() / pairs
            trace[kept, 0], trace[kept, 1] = rates[0], rates[1]
            trace[kept, 2], trace[kept, 3] = rates[0] + mean0, rates[1] + mean1
            for x in range(distances):
                curve_sum[0, x] += rate0[x]
                curve_sum[1, x] += rate0[x] + cost[x]
        numbers[:] = 0
        totals[:] = 0
        loops, likelihood = 0, 0.0
        for kind in range(kinds):
            x = place[kind]
            odds = log_prior[kind] + count[kind] * gain[x] - cost[x]
            below = np.exp(-abs(odds))
            chance = (1.0 if odds >= 0 else below) / (1 + below)
            if size[kind] == 1:
                drawn = 1 if rng.random() < chance else 0
            else:
                drawn = rng.binomial(size[kind], chance)
            loops += drawn
            if keep:
                probability[kind] += chance
                likelihood += size[kind] * (
                    log_beta[kind] + count[kind] * log0[x] - rate0[x]
                    + max(odds, 0.0) + np.log1p(below)
                )  # fmt: skip
            if count[kind] <= max_count:
                numbers[1, x] += drawn
                numbers[0, x] += size[kind] - drawn
                totals[1, x] += drawn * count[kind]
                totals[0, x] += (size[kind] - drawn) * count[kind]
        if keep:
            trace[kept, 4], trace[kept, 5] = loops / pairs, likelihood
            kept += 1
        for group in range(2):
            own = 0.0
            for x in range(distances):
                if totals[group, x] > 0:
                    share = rates[group] / (rates[group] + curves[group, x])
                    share = min(max(share, LEAST_SHARE), MOST_SHARE)
                    part = rng.binomial(int(totals[group, x]), share)
                    own += part
                    totals[group, x] -= part
            shape, rate = own + 1, numbers[group].sum() + 1
            if group == 0:
                rates[0] = rng.standard_gamma(shape) / rate
            else:
                rates[1] = draw_above(rng, shape, rate, rates[0])
            fit_spline(first, values, penalty, numbers[group], totals[group], penalties,
                       curves[group])  # fmt: skip
    return kept


def run_chain(
    problem: Problem, settings: dict, *, seed: int, number: int = 0, name: str = "sample"
) -> Chain:
    """Run one chain, with lines in the log.

    Parameters
    ----------
    problem
        The pairs.
    settings
        iterations, burn_in, drop_every (of the turns after burn-in each such one is not kept; 0
        keeps all), max_count.
    seed, number
        Seed and number of the chain. Chain 0 starts at λ = (1, 5), the others around it.
    name
        For the log.
    """
    rng = np.random.default_rng([seed, number])
    spread = np.exp(0.5 * rng.standard_normal(2)) if number else np.ones(2)
    rates = np.array(START) * spread
    rates[1] = max(rates)
    curves = np.zeros((2, len(problem.distance)))
    probability, curve_sum = np.zeros(len(problem.place)), np.zeros_like(curves)
    total, done, parts = settings["iterations"], 0, []
    started = told = time.monotonic()
    while done < total:
        turns = min(BLOCK, total - done)
        trace = np.zeros((turns, len(TRACED)))
        kept = take_turns(
            rng, turns, done, settings["burn_in"], settings["drop_every"], settings["max_count"],
            problem.place, problem.count, problem.prior, problem.size, problem.basis.first,
            problem.basis.values, problem.basis.penalty, PENALTIES, rates, curves, probability,
            curve_sum, trace,
        )  # fmt: skip
        parts.append(trace[:kept])
        done += turns
        if (now := time.monotonic()) - told > TELL_SECONDS or done == total:
            told, spent = now, now - started
            log.info("%s: chain %d: %d of %d iterations in %.0f s, %.0f s left; λ %.3g and %.3g",
                     name, number + 1, done, total, spent, spent / done * (total - done),
                     *rates)  # fmt: skip
    trace = np.concatenate(parts)
    if not len(trace):
        raise ValueError(f"no turn is kept of {total} with a burn-in of {settings['burn_in']}")
    return Chain(probability[problem.kind] / len(trace), trace, curve_sum / len(trace))


def compile_sampler() -> None:
    """Have the sampler compiled, or loaded, before its time counts."""
    with compiling("Origami's sampler"):
        settings = {"iterations": 2, "burn_in": 0, "drop_every": 0, "max_count": 30}
        ends, level = np.arange(6), log.level
        problem = Problem.of(ends, ends + 1, 5000 * (ends + 1), ends + 1)
        try:
            log.setLevel(logging.WARNING)
            run_chain(problem, settings, seed=0)
        finally:
            log.setLevel(level)
