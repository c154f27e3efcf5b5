"""Rows of metrics.tsv for one cell, and its table of correlations by distance."""

from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.factor_names import agreement, weight_signs
from workflow_scripts.conformation.data.windows import part_firsts, training_windows
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.evaluation.scores import (
    Score,
    correlated,
    distance_scores,
    known,
    map_scores,
    mean_known,
    shared_pixels,
    sigma_scores,
    tell_pixels,
    window_scores,
)

Rows = list[dict[str, Any]]
Maps = dict[tuple[str, int], MapPrediction]


def as_rows(scores: list[Score], model: str, sample: str, split: str, seed: int) -> Rows:
    """Scores with the columns of metrics.tsv."""
    return [
        dict(model=model, sample=sample, split=split, seed=seed, metric=name, value=value, n=n)
        for name, value, n in scores
    ]


def held_out_map(data: ConformationData) -> np.ndarray:
    """Measured O/E of the test part's bins, shape=(K, w)."""
    return data.oe[np.flatnonzero(data.part == "test")].astype("float64")


def check_distances(distances: list[int], data: ConformationData) -> None:
    """Refuse distances (bp) that no pixel of the maps has, with a `UserError`."""
    size, most = data.resolution, (data.window - 1) * data.resolution
    for distance in distances:
        if distance % size or distance > most:
            raise UserError(
                f"conformation.evaluate.distances: {distance}; allowed: multiples of {size} up to"
                f" {most} bp"
            )


def data_rows(data: ConformationData, seed: int, cell: str) -> Rows:
    """Numbers of bins, factors and windows; windows are read both ways, as the paper counts."""
    windows = {part: len(found[0]) for part, found in training_windows(data, seed).items()}
    windows["train_valid"] = sum(windows.values())
    windows["test"] = 2 * len(part_firsts(data, "test"))
    counts = {"bins": len(data.part), "size_factors": len(data.factors),
              "size_window": data.window}  # fmt: skip
    scores: list[Score] = [(name, number, number) for name, number in counts.items()]
    rows = as_rows(scores, "data", cell, "all", 0)
    for part, number in windows.items():
        rows += as_rows([("windows", number, number)], "data", cell, part, 0)
    return rows


def size_rows(layers: pd.DataFrame, cell: str) -> Rows:
    """Parameters, units of the hidden layers, and output of each network (`layer_table`)."""
    scores: list[Score] = []
    for network, rows in layers.groupby("network", sort=False):
        scores.append((f"size_{network}_parameters", int(rows.parameters.sum()), 1))
        units = rows[rows.layer.str.startswith("hidden")].length
        scores += [(f"size_{network}_hidden_{k}", n, 1) for k, n in enumerate(units, start=1)]
        scores.append((f"size_{network}_output", int(rows.length.iloc[-1]), 1))
    return as_rows(scores, "data", cell, "all", 0)


def map_rows(
    data: ConformationData, maps: Maps, *, cell: str, min_distance: int, distances: list[int]
) -> Rows:
    """Scores of all predicted maps over the same pixels; see `scores.map_scores`.

    A map from smoothed σ is also compared with the map from σ of the same network, as
    `map_r_to_forward` (Farré 2018 compares the two).
    """
    observed = held_out_map(data)
    shared = shared_pixels(observed, maps)
    tell_pixels(cell, observed, shared)
    rows: Rows = []
    for (model, seed), found in maps.items():
        scores = window_scores(found) + map_scores(
            found.band, observed, shared, resolution=data.resolution,
            min_distance=min_distance, distances=distances,
        )  # fmt: skip
        forward = maps.get(("forward", seed))
        if model == "forward_from_smoothed" and forward is not None:
            scores += known([("map_r_to_forward", *correlated(found.band, forward.band))])
        rows += as_rows(scores, model, cell, "test", seed)
    return rows


def distance_table(data: ConformationData, maps: Maps, cell: str) -> pd.DataFrame:
    """Correlation by distance (bp) of all maps: sample, model, seed, distance, n, r, log_r."""
    observed = held_out_map(data)
    shared = shared_pixels(observed, maps)
    tables = {
        (cell, model, seed): distance_scores(found.band, observed, shared, data.resolution)
        for (model, seed), found in maps.items()
    }
    joined = pd.concat(tables, names=["sample", "model", "seed"])
    return joined.reset_index(["sample", "model", "seed"])


def active_bins(annotation: pd.DataFrame) -> np.ndarray:
    """1 for active bins, 0 for inactive ones, NaN where it is not known; float64, shape=(N,)."""
    known_as = {"True": 1.0, "False": 0.0}
    return annotation.active.astype(str).map(known_as).to_numpy("float64")


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
        Columns part, sigma, backward, smoothed; one row per bin.
    annotation
        Column active; the same bins.
    windows
        Columns first and window_r: correlation of backward σ and σ within each test window.
    forward
        The forward network's map, whose windows are compared with the backward one's.
    cell, seed
        Whose they are.

    Returns
    -------
    list of dict
        Test part: scores of `sigma_scores` (also for all bins, split `all`), backward_window_r,
        backward_map_r (averaged σ), backward_smoothed_r, and discrepancy_r: the correlation, over
        the windows, of the two tracks of discrepancy, 1 - r of the predicted map and 1 - r of the
        predicted σ. (Farré 2018 gives no formula for the discrepancy; this is ours.)
    """
    test, active = (table.part == "test").to_numpy(), active_bins(annotation)
    sigma = table.sigma.to_numpy("float64")
    rows = as_rows(sigma_scores(sigma, active), "forward", cell, "all", seed)
    rows += as_rows(sigma_scores(sigma[test], active[test]), "forward", cell, "test", seed)
    inside = table[test]
    backward, smoothed = inside.backward.to_numpy("float64"), inside.smoothed.to_numpy("float64")
    within = windows.window_r.to_numpy("float64")
    scores: list[Score] = [
        ("backward_window_r", mean_known(within), int(np.isfinite(within).sum())),
        ("backward_map_r", *correlated(backward, sigma[test])),
        ("backward_smoothed_r", *correlated(backward, smoothed)),
    ]  # fmt: skip
    if forward is not None:
        maps = pd.Series(forward.window_r, forward.firsts)
        both = pd.DataFrame({"contacts": maps, "sigma": windows.set_index("first").window_r})
        scores.append(
            ("discrepancy_r", *correlated(1 - both.contacts.to_numpy(), 1 - both.sigma.to_numpy()))
        )
    return rows + as_rows(known(scores), "backward", cell, "test", seed)


def smoothing_rows(record: dict, cell: str, seed: int) -> Rows:
    """Width of the Gaussian that smooths σ (sd, bins), as it was chosen on validation."""
    scores: list[Score] = [("smoothing_width", float(record["smoothing_width"]), 1)]
    return as_rows(scores, "backward", cell, "valid", seed)


def sign_rows(weights: pd.DataFrame, signs: dict[str, pd.Series], cell: str, seed: int) -> Rows:
    """Sign of each filter weight, and how many of the known signs (by source) it agrees with."""
    found = weight_signs(weights)
    scores: list[Score] = [(f"weight_sign_{name}", sign, 1) for name, sign in found.items()]
    for source, expected in signs.items():
        agree, named = agreement(found, expected)
        if named:
            scores.append((f"weight_signs_as_{source}", agree, named))
    return as_rows(scores, "forward", cell, "all", seed)
