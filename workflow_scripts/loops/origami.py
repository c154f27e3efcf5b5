"""Origami's mixture of two components of pairs of bins: background (0) and loops (1).

Written from the description in Zeng et al. 2018. The count of a pair of bins is Poisson with rate
λ_k + d_k(distance) in component k. Each pair has its own probability p of being a loop, with a Beta
prior set by the counts at its two anchors. One Gibbs iteration draws:

- z, the component of each pair, with odds p·Pois(n; λ1 + d1) : (1 − p)·Pois(n; λ0 + d0);
- the part of each count that is due to the component, the rest being due to distance, by a
  binomial draw with probability λ/(λ + d), limited to 0.1 to 0.9;
- λ_k ~ Gamma(sum of component parts + 1, pairs + 1), with λ1 at least λ0;
- d_k, a smoothing spline of the distance parts over log10(distance + 1), at least 0.

Pairs with counts above `max_count` are excluded from λ and d. A pair enters an iteration only
through its distance, count and prior, so two steps are done exactly for sets of equal pairs: p is
integrated out (the odds of z become α : β times those of the counts), and the parts of pairs with
the same distance and component are drawn as one binomial of their sum. Neither changes the
posterior; the tests compare it with a sampler that draws pair by pair.
"""

import logging
import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workflow_scripts.chromaloom.ml.numba_cache import compiling
from workflow_scripts.loops.distance_spline import PENALTIES, Basis, fit_spline

from numba import njit  # isort: skip

log = logging.getLogger("chromaloom")
INITIAL_RATES = (1.0, 5.0)  # λ of background and loops
TRACED = ("lambda0", "lambda1", "rate0", "rate1", "loop_share", "log_likelihood")
MIN_FRACTION, MAX_FRACTION = 0.1, 0.9  # limits of λ/(λ + d) in the binomial draw
BLOCK = 50  # iterations between progress checks
LOG_SECONDS = 5.0


class PairClasses(NamedTuple):
    """Classes of pairs of bins with equal distance, count and prior; arrays of shape (classes,).

    distance : int64, index of the distance; count : float64; prior : float64, shape=(classes, 2),
    α and β; size : int64, number of pairs.
    """

    distance: np.ndarray
    count: np.ndarray
    prior: np.ndarray
    size: np.ndarray


class Spline(NamedTuple):
    """B-splines at the distances (see `Basis`) and the grid of penalties."""

    first: np.ndarray
    values: np.ndarray
    penalty: np.ndarray
    penalties: np.ndarray


class State(NamedTuple):
    """State of a chain, updated in place.

    rates : λ, shape=(2,); curves : d, shape=(2, distances); probability : sum of the expected z
    over kept iterations, shape=(classes,); curve_sum : sum of λ + d over kept iterations.
    """

    rates: np.ndarray
    curves: np.ndarray
    probability: np.ndarray
    curve_sum: np.ndarray


class Schedule(NamedTuple):
    """Iterations of burn-in; after it, every `drop_every`-th is dropped; `max_count` as above."""

    burn_in: int
    drop_every: int
    max_count: int


@dataclass(frozen=True)
class PairData:
    """Pairs of bins, summarized in classes.

    Attributes
    ----------
    class_of_pair : int64 array, shape=(pairs,)
        Class of each pair.
    classes : PairClasses
        Distance, count, prior and size of each class.
    distance : float64 array, shape=(distances,)
        Distances in bp, ascending.
    spline : Spline
        Splines over log10(distance + 1).
    """

    class_of_pair: np.ndarray
    classes: PairClasses
    distance: np.ndarray
    spline: Spline

    @classmethod
    def of(
        cls, anchor1: np.ndarray, anchor2: np.ndarray, distance: np.ndarray, count: np.ndarray
    ) -> "PairData":
        """Summarize pairs of bins.

        Parameters
        ----------
        anchor1, anchor2 : int arrays, shape=(pairs,)
            Numbers of the two bins; each pair occurs once.
        distance : int array, shape=(pairs,)
            Distance in bp, with at least two different values.
        count : int array, shape=(pairs,)
            Counts from 1.
        """
        alpha, beta = anchor_priors(anchor1, anchor2, count)
        distances, index = np.unique(distance, return_inverse=True)
        rows = np.stack([index, count, alpha, beta], axis=1)
        unique, class_of_pair, size = np.unique(
            rows, axis=0, return_inverse=True, return_counts=True
        )
        basis = Basis.at(np.log10(distances + 1))
        return cls(
            class_of_pair.reshape(-1),
            PairClasses(
                unique[:, 0].copy(), unique[:, 1].astype(float), unique[:, 2:].astype(float), size
            ),
            distances.astype(float),
            Spline(basis.first, basis.values, basis.penalty, PENALTIES),
        )


