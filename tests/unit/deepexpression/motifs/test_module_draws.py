"""CisModule's sums and draws against the enumeration of all paths through tiny sequences."""

import itertools

import numpy as np
import pytest

from workflow_scripts.deepexpression.motifs.markov_background import make_sequences
from workflow_scripts.deepexpression.motifs.module_draws import (
    draw_alignment,
    forward_sums,
    module_ratios,
    site_weights,
    word_ratios,
)

WIDTH, LENGTH, R = 3, 7, 0.2
Q = np.array([0.7, 0.2, 0.1])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def tiny(rng):
    """One sequence of 16 bp, and two motifs."""
    data = make_sequences([rng.integers(0, 4, 16).astype(np.uint8)], 1)
    return data, rng.dirichlet(np.ones(4) * 0.5, (2, WIDTH))


def word_ratio(data, motifs, start, motif, strand):
    word = data.codes[start : start + WIDTH]
    read = 3 - word[::-1] if strand else word
    share = np.prod(motifs[motif][np.arange(WIDTH), read])
    return 0.5 * share / np.prod(data.background[start : start + WIDTH])


def module_paths(start):
    """All paths through a module, each a list of (site start, motif, strand)."""

    def fill(place):
        if place == start + LENGTH:
            yield []
            return
        for rest in fill(place + 1):
            yield rest
        if place + WIDTH <= start + LENGTH:
            for motif, strand in itertools.product(range(2), range(2)):
                for rest in fill(place + WIDTH):
                    yield [(place, motif, strand), *rest]

    return fill(start)


def module_probability(data, motifs, sites):
    value = Q[0] ** (LENGTH - WIDTH * len(sites))
    for place, motif, strand in sites:
        value *= Q[motif + 1] * word_ratio(data, motifs, place, motif, strand)
    return value


def all_paths(data, motifs, size):
    """(module starts, sites, likelihood ratio to background) of every path through the sequence."""

    def read(place):
        if place == size:
            yield (), (), 1.0
            return
        for modules, sites, value in read(place + 1):
            yield modules, sites, (1 - R) * value
        if place + LENGTH <= size:
            for inside in module_paths(place):
                here = R * module_probability(data, motifs, inside)
                for modules, sites, value in read(place + LENGTH):
                    yield (place, *modules), (*inside, *sites), here * value

    return list(read(0))


def test_sums_are_over_all_paths(tiny):
    data, motifs = tiny
    size = len(data.codes)
    weights = site_weights(word_ratios(data.codes, data.background, motifs, True), Q, WIDTH)
    modules = module_ratios(weights, 0, size - LENGTH + 1, LENGTH, WIDTH, Q[0])
    for start in range(size - LENGTH + 1):
        expected = sum(module_probability(data, motifs, sites) for sites in module_paths(start))
        assert modules[start] == pytest.approx(expected)
    total = sum(value for *_, value in all_paths(data, motifs, size))
    assert forward_sums(modules, size, LENGTH, R)[-1] == pytest.approx(np.log(total))


def test_draws_have_the_probabilities_of_the_paths(tiny):
    data, motifs = tiny
    ways = all_paths(data, motifs, len(data.codes))
    total = sum(value for *_, value in ways)
    rng, number = np.random.default_rng(1), 20_000
    counts = np.zeros((len(data.codes), 2, 2))
    modules = 0
    for _ in range(number):
        sites, found, _ = draw_alignment(
            data.codes, data.bounds, data.background, motifs, Q, R, LENGTH, True, rng
        )
        counts[sites[:, 0], sites[:, 1], sites[:, 2]] += 1
        modules += found
    expected, expected_modules = np.zeros_like(counts), 0.0
    for starts, sites, value in ways:
        expected_modules += len(starts) * value / total
        for site in sites:
            expected[site] += value / total
    # four standard errors of a share
    bound = 4 * np.sqrt(expected * (1 - expected) / number) + 1e-3
    assert (np.abs(counts / number - expected) < bound).all()
    assert modules / number == pytest.approx(expected_modules, abs=0.03)


def test_the_order_of_the_motifs_does_not_matter(tiny):
    data, motifs = tiny
    args = (data.codes, data.bounds, data.background)
    one = draw_alignment(*args, motifs, Q, R, LENGTH, True, np.random.default_rng(0))
    turned = motifs[::-1].copy(), Q[[0, 2, 1]]
    other = draw_alignment(*args, *turned, R, LENGTH, True, np.random.default_rng(0))
    assert other[2] == pytest.approx(one[2])


def test_the_other_strand_is_as_likely(tiny, rng):
    """With a background that reads the same on both strands."""
    _, motifs = tiny
    codes = rng.integers(0, 4, 200).astype(np.uint8)
    values = []
    for part in (codes, 3 - codes[::-1]):
        data = make_sequences([part], 0)
        values.append(
            draw_alignment(data.codes, data.bounds, data.background, motifs, Q, R, LENGTH, True,
                           np.random.default_rng(0))[2]
        )  # fmt: skip
    assert values[0] == pytest.approx(values[1])


def test_words_with_unknown_letters_are_no_sites(tiny):
    data, motifs = tiny
    data.codes[5] = 4
    ratios = word_ratios(data.codes, data.background, motifs, True)
    assert (ratios[3:6] == 0).all()
    assert (ratios[-WIDTH + 1 :] == 0).all()
    assert (ratios[:3] > 0).all()
    one_strand = word_ratios(data.codes, data.background, motifs, False)
    assert (one_strand[:, :, 1] == 0).all()
    np.testing.assert_allclose(one_strand[:, :, 0], 2 * ratios[:, :, 0])
