"""CisModule: motifs that cluster in modules, found by Gibbs sampling (Zhou and Wong 2004).

The model has two levels. A sequence consists of background bases, but at each position a module of
`module_length` bp starts with probability r. Within a module, each step is a background base with
probability q0 or a site of motif k, on either strand, with probability qk. Background bases follow
a Markov chain; the bases of a site are independent draws from the motif's matrix. Given motifs, q
and r, modules and their sites are drawn from their exact joint distribution, by a forward pass that
sums over all paths and a backward pass that samples one (module_draws.py). Given modules and sites,
motifs, q and r are drawn from their Dirichlet and Beta posteriors. All motifs have the same width,
so the time per step does not depend on their number.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from workflow_scripts.deepexpression.data.dataset import UNKNOWN
from workflow_scripts.deepexpression.motifs.markov_background import Sequences
from workflow_scripts.deepexpression.motifs.module_draws import draw_alignment


@dataclass
class State:
    """Parameters: motifs, shape=(K, width, 4); q, shape=(K + 1,), with background q[0]; r."""

    motifs: np.ndarray
    q: np.ndarray
    r: float


@dataclass(frozen=True)
class Priors:
    """Pseudocounts: of each base in a motif column, of q (K + 1,), and of r (two)."""

    letter: float
    q: np.ndarray
    r: tuple[float, float]


def letter_counts(
    data: Sequences, sites: np.ndarray, n_motifs: int, width: int, max_shift: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Base counts of each motif's sites and `max_shift` columns on either side.

    Unknown bases and positions beyond the ends of `codes` are not counted.

    Returns
    -------
    counts : float64 array, shape=(n_motifs, width + 2 * max_shift, 4)
    logs : float64 array, shape=(n_motifs, width + 2 * max_shift)
        Sums of the log background probabilities of the counted bases.
    """
    columns = np.arange(-max_shift, width + max_shift)
    reverse = sites[:, 2] == 1
    place = np.where(reverse[:, None], sites[:, :1] + width - 1 - columns, sites[:, :1] + columns)
    counted = (place >= 0) & (place < len(data.codes))
    place = place.clip(0, len(data.codes) - 1)
    letter = data.codes[place]
    counted &= letter < UNKNOWN
    letter = np.where(reverse[:, None], 3 - letter, letter)
    motif, column = np.broadcast_arrays(sites[:, 1:2], columns + max_shift)
    counts = np.zeros((n_motifs, len(columns), 4))
    np.add.at(counts, (motif[counted], column[counted], letter[counted]), 1)
    logs = np.zeros((n_motifs, len(columns)))
    np.add.at(logs, (motif[counted], column[counted]), np.log(data.background[place[counted]]))
    return counts, logs


def draw_shifts(counts, logs, width: int, letter: float, rng) -> np.ndarray:
    """Draw the shift of each motif along its sites in columns, shape=(n_motifs,).

    The probability of a shift is proportional to the likelihood of the bases in the shifted window,
    with the motif integrated out, relative to background. Shifts correct alignments that are off by
    some columns.
    """
    rise = gammaln(counts + letter).sum(axis=2) - gammaln(counts.sum(axis=2) + 4 * letter)
    score = rise + gammaln(4 * letter) - 4 * gammaln(letter) - logs
    windows = np.lib.stride_tricks.sliding_window_view(score, width, axis=1).sum(axis=2)
    chance = np.exp(windows - windows.max(axis=1, keepdims=True))
    chance = np.cumsum(chance, axis=1) / chance.sum(axis=1, keepdims=True)
    return (rng.random((len(counts), 1)) > chance).sum(axis=1) - (counts.shape[1] - width) // 2


def draw_parameters(counts, sites, modules, length, total, priors: Priors, rng) -> State:
    """Draw motifs, q and r given the alignment.

    counts: base counts of each motif's sites, (K, width, 4); sites: number of sites by motif, (K,);
    modules: number of modules; length: module length (bp); total: bp of all sequences that can hold
    a module.
    """
    width = counts.shape[1]
    shape = rng.standard_gamma(counts + priors.letter).clip(1e-12)
    inside = modules * length - sites.sum() * width
    q = rng.dirichlet(priors.q + np.concatenate([[inside], sites]))
    # each module start and each base outside modules is one Bernoulli trial
    r = rng.beta(priors.r[0] + modules, priors.r[1] + total - modules * length)
    return State(shape / shape.sum(axis=2, keepdims=True), q, float(r))