@dataclass
class Chain:
    """Result of a chain.

    Attributes
    ----------
    probability : float64 array, shape=(pairs,)
        Posterior loop probability: mean over kept iterations of the expected z given λ and d.
    trace : float64 array, shape=(kept iterations, 6)
        `TRACED`: rate_k is λ_k plus the mean of d_k over all pairs, loop_share the fraction of
        pairs in component 1, log_likelihood that of the counts (up to a constant), summed over z.
    curves : float64 array, shape=(2, distances)
        Mean of λ_k + d_k.
    """

    probability: np.ndarray
    trace: np.ndarray
    curves: np.ndarray


def anchor_priors(
    anchor1: np.ndarray, anchor2: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """α and β of each pair: int64 arrays, shape=(pairs,).

    Of the distinct counts among the pairs at either anchor (including the pair itself), α is one
    plus the number below the pair's own count, β one plus the number of the others.
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


@njit(cache=True, nogil=True)
def draw_above(rng, shape, rate, floor):
    """Draw from Gamma(shape >= 1, rate), truncated to values from `floor`."""
    if floor * rate <= shape + 1:
        # rejection: at least a fifth of the draws are above the floor
        while True:
            value = rng.standard_gamma(shape) / rate
            if value >= floor:
                return value
    # rejection from an exponential that has the density's slope at the floor and a heavier tail
    slope = rate - (shape - 1) / floor
    while True:
        value = floor + rng.standard_exponential() / slope
        accept = (shape - 1) * (np.log(value / floor) - (value - floor) / floor)
        if np.log(1 - rng.random()) <= accept:
            return value


@njit(cache=True, nogil=True)
def gibbs_sweeps(rng, state, data, spline, schedule, first_iteration, trace):
    """Run Gibbs iterations, one for each row of `trace`, and return the number of kept ones.

    Parameters
    ----------
    rng
        Random generator.
    state, data, spline, schedule
        `State` (updated in place), `PairClasses`, `Spline` and `Schedule`.
    first_iteration
        Number of iterations done before.
    trace : float64 array, shape=(iterations, 6)
        Filled with a row of `TRACED` for each kept iteration.
    """
    rates, curves = state.rates, state.curves
    place, count, prior, size = data.distance, data.count, data.prior, data.size
    classes, distances = len(place), len(spline.first)
    gain, cost = np.zeros(distances), np.zeros(distances)
    log0, rate0 = np.zeros(distances), np.zeros(distances)
    numbers, totals = np.zeros((2, distances)), np.zeros((2, distances))
    log_prior = np.log(prior[:, 0] / prior[:, 1])
    log_beta = np.log(prior[:, 1] / (prior[:, 0] + prior[:, 1]))
    pairs = size.sum()
    all_numbers = np.zeros(distances)
    for k in range(classes):
        all_numbers[place[k]] += size[k]
    kept = 0
    for iteration in range(first_iteration, first_iteration + len(trace)):
        after = iteration - schedule.burn_in
        keep = after >= 0 and not (schedule.drop_every and (after + 1) % schedule.drop_every == 0)
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
                state.curve_sum[0, x] += rate0[x]
                state.curve_sum[1, x] += rate0[x] + cost[x]
        numbers[:] = 0
        totals[:] = 0
        loops, likelihood = 0, 0.0
        for k in range(classes):
            x = place[k]
            odds = log_prior[k] + count[k] * gain[x] - cost[x]
            below = np.exp(-abs(odds))
            chance = (1.0 if odds >= 0 else below) / (1 + below)
            if size[k] == 1:
                drawn = 1 if rng.random() < chance else 0
            else:
                drawn = rng.binomial(size[k], chance)
            loops += drawn
            if keep:
                state.probability[k] += chance
                likelihood += size[k] * (
                    log_beta[k] + count[k] * log0[x] - rate0[x]
                    + max(odds, 0.0) + np.log1p(below)
                )  # fmt: skip
            if count[k] <= schedule.max_count:
                numbers[1, x] += drawn
                numbers[0, x] += size[k] - drawn
                totals[1, x] += drawn * count[k]
                totals[0, x] += (size[k] - drawn) * count[k]
        if keep:
            trace[kept, 4], trace[kept, 5] = loops / pairs, likelihood
            kept += 1
        for component in range(2):
            own = 0.0
            for x in range(distances):
                if totals[component, x] > 0:
                    fraction = rates[component] / (rates[component] + curves[component, x])
                    fraction = min(max(fraction, MIN_FRACTION), MAX_FRACTION)
                    part = rng.binomial(int(totals[component, x]), fraction)
                    own += part
                    totals[component, x] -= part
            shape, rate = own + 1, numbers[component].sum() + 1
            if component == 0:
                rates[0] = rng.standard_gamma(shape) / rate
            else:
                rates[1] = draw_above(rng, shape, rate, rates[0])
            fit_spline(spline.first, spline.values, spline.penalty, numbers[component],
                       totals[component], spline.penalties, curves[component])  # fmt: skip
    return kept


def run_chain(
    data: PairData, settings: dict, *, seed: int, number: int = 0, name: str = "sample"
) -> Chain:
    """Run one chain and log its progress.

    Parameters
    ----------
    data
        The pairs.
    settings
        iterations, burn_in, drop_every (every so many iterations after burn-in are dropped; 0
        keeps all), max_count.
    seed, number
        Seed and number of the chain. Chain 0 starts at λ = (1, 5), the others near it.
    name
        Sample name for the log.
    """
    rng = np.random.default_rng([seed, number])
    spread = np.exp(0.5 * rng.standard_normal(2)) if number else np.ones(2)
    rates = np.array(INITIAL_RATES) * spread
    rates[1] = max(rates)
    curves = np.zeros((2, len(data.distance)))
    state = State(rates, curves, np.zeros(len(data.classes.size)), np.zeros_like(curves))
    schedule = Schedule(*(settings[key] for key in ("burn_in", "drop_every", "max_count")))
    total, done, parts = settings["iterations"], 0, []
    started = logged = time.monotonic()
    while done < total:
        trace = np.zeros((min(BLOCK, total - done), len(TRACED)))
        kept = gibbs_sweeps(rng, state, data.classes, data.spline, schedule, done, trace)
        parts.append(trace[:kept])
        done += len(trace)
        if (now := time.monotonic()) - logged > LOG_SECONDS or done == total:
            logged, spent = now, now - started
            log.info("%s: chain %d: %d of %d iterations in %.0f s, %.0f s left; λ %.3g and %.3g",
                     name, number + 1, done, total, spent, spent / done * (total - done),
                     *rates)  # fmt: skip
    trace = np.concatenate(parts)
    if not len(trace):
        raise ValueError(f"none of {total} iterations is kept, burn-in is {settings['burn_in']}")
    return Chain(
        state.probability[data.class_of_pair] / len(trace), trace, state.curve_sum / len(trace)
    )


def compile_sampler() -> None:
    """Compile the sampler, or load the compiled code."""
    with compiling("Origami's sampler"):
        settings = {"iterations": 2, "burn_in": 0, "drop_every": 0, "max_count": 30}
        ends, level = np.arange(6), log.level
        data = PairData.of(ends, ends + 1, 5000 * (ends + 1), ends + 1)
        try:
            log.setLevel(logging.WARNING)
            run_chain(data, settings, seed=0)
        finally:
            log.setLevel(level)
