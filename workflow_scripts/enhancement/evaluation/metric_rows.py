"""Tables of scores of predicted maps: of a model and seed, by part, by distance, by map."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.enhancement.data.dataset import EnhancementData, to_balanced
from workflow_scripts.enhancement.evaluation.map_metrics import (
    PLAIN,
    distance_scores,
    pooled_scores,
)
from workflow_scripts.enhancement.evaluation.predictions import Predictions, middle
from workflow_scripts.enhancement.evaluation.window_metrics import (
    BOUNDARIES,
    SCORES,
    mean_scores,
    window_scores,
)

Rows = list[dict[str, Any]]
PLACES = ["kind", "row", "map", "chrom", "start", "end", "input"]
WINDOW_COLUMNS = ["model", "seed", "split", *PLACES, *SCORES, *BOUNDARIES]
DISTANCE_COLUMNS = [
    "model", "sample", "split", "seed", "kind", "distance", "n", "pearson", "mae",
]  # fmt: skip
ALL = "all"  # sample of scores over the windows of all maps
# Dataset of each kind whose maps are the truth
TRUTH = {"sequence": "target", "image": "high"}


@dataclass(frozen=True)
class Scored:
    """Scores of one model and seed: rows of metrics.tsv, one row per window, and by distance."""

    rows: Rows
    windows: pd.DataFrame
    distances: pd.DataFrame


def contacts_of(data: EnhancementData, maps: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Contacts of maps, of which insulation is the mean.

    Parameters
    ----------
    data, rows
        Dataset of the maps' kind; the windows' rows.
    maps : float array, shape=(n, b, b)
        Observed maps, which are taken back to balanced contacts with the measured map's own scale
        (a model predicts none); or O/E maps, whose logarithm is undone.
    """
    if data.kind == "sequence":
        return np.exp(maps)
    # offset, lowest and highest logarithm, each of shape (n, 1, 1)
    return to_balanced(maps, data.scale_high[rows].T[:, :, None, None]).clip(0)


def score_run(
    data: EnhancementData, made: Predictions, *, model: str, seed: int, settings: dict[str, Any]
) -> Scored:
    """Score predicted maps against the measured ones, part by part.

    Parameters
    ----------
    data
        Dataset of the predictions' kind.
    made
        Predictions. Their own `part` counts: that of a model trained on another split differs from
        the dataset's. Part `train` is what the model was trained on; `test_map` holds places that
        it was trained on in other maps.
    model, seed
        Whose they are.
    settings
        The config's section `metrics`.
    """
    rows: Rows = []
    windows, distances = [], []
    bins = made.prediction.shape[-1]
    for split in dict.fromkeys(made.part.tolist()):
        at = np.flatnonzero(made.part == split)
        some, predicted = made.index[at], made.prediction[at]
        truth = middle(data.maps_of(TRUTH[data.kind], some), bins)
        table = window_scores(
            truth, predicted, settings=settings,
            contacts=tuple(contacts_of(data, maps, some) for maps in (truth, predicted)),
        )  # fmt: skip
        windows.append(_places(data, some).join(table).assign(split=split))
        key = {"model": model, "sample": ALL, "split": split, "seed": seed}
        pooled = pooled_scores(truth, predicted, first_diagonal=settings["first_diagonal"])
        pixels = int(pooled.pop("pixels"))
        rows += [{**key, "metric": n, "value": v, "n": pixels} for n, v in pooled.items()]
        rows += [{**key, **row} for row in per_map_rows(table)]
        found = distance_scores(truth, predicted)
        found["distance"] = found.bins * data.resolution
        distances.append(found.assign(**key, kind=data.kind)[DISTANCE_COLUMNS])
    whole = pd.concat(windows).assign(model=model, seed=seed)[WINDOW_COLUMNS]
    return Scored(rows, whole, pd.concat(distances))


def per_map_rows(windows: pd.DataFrame) -> Rows:
    """Metric, value and n of means over windows; those that are also pooled are told apart."""
    return [
        {"metric": f"{name}_per_map" if name in PLAIN else name, "value": value, "n": n}
        for name, (value, n) in mean_scores(windows).items()
    ]


def map_rows(windows: pd.DataFrame) -> Rows:
    """Rows as of metrics.tsv of each contact map by itself, of the test parts."""
    tests = windows[windows.split.str.startswith("test")]
    rows: Rows = []
    for (model, name, split, seed), part in tests.groupby(["model", "map", "split", "seed"]):
        key = {"model": model, "sample": name, "split": split, "seed": seed}
        rows += [{**key, **row} for row in per_map_rows(part)]
    return rows


def count_rows(data: EnhancementData) -> Rows:
    """Number of windows of each part, and of the places that they are of, as model `data`."""
    rows: Rows = []
    for split in filter(None, data.parts):
        some = data.rows(split)
        key = {"model": "data", "sample": ALL, "split": split, "seed": 0}
        for name, number in (("windows", len(some)), ("places", len(set(data.genome[some])))):
            rows.append({**key, "metric": f"{data.kind}_{name}", "value": number, "n": number})
    return rows


def _places(data: EnhancementData, rows: np.ndarray) -> pd.DataFrame:
    """Where windows are."""
    columns = {name: getattr(data, name)[rows] for name in PLACES[2:]}
    return pd.DataFrame({"kind": data.kind, "row": rows, **columns})
