import numpy as np
import pytest
from conformation_networks import dense_network

from workflow_scripts.conformation.data.windows import flip_maps, pixel_index
from workflow_scripts.conformation.interpretation.gradients import gradients_at
from workflow_scripts.conformation.interpretation.measure_backward_gradients import (
    activity_table,
    center_activity,
    sigma_states,
)

W = 6  # bins of a window in these tests


SIZE = 10_000


def test_the_activity_of_flipped_windows_is_that_of_their_middle():
    active = np.array([0, 1, np.nan] * 10)
    first_bins = np.array([0, 5])
    for w in (5, 6):
        found = center_activity(active, first_bins, w)
        expected = active[[w + w // 2, 5 + w + w // 2, 2 * w - 1 - w // 2, 5 + 2 * w - 1 - w // 2]]
        assert np.array_equal(found, expected, equal_nan=True)


def test_means_by_activity_of_a_planted_backward_network():
    rng = np.random.default_rng(5)
    weights = rng.normal(size=(21, W)).astype("float32")
    network = dense_network(weights, activation="sigmoid")
    maps = rng.normal(size=(8, 21)).astype("float32")
    active = np.array([0, 0, 1, 1, 1, np.nan, np.nan, 0])
    table = activity_table(network, maps, active, W, SIZE)
    y = 1 / (1 + np.exp(-(maps @ weights)))[:, W // 2]
    slopes = (y * (1 - y))[:, None] * weights[:, W // 2]
    for name, chosen in (("inactive", active == 0), ("active", active == 1), ("all", active < 9)):
        chosen = chosen if name != "all" else np.ones(8, bool)
        rows = table[table.group == name]
        assert set(rows.windows) == {chosen.sum()}
        assert rows["mean"].to_numpy() == pytest.approx(slopes[chosen].mean(0), abs=1e-6)
        square = (slopes[chosen] ** 2).mean(0)
        assert rows.mean_square.to_numpy() == pytest.approx(square, abs=1e-6)
    none = activity_table(network, maps, np.full(8, np.nan), W, SIZE)
    assert none[none.group == "active"]["mean"].isna().all()
    assert none[none.group == "all"]["mean"].notna().all()


# FAULTS B1
def test_figure_5b_groups_windows_by_sigma_of_their_middle_bin_without_any_activity():
    """The paper: "inactive (σ ≈ 0) or active (σ ≈ 1)"; a bin in between is in neither group."""
    rng = np.random.default_rng(7)
    sigma = np.concatenate([rng.uniform(0, 0.29, 30), rng.uniform(0.31, 0.69, 10),
                            rng.uniform(0.71, 1, 20), [np.nan]])  # fmt: skip
    states = sigma_states(sigma, 0.3, 0.7)
    assert [(states == 0).sum(), np.isnan(states).sum(), (states == 1).sum()] == [30, 11, 20]
    first_bins = np.arange(len(sigma) - 3 * W)
    groups = center_activity(states, first_bins, W)
    network = dense_network(np.ones((21, W), "float32"))
    table = activity_table(network, np.ones((len(groups), 21), "float32"), groups, W, SIZE)
    windows = table.groupby("group").windows.first()
    assert windows["inactive"] > 0
    assert windows["active"] > 0
    assert windows["inactive"] + windows["active"] < windows["all"] == 2 * len(first_bins)


def test_flipped_maps_have_flipped_gradients_in_a_symmetric_network():
    # σ of the middle bin of an odd window is the sum of its row, which is symmetric
    w = 5
    i, j = pixel_index(w)
    weights = ((i == 2) | (j == 2)).astype("float32")[:, None] * np.ones((1, w), "float32")
    network = dense_network(0.1 * weights, activation="sigmoid")
    maps = np.random.default_rng(6).random((3, len(i))).astype("float32")
    forward, flipped = (gradients_at(network, m, [2])[:, 0] for m in (maps, flip_maps(maps, w)))
    assert flipped == pytest.approx(flip_maps(forward, w), abs=1e-6)