def log_prior(state: State, priors: Priors) -> float:
    """Log prior density of the parameters, up to a constant."""
    inside = (priors.letter - 1) * np.log(state.motifs).sum()
    inside += ((priors.q - 1) * np.log(state.q)).sum()
    a, b = priors.r
    return float(inside + (a - 1) * np.log(state.r) + (b - 1) * np.log1p(-state.r))


def initial_state(data: Sequences, n_motifs: int, width: int, priors: Priors, rng) -> State:
    """Initial parameters: each motif averages a random word of the data and uniform bases."""
    known = np.lib.stride_tricks.sliding_window_view(data.codes, width).max(axis=1) < UNKNOWN
    words = rng.choice(np.flatnonzero(known), n_motifs)
    letters = data.codes[words[:, None] + np.arange(width)]
    return State(
        0.5 * np.eye(4)[letters] + 0.125,
        priors.q / priors.q.sum(),
        priors.r[0] / sum(priors.r),
    )


@dataclass(frozen=True)
class Chain:
    """Result of one chain.

    Attributes
    ----------
    counts : float array, shape=(K, width, 4)
        Mean base counts of each motif's sites over the samples.
    probability : float array, shape=(N, K, 2)
        Fraction of the samples with a site at this position and strand.
    history : float array, shape=(iterations, 3)
        Log posterior of the parameters (up to a constant, relative to background), number of
        modules, number of sites.
    score : float
        Mean log posterior over the samples.
    """

    counts: np.ndarray
    probability: np.ndarray
    history: np.ndarray
    score: float


def run_chain(
    data: Sequences,
    *,
    n_motifs: int,
    width: int,
    module_length: int,
    both_strands: bool,
    priors: Priors,
    iterations: int,
    burn_in: int,
    fixed_prior_iterations: int,
    shift_every: int,
    max_shift: int,
    seed,
    report: Callable[[int, float], None] = lambda step, log_posterior: None,
) -> Chain:
    """Run one Gibbs chain; `report` receives the number and log posterior of each iteration.

    Shifts (`draw_shifts`, every `shift_every` iterations, by up to `max_shift` columns) happen only
    during burn-in: they treat the sites of an alignment as freely movable, so they improve the
    starting point but do not leave the posterior invariant. In the first `fixed_prior_iterations`
    iterations q and r stay at their prior means: otherwise motifs that are still vague lose all
    their sites, and a chain without sites hardly ever recovers.
    """
    rng = np.random.default_rng(seed)
    state = initial_state(data, n_motifs, width, priors, rng)
    sizes = np.diff(data.bounds)
    total = int(sizes[sizes >= module_length].sum())
    history = np.empty((iterations, 3))
    sum_counts = np.zeros((n_motifs, width, 4))
    probability = np.zeros((len(data.codes), n_motifs, 2), np.float32)
    for step in range(iterations):
        sites, modules, likelihood = draw_alignment(
            data.codes, data.bounds, data.background, state.motifs, state.q, state.r,
            module_length, both_strands, rng,
        )  # fmt: skip
        history[step] = likelihood + log_prior(state, priors), modules, len(sites)
        report(step, history[step, 0])
        if step < burn_in and shift_every and step % shift_every == shift_every - 1:
            wide, logs = letter_counts(data, sites, n_motifs, width, max_shift)
            moved = draw_shifts(wide, logs, width, priors.letter, rng) + max_shift
            counts = np.stack([wide[k, m : m + width] for k, m in enumerate(moved)])
        else:
            counts, _ = letter_counts(data, sites, n_motifs, width)
        if step >= burn_in:
            sum_counts += counts
            probability[sites[:, 0], sites[:, 1], sites[:, 2]] += 1
        number = np.bincount(sites[:, 1], minlength=n_motifs)
        drawn = draw_parameters(counts, number, modules, module_length, total, priors, rng)
        state = State(drawn.motifs, state.q, state.r) if step < fixed_prior_iterations else drawn
    samples = iterations - burn_in
    return Chain(
        sum_counts / samples, probability / samples, history, float(history[burn_in:, 0].mean())
    )
