"""With a contact map of the cell: σ from the map, discrepancies, and scores of the prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import split_first_bins
from workflow_scripts.conformation.evaluation.metric_rows import Rows, map_rows, sigma_rows
from workflow_scripts.conformation.evaluation.predict_sigma import window_table
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.evaluation.sigma import average_backward_sigma, backward_sigma

# Settings of the metrics of bundles that have none: the defaults of the config
METRICS: dict[str, Any] = {"min_distance": 20_000, "distances": []}
ENSEMBLE = "ensemble"


def one_chromosome(data: ConformationData, chrom: str) -> ConformationData:
    """Data whose split is `none` on the other chromosomes."""
    return replace(data, split=np.where(data.chrom == chrom, data.split, "none"))


def join_predictions(parts: Sequence[MapPrediction], data: ConformationData) -> MapPrediction:
    """Predictions of several chromosomes as one of all test bins; NaN where there is none."""
    band = np.full(data.oe.shape, np.nan, "float32")
    for part in parts:
        band[part.bins] = part.band
    bins = np.flatnonzero(data.split == "test")
    names = ("first_bins", "window_r", "log_window_r")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return MapPrediction(bins=bins, band=band[bins], **joined)


def expected_map(data: ConformationData, parts: Sequence[MapPrediction]) -> MapPrediction:
    """The mean by distance, O/E of 1, on the chromosomes that were predicted."""
    chroms = [str(data.chrom[part.bins[0]]) for part in parts]
    ones = np.ones(data.oe.shape)
    found = [MapPrediction.from_band(one_chromosome(data, chrom), ones) for chrom in chroms]
    return join_predictions(found, data)


def score_maps(
    data: ConformationData,
    predicted: Mapping[str, Sequence[MapPrediction]],
    *,
    model: str,
    cell: str,
    settings: Mapping[str, Any],
) -> tuple[Rows, dict[int, MapPrediction]]:
    """Scores of a predicted map as a run scores its own, beside the mean by distance.

    Parameters
    ----------
    data
        The cell with its map; split `test` is scored.
    predicted
        Predictions of the chromosomes by network (seed1, …).
    model, cell
        Model and sample of the rows.
    settings
        Keys min_distance and distances, as in the config's section `conformation.evaluate`.

    Returns
    -------
    list of dict
        Rows of metrics.tsv: each network, the mean over several (model `ensemble`, scores of the
        averaged map alone) and the mean by distance (`mean`), all on the same pixels.
    dict
        Prediction by seed.
    """
    joined = {int(name.removeprefix("seed")): join_predictions(parts, data)
              for name, parts in predicted.items()}  # fmt: skip
    maps = {(model, seed): found for seed, found in joined.items()}
    first = next(iter(joined.values()))
    if len(joined) > 1:
        bands = np.stack([found.band for found in joined.values()]).astype("float64")
        unknown = np.full(len(first.first_bins), np.nan)
        maps[ENSEMBLE, 0] = replace(
            first, band=bands.mean(0).astype("float32"), window_r=unknown, log_window_r=unknown
        )
    maps["mean", 0] = expected_map(data, next(iter(predicted.values())))
    rows = map_rows(
        data, maps, cell=cell, min_distance=settings["min_distance"],
        distances=list(settings["distances"]),
    )  # fmt: skip
    return rows, joined


def sigma_from_map(
    network: keras.Model, data: ConformationData, sigma: np.ndarray
) -> tuple[np.ndarray, pd.DataFrame]:
    """σ of all bins by a backward network, and its correlation with σ within windows.

    Parameters
    ----------
    network
        Backward network.
    data
        The cell with its map; windows of split `test` are predicted, one chromosome at a time.
    sigma : float array, shape=(N,)
        σ of the forward network.

    Returns
    -------
    float64 array, shape=(N,)
        Averaged over windows; NaN where no window is.
    pandas.DataFrame
        As `window_table`; windows whose receptive field lies in the split.
    """
    backward, tables = np.full(len(data.split), np.nan), []
    for chrom in dict.fromkeys(data.chrom[data.split == "test"].tolist()):
        one = one_chromosome(data, chrom)
        first_bins = split_first_bins(one, "test")
        if len(first_bins):
            bins = one.split == "test"
            backward[bins] = average_backward_sigma(network, one)[bins]
            found = backward_sigma(network, one, first_bins)
            tables.append(window_table(one, sigma, found, first_bins))
    return backward, pd.concat(tables, ignore_index=True)


def discrepancy_table(
    data: ConformationData,
    maps: Mapping[int, MapPrediction],
    windows: Mapping[int, pd.DataFrame],
) -> pd.DataFrame:
    """Discrepancy of each window, 1 - r: of the predicted map, and of σ and backward σ.

    Parameters
    ----------
    data
        The cell with its map.
    maps, windows
        Predicted map, and table of `window_table`, by seed.

    Returns
    -------
    pandas.DataFrame
        chrom, start, end of the bin in the middle of the window; window_start, window_end (bp, the
        w bins of its map); map, map_sd, sigma, sigma_sd: mean and standard deviation over seeds;
        map_seed1, sigma_seed1, …
    """
    w, seeds = data.window, list(windows)
    first = windows[seeds[0]]
    middle = first.first_bin.to_numpy() + w + w // 2
    table = pd.DataFrame(
        {"chrom": first.chrom, "start": data.start[middle], "end": data.end[middle],
         "window_start": first.start, "window_end": first.end}
    )  # fmt: skip
    each = {}
    for seed in seeds:
        r = pd.Series(maps[seed].window_r, maps[seed].first_bins)
        each[f"map_seed{seed}"] = 1 - r[first.first_bin].to_numpy()
        each[f"sigma_seed{seed}"] = 1 - windows[seed].window_r.to_numpy()
    for name in ("map", "sigma"):
        values = np.stack([each[f"{name}_seed{seed}"] for seed in seeds])
        table[name], table[f"{name}_sd"] = values.mean(0), values.std(0)
    return table.assign(**dict(sorted(each.items())))


def sigma_scores_rows(
    data: ConformationData,
    sigma: np.ndarray,
    backward: np.ndarray,
    windows: pd.DataFrame,
    forward: MapPrediction,
    *,
    cell: str,
    seed: int,
) -> Rows:
    """Scores of backward σ against σ of one seed, as `metric_rows.sigma_rows`.

    The activity of bins and the width that smooths σ are not known here.
    """
    # to the digits of the tables that a run scores
    written = [[float(f"{value:.5g}") for value in values] for values in (sigma, backward)]
    windows = windows.assign(window_r=[float(f"{value:.6g}") for value in windows.window_r])
    table = pd.DataFrame({"split": data.split, "sigma": written[0], "backward": written[1]})
    unknown = pd.DataFrame({"active": [""] * len(table)})
    return sigma_rows(
        table.assign(smoothed=np.nan), unknown, windows, forward, cell=cell, seed=seed
    )
