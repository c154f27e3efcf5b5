"""Scores of maps: against scipy, sklearn and naive loops; insulation against cooltools."""

import cooler
import numpy as np
import pandas as pd
import pytest
from cooltools.api.insulation import calculate_insulation_score
from scipy import stats
from sklearn.metrics import mean_absolute_error, mean_squared_error

from workflow_scripts.enhancement.evaluation.map_metrics import distance_scores, pooled_scores
from workflow_scripts.enhancement.evaluation.window_metrics import (
    BOUNDARIES,
    boundary_bins,
    boundary_counts,
    f1_of_counts,
    insulation_scores,
    matched,
    mean_scores,
    window_scores,
)

BINS = 40
SETTINGS = {
    "max_bins": 0,
    "smoothing": 0,
    "insulation": {"window": 5, "ignore_diags": 2, "min_strength": 0.2, "tolerance": 1},
}


def symmetric(maps):
    return (maps + maps.swapaxes(-1, -2)) / 2


@pytest.fixture
def maps():
    """Truth and a noisy prediction of three maps, with values in [0, 1]."""
    rng = np.random.default_rng(11)
    truth = symmetric(rng.random((3, BINS, BINS)))
    return truth, np.clip(truth + symmetric(rng.normal(0, 0.2, truth.shape)), 0, 1)


