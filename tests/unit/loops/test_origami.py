"""The sampler against a plain loop, and loop calls on simulated counts."""

import numpy as np
import pytest
from scipy.stats import gamma, kstest
from sklearn.metrics import roc_auc_score

from tests.unit.loops import reference_origami
from tests.unit.loops.simulated import pair_data, simulate
from workflow_scripts.loops import origami
from workflow_scripts.loops.convergence import diagnose, effective_size, rhat

SETTINGS = {"iterations": 400, "burn_in": 100, "drop_every": 5, "max_count": 30}


@pytest.fixture(scope="module")
def loops():
    return simulate(1)


@pytest.fixture(scope="module")
def chains(loops):
    return [origami.run_chain(pair_data(loops), SETTINGS, seed=3, number=n) for n in range(2)]


def test_priors_are_distinct_counts_at_the_anchors():
    one, two, _, count, _ = simulate(2, bins=60, reach=10, loops=5)
    alpha, beta = origami.anchor_priors(one, two, count)
    anchors = list(zip(one.tolist(), two.tolist(), strict=True))
    naive = [reference_origami.distinct_counts(anchors, count, k) for k in range(len(count))]
    assert list(zip(alpha.tolist(), beta.tolist(), strict=True)) == naive
    assert len(set(naive)) > 10


@pytest.mark.parametrize("floor", [0.1, 1.9, 2.2, 4.0])
def test_draws_above_a_floor_follow_the_truncated_distribution(floor):
    rng = np.random.default_rng(0)
    shape, rate = 40.0, 20.0
    drawn = [origami.draw_above(rng, shape, rate, floor) for _ in range(4000)]
    whole = gamma(shape, scale=1 / rate)
    assert min(drawn) >= floor
    tail = kstest(drawn, lambda x: 1 - whole.sf(x) / whole.sf(floor))
    assert tail.pvalue > 1e-3


def test_posterior_agrees_with_a_plain_loop():
    one, two, distance, count, _ = simulate(4, bins=30, reach=8, background=3, loops=2)
    count[:2] = 45, 60  # above max_count: excluded from the rates
    settings = {**SETTINGS, "iterations": 1500}
    anchors = list(zip(one.tolist(), two.tolist(), strict=True))
    mean, kept = reference_origami.sample(anchors, distance, count, seed=5, **settings)
    data = origami.PairData.of(one, two, distance, count)
    long = {**settings, "iterations": 20_000}
    chains = [origami.run_chain(data, long, seed=5, number=n) for n in range(2)]
    fast = np.mean([chain.probability for chain in chains], axis=0)
    assert fast.std() > 0.1
    assert np.abs(fast - mean).max() < 0.1
    assert np.abs(fast - mean).mean() < 0.03
    trace = np.concatenate([chain.trace for chain in chains])
    for column in range(5):
        drawn = kept[:, column]
        error = drawn.std() / np.sqrt(effective_size(drawn[None]))
        assert abs(drawn.mean() - trace[:, column].mean()) < 5 * error, origami.TRACED[column]
        assert 0.7 < drawn.std() / trace[:, column].std() < 1.4, origami.TRACED[column]


def test_calls_beat_raw_counts(loops, chains):
    *_, count, planted = loops
    called = roc_auc_score(planted, chains[0].probability)
    raw = roc_auc_score(planted, count)
    assert called > raw + 0.005
    assert called > 0.98


def test_shuffled_loops_are_found_at_chance(loops, chains):
    planted = np.random.default_rng(0).permutation(loops[-1])
    assert abs(roc_auc_score(planted, chains[0].probability) - 0.5) < 0.1


def test_chains_from_other_starts_agree(loops):
    long = {**SETTINGS, "iterations": 3000, "burn_in": 500}
    chains = [origami.run_chain(pair_data(loops), long, seed=3, number=n) for n in range(2)]
    table = diagnose([chain.trace for chain in chains], origami.TRACED).set_index("parameter")
    # λ and d are separated only by the limits of the binomial draw; their sum is identified
    assert (table.rhat[["rate0", "rate1", "loop_share", "log_likelihood"]] < 1.1).all()
    one, two = (chain.probability for chain in chains)
    assert np.abs(one - two).max() < 0.1
    assert rhat(np.stack([chains[0].trace[:, 2], chains[1].trace[:, 2] + 1])) > 1.5


def test_rates_are_ordered_and_iterations_counted(chains):
    for chain in chains:
        assert (chain.trace[:, 1] >= chain.trace[:, 0]).all()
        assert len(chain.trace) == (400 - 100) * 4 // 5
        assert ((chain.probability > 0) & (chain.probability < 1 + 1e-12)).all()


def test_equal_seeds_give_equal_bytes_and_others_do_not(loops):
    short = {**SETTINGS, "iterations": 60, "burn_in": 10}
    runs = [origami.run_chain(pair_data(loops), short, seed=s).probability for s in (1, 1, 2)]
    assert (runs[0] == runs[1]).all()
    assert (runs[0] != runs[2]).any()


def test_classes_have_every_pair_once(loops):
    data = pair_data(loops)
    one, two, distance, count, _ = loops
    classes, of_pair = data.classes, data.class_of_pair
    assert classes.size.sum() == len(count)
    assert (classes.count[of_pair] == count).all()
    assert (data.distance[classes.distance[of_pair]] == distance).all()
    alpha, beta = origami.anchor_priors(one, two, count)
    assert (classes.prior[of_pair] == np.stack([alpha, beta], axis=1)).all()


def test_progress_is_logged(loops, caplog, monkeypatch):
    monkeypatch.setattr(origami, "LOG_SECONDS", 0)
    monkeypatch.setattr(origami.log, "propagate", True)
    with caplog.at_level("INFO", logger="chromaloom"):
        origami.run_chain(pair_data(loops), {**SETTINGS, "iterations": 120}, seed=1, name="x")
    assert "x: chain 1: 50 of 120 iterations" in caplog.text
    assert "120 of 120 iterations" in caplog.text
