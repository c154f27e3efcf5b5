"""Rows of the score tables of predicted maps: by model, seed and split, by distance, by map."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.enhancement.data.dataset import EnhancementData, center_crop
from workflow_scripts.enhancement.data.map_transforms import to_balanced
from workflow_scripts.enhancement.evaluation.map_metrics import (
    PLAIN,
    distance_scores,
    pooled_scores,
)
from workflow_scripts.enhancement.evaluation.predictions import Predictions
from workflow_scripts.enhancement.evaluation.window_metrics import (
    BOUNDARIES,
    SCORES,
    mean_scores,
    window_scores,
)

Rows = list[dict[str, Any]]
REGION = ["kind", "row", "map", "chrom", "start", "end", "input"]
WINDOW_COLUMNS = ["model", "seed", "split", *REGION, *SCORES, *BOUNDARIES]
DISTANCE_COLUMNS = [
    "model", "sample", "split", "seed", "kind", "distance", "n", "pearson", "mae",
]  # fmt: skip
ALL = "all"  # sample of scores over the windows of all maps
# array with the true maps, by kind of dataset
TRUTH = {"sequence": "target", "image": "high"}


@dataclass(frozen=True)
class Scored:
    """Scores of one model and seed: rows of metrics.tsv, a row per window, and by distance."""

    rows: Rows
    windows: pd.DataFrame
    distances: pd.DataFrame


def contacts_of(data: EnhancementData, maps: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Contacts of maps, from which insulation scores are computed.

    Parameters
    ----------
    data, rows
        Dataset of the maps' kind; rows of the windows.
    maps : float array, shape=(n, b, b)
        Observed maps, which are converted to balanced contacts with the scale of the true map (a
        model predicts none); or O/E maps, whose logarithm is undone.
    """
    if data.kind == "sequence":
        return np.exp(maps)
    # offset, lowest and highest logarithm, each of shape (n, 1, 1)
    return to_balanced(maps, data.scale_high[rows].T[:, :, None, None]).clip(0)


def score_run(
    data: EnhancementData, made: Predictions, *, model: str, seed: int, settings: dict[str, Any]
) -> Scored:
    """Compare predicted maps with the true ones, split by split.

    Parameters
    ----------
    data
        Dataset of the predictions' kind.
    made
        Predictions. Their own `split` is used: that of a model trained on the random split differs
        from the dataset's. `train` are the windows that the model was trained on; `test_map`
        windows are of regions that it was trained on in other maps.
    model, seed
        Model and seed of the predictions.
    settings
        Config section `metrics`.
    """
    rows: Rows = []
    windows, distances = [], []
    bins = made.prediction.shape[-1]
    for split in dict.fromkeys(made.split.tolist()):
        at = np.flatnonzero(made.split == split)
        some, predicted = made.index[at], made.prediction[at]
        truth = center_crop(data.maps_of(TRUTH[data.kind], some), bins)
        table = window_scores(
            truth, predicted, settings=settings,
            contacts=tuple(contacts_of(data, maps, some) for maps in (truth, predicted)),
        )  # fmt: skip
        windows.append(_regions(data, some).join(table).assign(split=split))
        key = {"model": model, "sample": ALL, "split": split, "seed": seed}
        pooled = pooled_scores(truth, predicted, ignore_diags=settings["ignore_diags"])
        pixels = int(pooled.pop("pixels"))
        rows += [{**key, "metric": n, "value": v, "n": pixels} for n, v in pooled.items()]
        rows += [{**key, **row} for row in per_map_rows(table)]
        found = distance_scores(truth, predicted)
        found["distance"] = found.bins * data.resolution
        distances.append(found.assign(**key, kind=data.kind)[DISTANCE_COLUMNS])
    whole = pd.concat(windows).assign(model=model, seed=seed)[WINDOW_COLUMNS]
    return Scored(rows, whole, pd.concat(distances))


def per_map_rows(windows: pd.DataFrame) -> Rows:
    """Metric, value and n of means over windows; `_per_map` marks scores that are also pooled."""
    return [
        {"metric": f"{name}_per_map" if name in PLAIN else name, "value": value, "n": n}
        for name, (value, n) in mean_scores(windows).items()
    ]


def map_rows(windows: pd.DataFrame) -> Rows:
    """Rows like those of metrics.tsv for each contact map, of the test splits."""
    tests = windows[windows.split.str.startswith("test")]
    rows: Rows = []
    for (model, name, split, seed), own in tests.groupby(["model", "map", "split", "seed"]):
        key = {"model": model, "sample": name, "split": split, "seed": seed}
        rows += [{**key, **row} for row in per_map_rows(own)]
    return rows


def count_rows(data: EnhancementData) -> Rows:
    """Numbers of windows and of their regions by split, as model `data`."""
    rows: Rows = []
    for split in filter(None, data.splits):
        some = data.rows(split)
        key = {"model": "data", "sample": ALL, "split": split, "seed": 0}
        for name, number in (("windows", len(some)), ("regions", len(set(data.genome[some])))):
            rows.append({**key, "metric": f"{data.kind}_{name}", "value": number, "n": number})
    return rows


def _regions(data: EnhancementData, rows: np.ndarray) -> pd.DataFrame:
    """Regions of windows."""
    columns = {name: getattr(data, name)[rows] for name in REGION[2:]}
    return pd.DataFrame({"kind": data.kind, "row": rows, **columns})
