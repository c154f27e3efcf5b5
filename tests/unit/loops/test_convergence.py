"""R-hat and effective sample size of simulated chains."""

import numpy as np
import pytest
from scipy.signal import lfilter

from workflow_scripts.loops.convergence import diagnose, effective_size, rhat


def chains(correlation, length=4000, number=4, seed=0):
    noise = np.random.default_rng(seed).normal(size=(number, length + 500))
    return lfilter([1], [1, -correlation], noise, axis=1)[:, 500:]


def test_independent_draws_have_full_effective_size():
    values = chains(0)
    assert rhat(values) < 1.002
    assert effective_size(values) == pytest.approx(values.size, rel=0.1)


@pytest.mark.parametrize("correlation", [0.5, 0.9])
def test_effective_size_of_correlated_draws_follows_theory(correlation):
    values = chains(correlation)
    expected = values.size * (1 - correlation) / (1 + correlation)
    assert effective_size(values) == pytest.approx(expected, rel=0.15)


def test_rhat_detects_differences_in_location_drift_and_spread():
    values = chains(0, length=500)
    assert rhat(values + np.arange(4)[:, None]) > 1.3
    assert rhat(values + np.linspace(0, 4, 500)) > 1.3
    assert rhat(values * np.array([1, 1, 1, 5])[:, None]) > 1.05


def test_ranks_are_invariant_to_monotone_transformations():
    values = chains(0.3, length=501)
    assert effective_size(np.exp(3 * values)) == pytest.approx(effective_size(values), rel=1e-9)
    assert np.isfinite(rhat(np.random.default_rng(0).standard_cauchy((4, 400))))


def test_table_has_a_row_per_parameter_and_a_constant_has_no_rhat():
    values = chains(0, length=100, number=2)
    traces = [np.stack([chain, np.ones(100)], axis=1) for chain in values]
    table = diagnose(traces, ("a", "b")).set_index("parameter")
    assert table["mean"]["a"] == pytest.approx(values.mean())
    assert table.chains["a"] == 2
    assert table.draws["a"] == 100
    assert np.isnan(table.rhat["b"])
    assert np.isnan(table.ess["b"])
