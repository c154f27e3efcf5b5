import numpy as np
import pytest

from workflow_scripts.deepexpression.motifs.cismodule import (
    Priors,
    draw_parameters,
    draw_shifts,
    letter_counts,
    run_chain,
)
from workflow_scripts.deepexpression.motifs.markov_background import (
    background_chain,
    draw_background,
    make_sequences,
)

WIDTH = 8
WORDS = ["TGACTCAT", "GGGGCGGG", "CAAGGTCA"]
SETTINGS = dict(
    n_motifs=4, width=WIDTH, module_length=60, both_strands=True, iterations=80, burn_in=50,
    fixed_prior_iterations=15, shift_every=3, max_shift=3,
    priors=Priors(0.5, np.array([94, 1.0, 1, 1, 1]), (1.0, 200.0)),
)  # fmt: skip


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def codes(word):
    return np.array(["ACGT".index(base) for base in word], np.uint8)


def planted(rng, number=60, size=200):
    """Sequences with two or three sites each, one base in ten changed, in a stretch of 60 bp."""
    parts = []
    for _ in range(number):
        part = rng.integers(0, 4, size).astype(np.uint8)
        first = rng.integers(0, size - 60)
        for slot in rng.permutation(5)[:3]:
            word = codes(WORDS[rng.integers(0, len(WORDS))])
            changed = np.where(rng.random(WIDTH) < 0.05, rng.integers(0, 4, WIDTH), word)
            site = changed if rng.random() < 0.5 else 3 - changed[::-1]
            part[first + 12 * slot : first + 12 * slot + WIDTH] = site
        parts.append(part)
    return parts


def recovered(counts):
    """Planted words that a motif's consensus matches on either strand, up to one column."""
    found = set()
    for motif in counts:
        if motif[0].sum() < 10:
            continue
        best = motif.argmax(axis=1)
        for word in WORDS:
            for read in (best, 3 - best[::-1]):
                # off by a column is the same motif
                for shift in (-1, 0, 1):
                    one = read[max(0, shift) : WIDTH + min(0, shift)]
                    two = codes(word)[max(0, -shift) : WIDTH + min(0, -shift)]
                    if (one == two).mean() >= 0.85:
                        found.add(word)
    return found


def test_planted_motifs_are_found_and_none_without_them(rng):
    parts = planted(rng)
    data = make_sequences(parts, 1)
    chains = [run_chain(data, **SETTINGS, seed=k) for k in range(3)]
    best = max(chains, key=lambda chain: chain.score)
    assert len(recovered(best.counts)) >= 2
    without = make_sequences(draw_background(parts, 1, rng), 1)
    control = run_chain(without, **SETTINGS, seed=0)
    assert recovered(control.counts) == set()
    assert best.score > control.score + 100


def test_a_chain_is_reproducible_and_its_counts_are_those_of_its_sites(rng):
    data = make_sequences(planted(rng, number=20), 1)
    one, two = (run_chain(data, **SETTINGS, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.history, two.history)
    np.testing.assert_array_equal(one.probability, two.probability)
    np.testing.assert_allclose(
        one.probability.sum(axis=(0, 2)), one.counts[:, 0].sum(axis=1), rtol=1e-4
    )


def test_letters_of_sites_are_counted_on_their_strand():
    data = make_sequences([codes("AACGTTTTGCAA")], 0)
    sites = np.array([[2, 0, 0], [7, 0, 1]])  # CGT, and the other strand's CAA read back: TGC
    counts, logs = letter_counts(data, sites, 1, 3)
    expected = np.zeros((3, 4))
    for word in ("CGT", "GCA"):
        expected[np.arange(3), codes(word)] += 1
    np.testing.assert_array_equal(counts[0], expected)
    wide, _ = letter_counts(data, sites, 1, 3, max_shift=2)
    np.testing.assert_array_equal(wide[0, 2:5], counts[0])
    assert logs.sum() == pytest.approx(np.log(data.background[[2, 3, 4, 7, 8, 9]]).sum())


def test_shifts_find_the_columns_of_the_motif(rng):
    parts = [rng.integers(0, 4, 40).astype(np.uint8) for _ in range(80)]
    for part in parts:
        part[20 : 20 + WIDTH] = codes(WORDS[0])
    data = make_sequences(parts, 0)
    off = np.array([[40 * k + 22, 0, k % 2] for k in range(80)])
    off[1::2, 0] = 40 * np.arange(1, 80, 2) + 20  # the other strand: too far by nothing
    forward = off[::2]
    counts, logs = letter_counts(data, forward, 1, WIDTH, max_shift=4)
    assert draw_shifts(counts, logs, WIDTH, 0.5, rng).tolist() == [-2]


def test_parameters_come_from_their_posteriors(rng):
    counts = rng.integers(0, 50, (2, WIDTH, 4)).astype(float)
    sites, modules, length, total = np.array([30, 10]), 20, 60, 4000
    priors = Priors(0.5, np.array([10.0, 1, 2]), (2.0, 50.0))
    draws = [draw_parameters(counts, sites, modules, length, total, priors, rng)
             for _ in range(4000)]  # fmt: skip
    inside = modules * length - sites.sum() * WIDTH
    q = priors.q + np.array([inside, *sites])
    np.testing.assert_allclose(np.mean([d.q for d in draws], axis=0), q / q.sum(), atol=2e-3)
    r = (2 + modules) / (2 + modules + 50 + total - modules * length)
    assert np.mean([d.r for d in draws]) == pytest.approx(r, rel=0.05)
    share = (counts + 0.5) / (counts + 0.5).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(np.mean([d.motifs for d in draws], axis=0), share, atol=0.01)


def test_background_chain_of_drawn_sequences_is_the_chain_itself(rng):
    table = rng.dirichlet(np.ones(4), 4)
    # the chain counts both strands: compare with one that is symmetric by construction
    part = np.zeros(60_000, np.uint8)
    for k in range(1, len(part)):
        part[k] = rng.choice(4, p=table[part[k - 1]])
    chain = background_chain([part], 1)[1]
    again = background_chain(draw_background([part], 1, rng), 1)[1]
    np.testing.assert_allclose(chain, again, atol=0.02)


def test_background_depends_on_the_history_of_each_base():
    parts = [codes("ACGTACGG"), codes("TTACGN".replace("N", "A"))]
    parts[1][-1] = 4
    data, tables = make_sequences(parts, 2), background_chain(parts, 2)
    assert data.background[0] == pytest.approx(tables[0][0, 0])  # the first letter has no history
    assert data.background[1] == pytest.approx(tables[1][0, 1])  # C after A
    assert data.background[2] == pytest.approx(tables[2][0 * 4 + 1, 2])  # G after AC
    assert data.background[8] == pytest.approx(tables[0][0, 3])  # the next sequence begins anew
    assert data.background[-1] == 1  # unknown
    for table in tables:
        np.testing.assert_allclose(table.sum(axis=1), 1)
