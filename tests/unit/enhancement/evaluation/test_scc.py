"""SCC: laws, a naive loop, and the packages that it is to agree with."""

import importlib.util

import cooler
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workflow_scripts.enhancement.evaluation.scc import scc_hicrep, scc_hicreppy

BINS = 40


@pytest.fixture
def pair():
    """Two replicates of a map whose contacts fall with distance: counts, symmetric."""
    rng = np.random.default_rng(7)
    place = np.arange(BINS)
    mean = 60 / (1 + np.abs(place[:, None] - place)) * rng.lognormal(0, 0.4, (BINS, BINS))
    mean = (mean + mean.T) / 2
    maps = [np.triu(rng.poisson(mean)) for _ in range(2)]
    return [m + np.triu(m, 1).T for m in maps]


def naive_hicrep(first, second, max_bins):
    """The formula of Yang et al. 2017, one stratum after the other."""
    above = below = 0.0
    for k in range(1, max_bins):
        x, y = np.diagonal(first, k), np.diagonal(second, k)
        kept = (x != 0) | (y != 0)
        number = kept.sum()
        if number < 2:
            continue
        ranks = np.arange(1, number + 1) / number
        weight = number * np.var(ranks, ddof=1)
        x, y = x[kept], y[kept]
        flat = np.ptp(x) == 0 or np.ptp(y) == 0
        above += 0 if flat else weight * stats.pearsonr(x, y)[0]
        below += weight
    return above / below


def naive_hicreppy(first, second, max_bins):
    """hicreppy's arithmetic: ranks divided by their largest and then by their number again."""
    values, weights = [], []
    for k in range(max_bins):
        x, y = np.diagonal(first, k), np.diagonal(second, k)
        number = len(x)
        ranks = [np.argsort(v) + 1 for v in (x, y)]
        spread = [np.var(r / r.max() / number) for r in ranks]
        weights.append(number * np.sqrt(spread[0] * spread[1]))
        values.append(stats.pearsonr(x, y)[0])
    return np.sum(np.array(values) * weights) / np.sum(weights)


@pytest.mark.parametrize("scc", [scc_hicrep, scc_hicreppy])
def test_scc_of_a_map_with_itself_is_one(pair, scc):
    assert scc(pair[0], pair[0]) == pytest.approx(1)
    assert scc(pair[0], 3.0 * pair[0] + 5) == pytest.approx(1)


@pytest.mark.parametrize("scc", [scc_hicrep, scc_hicreppy])
def test_scc_is_symmetric_and_negated_for_the_opposite(pair, scc):
    first, second = pair
    assert scc(first, second) == pytest.approx(scc(second, first))
    assert scc(first + 1, 100.0 - first) == pytest.approx(-1)


@pytest.mark.parametrize("scc", [scc_hicrep, scc_hicreppy])
def test_scc_of_many_maps_is_that_of_each(pair, scc):
    first, second = np.stack(pair), np.stack(pair[::-1])
    one_by_one = [scc(a, b) for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(scc(first, second), one_by_one)


def test_scc_forgets_decay_with_distance(pair):
    """Maps that share nothing but the fall with distance are correlated, their strata are not."""
    rng = np.random.default_rng(3)
    place = np.arange(200)
    fall = 5 / np.sqrt(1 + np.abs(place[:, None] - place))
    first, second = (fall + rng.normal(0, 0.1, (200, 200)) for _ in range(2))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9
    assert abs(scc_hicrep(first, second)) < 0.05


def test_scc_hicrep_is_the_naive_loop(pair):
    for max_bins in (5, 20, BINS - 2):
        expected = naive_hicrep(*pair, max_bins)
        assert scc_hicrep(*pair, max_bins=max_bins) == pytest.approx(expected, abs=1e-12)


def test_scc_hicreppy_is_the_naive_loop(pair):
    for max_bins in (5, 20, BINS - 2):
        expected = naive_hicreppy(*pair, max_bins)
        assert scc_hicreppy(*pair, max_bins=max_bins) == pytest.approx(expected, abs=1e-12)


def test_hicreppy_gives_two_thirds_to_the_farthest_quarter(pair):
    """Maps that agree on the farthest quarter of the diagonals alone, 188 bins."""
    rng = np.random.default_rng(5)
    first, second = rng.random((2, 188, 188))
    far = np.triu(np.ones((188, 188), bool), 141)
    second[far] = first[far]
    assert scc_hicreppy(first, second) == pytest.approx(2 / 3, abs=0.06)
    assert scc_hicrep(first, second) < 0.12


def test_scc_of_flat_maps_is_not_known():
    flat = np.ones((BINS, BINS))
    assert np.isnan(scc_hicrep(flat, flat))
    assert np.isnan(scc_hicreppy(flat, flat))


def test_smoothing_is_the_mean_of_the_neighbours(pair):
    """h = 1 against a loop over pixels."""
    stop = 15
    smooth = []
    for counts in pair:
        upper = np.triu(counts, 1) - np.triu(counts, stop)
        mean = np.zeros_like(upper, float)
        for i, j in np.ndindex(*upper.shape):
            mean[i, j] = upper[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2].mean()
        smooth.append(mean)
    expected = naive_hicrep(*smooth, stop)
    assert scc_hicrep(*pair, h=1, max_bins=stop) == pytest.approx(expected, abs=1e-9)


@pytest.mark.skipif(
    not importlib.util.find_spec("hicrep"),
    reason="PyPI package hicrep (GPL, no dependency of this workflow) is not installed:"
    " pip install hicrep==0.2.6 to compare with it",
)
@pytest.mark.filterwarnings("default")  # those of the package
@pytest.mark.parametrize(("h", "most"), [(0, 39), (1, 20), (3, 12)])
def test_scc_hicrep_is_that_of_the_package(pair, tmp_path, h, most):
    from hicrep import hicrepSCC

    resolution = 1000
    bins = cooler.binnify(pd.Series({"chr1": BINS * resolution}), resolution)
    coolers = []
    for number, counts in enumerate(pair):
        i, j = np.nonzero(np.triu(counts))
        pixels = pd.DataFrame({"bin1_id": i, "bin2_id": j, "count": counts[i, j]})
        path = str(tmp_path / f"{number}.cool")
        cooler.create_cooler(path, bins, pixels, dtypes={"count": "int32"})
        coolers.append(cooler.Cooler(path))
    expected = hicrepSCC(*coolers, h, most * resolution, False)[0]
    totals = [np.triu(counts).sum() for counts in pair]
    found = scc_hicrep(
        *(counts / total for counts, total in zip(pair, totals, strict=True)),
        h=h, max_bins=most + 1,
    )  # fmt: skip
    assert found == pytest.approx(expected, abs=1e-6)
