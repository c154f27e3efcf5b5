"""Rows of metrics.tsv of one cell, and its table of correlations by distance."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import split_first_bins, training_windows
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.evaluation.scores import (
    Score,
    correlation_and_count,
    distance_scores,
    drop_undefined,
    finite_mean,
    log_scored_pixels,
    map_scores,
    shared_pixels,
    sigma_scores,
    window_scores,
)
from workflow_scripts.conformation.evaluation.weight_signs import count_matching, weight_signs

Rows = list[dict[str, Any]]
Maps = dict[tuple[str, int], MapPrediction]


def metric_rows(scores: list[Score], model: str, sample: str, split: str, seed: int) -> Rows:
    """Scores as rows of metrics.tsv."""
    return [
        dict(model=model, sample=sample, split=split, seed=seed, metric=name, value=value, n=n)
        for name, value, n in scores
    ]


def measured_test_map(data: ConformationData) -> np.ndarray:
    """Measured O/E of the test bins, float64 (K, w)."""
    return data.oe[np.flatnonzero(data.split == "test")].astype("float64")


def data_rows(data: ConformationData, seed: int, cell: str) -> Rows:
    """Numbers of bins, factors and windows; flipped windows count, as in the paper."""
    windows = {split: len(found[0]) for split, found in training_windows(data, seed).items()}
    windows["train_valid"] = sum(windows.values())
    windows["test"] = 2 * len(split_first_bins(data, "test"))
    counts = {"bins": len(data.split), "size_factors": len(data.factors),
              "size_window": data.window}  # fmt: skip
    scores: list[Score] = [(name, number, number) for name, number in counts.items()]
    rows = metric_rows(scores, "data", cell, "all", 0)
    for split, number in windows.items():
        rows += metric_rows([("windows", number, number)], "data", cell, split, 0)
    return rows


def size_rows(layers: pd.DataFrame, cell: str) -> Rows:
    """Parameters, hidden units and output size of each network, from its `layer_table`."""
    scores: list[Score] = []
    for network, rows in layers.groupby("network", sort=False):
        scores.append((f"size_{network}_parameters", int(rows.parameters.sum()), 1))
        units = rows[rows.layer.str.startswith("hidden")].length
        scores += [(f"size_{network}_hidden_{k}", n, 1) for k, n in enumerate(units, start=1)]
        scores.append((f"size_{network}_output", int(rows.length.iloc[-1]), 1))
    return metric_rows(scores, "data", cell, "all", 0)


def map_rows(
    data: ConformationData, maps: Maps, *, cell: str, min_distance: int, distances: list[int]
) -> Rows:
    """Scores of all predicted maps on the same pixels (`scores.map_scores`).

    The map from smoothed σ is also compared with the map from σ of the same network, as in Farré
    2018: metric `map_r_to_forward`.
    """
    observed = measured_test_map(data)
    shared = shared_pixels(observed, maps)
    log_scored_pixels(cell, observed, shared)
    rows: Rows = []
    for (model, seed), found in maps.items():
        scores = window_scores(found) + map_scores(
            found.band, observed, shared, resolution=data.resolution,
            min_distance=min_distance, distances=distances,
        )  # fmt: skip
        forward = maps.get(("forward", seed))
        if model == "forward_from_smoothed" and forward is not None:
            r_and_n = correlation_and_count(found.band, forward.band)
            scores += drop_undefined([("map_r_to_forward", *r_and_n)])
        rows += metric_rows(scores, model, cell, "test", seed)
    return rows


def fit_rows(maps: Maps, refitted: Collection[str], cell: str) -> Rows:
    """Whether the final fit of each model has the validation data too: 1, or 0 for train only.

    Controls are fitted like their model. The mean by distance is fitted to nothing and has no row.
    """
    rows: Rows = []
    for model, seed in maps:
        if model != "mean":
            value = int(model.removesuffix("_shuffled") in refitted)
            rows += metric_rows([("fitted_on_valid", value, 1)], model, cell, "valid", seed)
    return rows


def distance_table(data: ConformationData, maps: Maps, cell: str) -> pd.DataFrame:
    """Correlations by distance (bp) of all maps: sample, model, seed, distance, n, r, log_r."""
    observed = measured_test_map(data)
    shared = shared_pixels(observed, maps)
    tables = {
        (cell, model, seed): distance_scores(found.band, observed, shared, data.resolution)
        for (model, seed), found in maps.items()
    }
    joined = pd.concat(tables, names=["sample", "model", "seed"])
    return joined.reset_index(["sample", "model", "seed"])


def active_bins(annotation: pd.DataFrame) -> np.ndarray:
    """Activity of bins: 1 active, 0 inactive, NaN unknown; float64 (N,)."""
    return annotation.active.astype(str).map({"True": 1.0, "False": 0.0}).to_numpy("float64")


def sigma_rows(
    table: pd.DataFrame,
    annotation: pd.DataFrame,
    windows: pd.DataFrame,
    forward: MapPrediction | None,
    *,
    cell: str,
    seed: int,
) -> Rows:
    """Scores of σ and of the backward network's σ.

    Parameters
    ----------
    table
        Columns split, sigma, backward, smoothed; one row per bin.
    annotation
        Column active; the same bins.
    windows
        Columns first_bin and window_r: correlation of backward σ and σ within each test window.
    forward
        Map of the forward network, for `discrepancy_r`; or None.
    cell, seed
        Sample and seed of the rows.

    Returns
    -------
    list of dict
        For the test split: `sigma_scores` (also for all bins, split `all`), backward_window_r,
        backward_map_r (averaged σ), backward_smoothed_r, and discrepancy_r: correlation over the
        windows of the discrepancies 1 - r of map and of σ. Farré 2018 gives no formula of the
        discrepancy; this one is our choice.
    """
    test, active = (table.split == "test").to_numpy(), active_bins(annotation)
    sigma = table.sigma.to_numpy("float64")
    rows = metric_rows(sigma_scores(sigma, active), "forward", cell, "all", seed)
    rows += metric_rows(sigma_scores(sigma[test], active[test]), "forward", cell, "test", seed)
    inside = table[test]
    backward, smoothed = inside.backward.to_numpy("float64"), inside.smoothed.to_numpy("float64")
    window_r = windows.window_r.to_numpy("float64")
    scores: list[Score] = [
        ("backward_window_r", finite_mean(window_r), int(np.isfinite(window_r).sum())),
        ("backward_map_r", *correlation_and_count(backward, sigma[test])),
        ("backward_smoothed_r", *correlation_and_count(backward, smoothed)),
    ]  # fmt: skip
    if forward is not None:
        map_r = pd.Series(forward.window_r, forward.first_bins)
        both = pd.DataFrame({"map": map_r, "sigma": windows.set_index("first_bin").window_r})
        discrepancies = 1 - both["map"].to_numpy(), 1 - both.sigma.to_numpy()
        scores.append(("discrepancy_r", *correlation_and_count(*discrepancies)))
    return rows + metric_rows(drop_undefined(scores), "backward", cell, "test", seed)


def smoothing_rows(record: dict, cell: str, seed: int) -> Rows:
    """Width of the Gaussian that smooths σ (sd, bins), chosen on validation."""
    scores: list[Score] = [("smoothing_width", float(record["smoothing_width"]), 1)]
    return metric_rows(scores, "backward", cell, "valid", seed)


def sign_rows(weights: pd.DataFrame, signs: dict[str, pd.Series], cell: str, seed: int) -> Rows:
    """Sign of each filter weight, and how many agree with known signs (by source)."""
    found = weight_signs(weights)
    scores: list[Score] = [(f"weight_sign_{name}", sign, 1) for name, sign in found.items()]
    for source, expected in signs.items():
        matching, shared = count_matching(found, expected)
        if shared:
            scores.append((f"weight_signs_as_{source}", matching, shared))
    return metric_rows(scores, "forward", cell, "all", seed)
