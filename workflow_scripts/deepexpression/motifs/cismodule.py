"""CisModule: motifs that lie together in modules, found by Gibbs sampling (Zhou & Wong 2004).

The model has two levels. A sequence is background letters, except that at each place a module of
`length` bp starts with probability r. Inside a module, each step is a background letter with
probability q0 or a site of motif k with probability qk; sites are of either strand. Background
letters come from a Markov chain, the letters of a site independently from the motif's matrix. With
the motifs, q and r given, modules and then the sites in them are drawn from their exact joint
distribution, by sums over all ways to read a sequence up to a place, and draws from its end back;
with modules and sites given, motifs, q and r are drawn from their Dirichlet and Beta posteriors.
All motifs have one width, so that a step costs the same whatever their number.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from workflow_scripts.deepexpression.motifs.markov_background import UNKNOWN, Sequences
from workflow_scripts.deepexpression.motifs.module_draws import draw_alignment


@dataclass
class State:
    """Parameters: motifs, shape=(K, width, 4); q, shape=(K + 1,), q[0] of the background; r."""

    motifs: np.ndarray
    q: np.ndarray
    r: float


@dataclass(frozen=True)
class Priors:
    """Pseudo-counts: of a letter in a motif's column, of q (K + 1,), and of r (two)."""

    letter: float
    q: np.ndarray
    r: tuple[float, float]


def letter_counts(data: Sequences, sites: np.ndarray, motifs: int, width: int, reach: int = 0):
    """Letters of each motif's sites, shape=(motifs, width + 2 reach, 4), and their background.

    With `reach`, of so many columns on either side, too; letters beyond the ends of `codes` or
    unknown are not counted. The second array, shape=(motifs, width + 2 reach), is the sum of the
    logs of their background probabilities.
    """
    columns = np.arange(-reach, width + reach)
    reverse = sites[:, 2] == 1
    place = np.where(reverse[:, None], sites[:, :1] + width - 1 - columns, sites[:, :1] + columns)
    there = (place >= 0) & (place < len(data.codes))
    place = place.clip(0, len(data.codes) - 1)
    letter = data.codes[place]
    there &= letter < UNKNOWN
    letter = np.where(reverse[:, None], 3 - letter, letter)
    motif, column = np.broadcast_arrays(sites[:, 1:2], columns + reach)
    counts = np.zeros((motifs, len(columns), 4))
    np.add.at(counts, (motif[there], column[there], letter[there]), 1)
    logs = np.zeros((motifs, len(columns)))
    np.add.at(logs, (motif[there], column[there]), np.log(data.background[place[there]]))
    return counts, logs


def draw_shifts(counts, logs, width: int, letter: float, rng) -> np.ndarray:
    """Draw how far each motif's window is moved along its sites, in columns, shape=(motifs,).

    The chance of a shift goes with the letters under the moved window, motif summed out, over
    their background: it leads out of alignments that are off by some columns.
    """
    rise = gammaln(counts + letter).sum(axis=2) - gammaln(counts.sum(axis=2) + 4 * letter)
    score = rise + gammaln(4 * letter) - 4 * gammaln(letter) - logs
    windows = np.lib.stride_tricks.sliding_window_view(score, width, axis=1).sum(axis=2)
    chance = np.exp(windows - windows.max(axis=1, keepdims=True))
    chance = np.cumsum(chance, axis=1) / chance.sum(axis=1, keepdims=True)
    return (rng.random((len(counts), 1)) > chance).sum(axis=1) - (counts.shape[1] - width) // 2


def draw_parameters(counts, sites, modules, length, total, priors: Priors, rng) -> State:
    """Draw motifs, q and r given the alignment.

    counts: letters of each motif's sites, (K, width, 4); sites: number by motif, (K,);
    modules: their number; total: bp of all sequences long enough for a module.
    """
    width = counts.shape[1]
    shape = rng.standard_gamma(counts + priors.letter).clip(1e-12)
    inside = modules * length - sites.sum() * width
    q = rng.dirichlet(priors.q + np.concatenate([[inside], sites]))
    # each start of a module, and each letter outside, is one choice
    r = rng.beta(priors.r[0] + modules, priors.r[1] + total - modules * length)
    return State(shape / shape.sum(axis=2, keepdims=True), q, float(r))