@pytest.fixture
def domains():
    """Contacts of domains of ten bins, which have four times the contacts within."""
    bins = np.arange(BINS)
    fall = 100 / (1 + np.abs(bins[:, None] - bins))
    # so that a minimum between two bins is at one of them
    slope = 1 + 0.01 * (bins + bins[:, None])
    return fall * np.where(bins[:, None] // 10 == bins // 10, 4, 1) * slope


def test_pooled_scores_are_those_of_the_libraries(maps):
    i, j = np.triu_indices(BINS, 2)
    x, y = (m[:, i, j].ravel() for m in maps)
    expected = {
        "mae": mean_absolute_error(x, y),
        "mse": mean_squared_error(x, y),
        "pearson": stats.pearsonr(x, y)[0],
        "spearman": stats.spearmanr(x, y)[0],
        "pixels": 3 * (BINS - 2) * (BINS - 1) / 2,
    }
    assert pooled_scores(*maps) == pytest.approx(expected)


def test_paper_triangle_has_15931_pixels():
    assert pooled_scores(*np.random.default_rng(0).random((2, 1, 180, 180)))["pixels"] == 15931


def test_window_scores_are_those_of_each_map(maps):
    table = window_scores(*maps, contacts=maps, settings=SETTINGS)
    for row, truth, predicted in zip(table.itertuples(), *maps, strict=True):
        x, y = truth.ravel(), predicted.ravel()
        assert row.mae == pytest.approx(mean_absolute_error(x, y))
        assert row.mse == pytest.approx(mean_squared_error(x, y))
        assert row.pearson == pytest.approx(stats.pearsonr(x, y)[0])
        assert row.spearman == pytest.approx(stats.spearmanr(x, y)[0])


def test_a_perfect_prediction_has_perfect_scores(maps, domains):
    truth = np.stack([maps[0][0], domains / domains.max()])
    table = window_scores(truth, truth, contacts=(truth, truth), settings=SETTINGS)
    means = {name: value for name, (value, _) in mean_scores(table).items()}
    assert means.pop("mae") == means.pop("mse") == 0
    assert means == pytest.approx(dict.fromkeys(means, 1.0))


def test_scores_of_chance_are_chance():
    rng = np.random.default_rng(1)
    truth, other = symmetric(rng.random((2, 20, BINS, BINS)))
    table = window_scores(truth, other, contacts=(truth, other), settings=SETTINGS)
    for name in ("pearson", "spearman", "scc_hicrep", "scc_hicreppy", "insulation_r"):
        assert abs(table[name].mean()) < 4 * table[name].std() / np.sqrt(len(table))


def test_a_flat_prediction_has_errors_but_no_correlation(maps):
    flat = np.full_like(maps[0], 0.5)
    table = window_scores(maps[0], flat, contacts=(maps[0], flat), settings=SETTINGS)
    means = mean_scores(table)
    assert means["mae"][1] == 3
    assert means["mae"][0] == pytest.approx(np.abs(maps[0] - 0.5).mean())
    for name in ("pearson", "spearman", "scc_hicrep"):
        assert np.isnan(means[name][0])
        assert means[name][1] == 0


def test_distance_scores_are_those_of_each_diagonal(maps):
    table = distance_scores(*maps).set_index("bins")
    for k in (0, 3, BINS - 2):
        x, y = (np.concatenate([np.diagonal(m, k) for m in side]) for side in maps)
        assert table.n[k] == len(x) == 3 * (BINS - k)
        assert table.pearson[k] == pytest.approx(stats.pearsonr(x, y)[0])
        assert table.mae[k] == pytest.approx(mean_absolute_error(x, y))


def test_insulation_is_that_of_cooltools(tmp_path):
    counts = np.random.default_rng(2).poisson(9, (BINS, BINS))
    counts = np.triu(counts) + np.triu(counts, 1).T
    bins = cooler.binnify(pd.Series({"chr1": BINS * 1000}), 1000)
    i, j = np.nonzero(np.triu(counts))
    path = str(tmp_path / "map.cool")
    pixels = pd.DataFrame({"bin1_id": i, "bin2_id": j, "count": counts[i, j]})
    cooler.create_cooler(path, bins, pixels)
    table = calculate_insulation_score(
        cooler.Cooler(path), 6000, ignore_diags=2, clr_weight_name=None
    )
    expected = table.log2_insulation_score_6000.to_numpy()
    pixels = table.n_valid_pixels_6000
    expected[pixels < 0.66 * pixels.max()] = np.nan
    found = insulation_scores(counts[None].astype(float), window=6)[0]
    # the medians are over other bins: those near the ends are left out here
    np.testing.assert_allclose(found - np.nanmean(found), expected - np.nanmean(expected))


def test_planted_domains_give_their_boundaries(domains):
    score = insulation_scores(domains[None], window=5)[0]
    found = boundary_bins(score, 0.2)
    assert len(found) == 3
    assert all(np.abs(found - [10, 20, 30]) <= 1)
    assert len(boundary_bins(score, 10.0)) == 0
    assert len(boundary_bins(np.full(BINS, np.nan), 0.1)) == 0


def test_the_only_minimum_is_a_boundary():
    score = np.array([0.3, 0.1, -0.5, 0.0, 0.2])
    np.testing.assert_array_equal(boundary_bins(score, 0.79), [2])
    assert len(boundary_bins(score, 0.81)) == 0


@pytest.mark.parametrize(
    ("found", "true", "tolerance", "number"),
    [
        ([5, 10], [5, 10], 0, 2),
        ([5, 10], [6, 11], 0, 0),
        ([5, 10], [6, 11], 1, 2),
        ([5, 6], [5], 2, 1),  # one true boundary is matched once
        ([5], [4, 6], 2, 1),
        ([], [3], 2, 0),
    ],
)
def test_boundaries_are_matched_once(found, true, tolerance, number):
    assert matched(np.array(found), np.array(true), tolerance) == number
    assert matched(np.array(true), np.array(found), tolerance) == number


def test_f1_counts_all_windows_together(domains):
    score = insulation_scores(np.stack([domains, domains]), window=5)
    shifted = np.roll(score, 4, axis=1)
    counts = boundary_counts(np.stack([score[0], shifted[1]]), score, min_strength=0.2, tolerance=1)
    both, found, true = counts.sum(0)
    assert both == 3
    assert f1_of_counts(counts) == pytest.approx(2 * 3 / (found + true))
    assert np.isnan(f1_of_counts(np.zeros((2, 3), int)))
    assert len(BOUNDARIES) == counts.shape[1]