def log_prior(state: State, priors: Priors) -> float:
    """Log density of the parameters, without constants."""
    inside = (priors.letter - 1) * np.log(state.motifs).sum()
    inside += ((priors.q - 1) * np.log(state.q)).sum()
    a, b = priors.r
    return float(inside + (a - 1) * np.log(state.r) + (b - 1) * np.log1p(-state.r))


def start_state(data: Sequences, motifs: int, width: int, priors: Priors, rng) -> State:
    """Parameters to begin with: each motif half a word of the data, drawn at random, half even."""
    known = np.lib.stride_tricks.sliding_window_view(data.codes, width).max(axis=1) < UNKNOWN
    words = rng.choice(np.flatnonzero(known), motifs)
    letters = data.codes[words[:, None] + np.arange(width)]
    return State(
        0.5 * np.eye(4)[letters] + 0.125,
        priors.q / priors.q.sum(),
        priors.r[0] / sum(priors.r),
    )


@dataclass(frozen=True)
class Chain:
    """What one chain found.

    Attributes
    ----------
    counts : float array, shape=(K, width, 4): mean letters of each motif's sites over the samples.
    probability : float array, shape=(N, K, 2): share of the samples with a site here.
    history : float array, shape=(iterations, 3): log posterior of the parameters (without
    constants, over that of background alone), modules, sites.
    score : mean log posterior over the samples.
    """

    counts: np.ndarray
    probability: np.ndarray
    history: np.ndarray
    score: float


def run_chain(
    data: Sequences,
    *,
    motifs: int,
    width: int,
    length: int,
    both: bool,
    priors: Priors,
    iterations: int,
    burn_in: int,
    held: int,
    shift_every: int,
    reach: int,
    seed,
    tell: Callable[[int, float], None] = lambda step, log_posterior: None,
) -> Chain:
    """Run one Gibbs chain; `tell` gets each iteration's number and log posterior.

    Shifts (`draw_shifts`, every so many iterations, by up to `reach` columns) are made in the
    burn-in alone: they use the sites of one alignment as if they could be moved freely, so they
    find a good place to start from and are no part of the chain that is sampled. In the first
    `held` iterations q and r stay what they are on average before any data: motifs that are still
    vague would lose all their sites, and a chain without sites hardly ever leaves that state.
    """
    rng = np.random.default_rng(seed)
    state = start_state(data, motifs, width, priors, rng)
    sizes = np.diff(data.bounds)
    total = int(sizes[sizes >= length].sum())
    history = np.empty((iterations, 3))
    sum_counts = np.zeros((motifs, width, 4))
    probability = np.zeros((len(data.codes), motifs, 2), np.float32)
    for step in range(iterations):
        sites, modules, likelihood = draw_alignment(
            data.codes, data.bounds, data.background, state.motifs, state.q, state.r, length, both,
            rng,
        )  # fmt: skip
        history[step] = likelihood + log_prior(state, priors), modules, len(sites)
        tell(step, history[step, 0])
        if step < burn_in and shift_every and step % shift_every == shift_every - 1:
            wide, logs = letter_counts(data, sites, motifs, width, reach)
            moved = draw_shifts(wide, logs, width, priors.letter, rng) + reach
            counts = np.stack([wide[k, m : m + width] for k, m in enumerate(moved)])
        else:
            counts, _ = letter_counts(data, sites, motifs, width)
        if step >= burn_in:
            sum_counts += counts
            probability[sites[:, 0], sites[:, 1], sites[:, 2]] += 1
        number = np.bincount(sites[:, 1], minlength=motifs)
        drawn = draw_parameters(counts, number, modules, length, total, priors, rng)
        state = State(drawn.motifs, state.q, state.r) if step < held else drawn
    samples = iterations - burn_in
    return Chain(
        sum_counts / samples, probability / samples, history, float(history[burn_in:, 0].mean())
    )
