"""Apply the models of each cell to the profiles of the others, scored by the others' maps."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.apply.predictors import load_predictor
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.evaluation.metric_rows import measured_test_map
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.evaluation.scores import (
    map_scores,
    shared_pixels,
    window_scores,
)

COLUMNS = ["trained_on", "applied_to", "model", "seed", "metric", "value", "n"]
MAP_OF_CELL = "map_of_training_cell"
# trained_on, model, seed
Key = tuple[str, str, int]


def same_bins(one: ConformationData, other: ConformationData) -> bool:
    """Whether two cells have the same bins and splits, so that their maps can be compared."""
    names = ("chrom", "start", "end", "split")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def maps_of_cell(
    cell: str, datasets: Mapping[str, ConformationData], weights: Mapping[Key, str]
) -> dict[Key, MapPrediction]:
    """Predictions of one cell's test split by the models of every cell with the same factors.

    The measured map of each other cell with the same bins (`map_of_training_cell`) is among them,
    and the mean by distance (`mean`, of no cell).
    """
    data = datasets[cell]
    found = {("", "mean", 0): MapPrediction.from_band(data, np.ones(data.oe.shape))}
    for source, other in datasets.items():
        if set(other.factors) != set(data.factors):
            continue
        order = [list(data.factors).index(factor) for factor in other.factors]
        given = replace(data, profiles=data.profiles[order], factors=other.factors)
        for (trained_on, model, seed), path in weights.items():
            if trained_on == source:
                found[source, model, seed] = load_predictor(model, path)(given)[1]
        if source != cell and same_bins(data, other):
            measured = MapPrediction.from_band(data, other.oe.astype("float64"))
            found[source, MAP_OF_CELL, 0] = measured
    return found


def score_cell(
    data: ConformationData,
    maps: Mapping[Key, MapPrediction],
    *,
    cell: str,
    min_distance: int,
    distances: list[int],
) -> pd.DataFrame:
    """Scores of the maps of `maps_of_cell`, all on the same pixels, as in metrics.tsv."""
    observed = measured_test_map(data)
    shared = shared_pixels(observed, {(f"{key[1]} of {key[0]}", key[2]): map_
                                      for key, map_ in maps.items()})  # fmt: skip
    rows = []
    for (source, model, seed), found in maps.items():
        scores = window_scores(found) + map_scores(
            found.band, observed, shared, resolution=data.resolution,
            min_distance=min_distance, distances=distances,
        )  # fmt: skip
        rows += [(source, cell, model, seed, *score) for score in scores]
    return pd.DataFrame(rows, columns=COLUMNS)


def main(
    datasets: dict[str, str],
    weights: dict[Key, str],
    *,
    cells: list[str],
    min_distance: int,
    distances: list[int],
    gpu: int,
    threads: int,
    scores: str,
) -> None:
    """Write the scores of every model on every cell with the same factors.

    Parameters
    ----------
    datasets, weights
        Data by cell; files of the models by cell that they were trained on, model and seed.
    cells
        Cells to predict.
    min_distance, distances
        As for `map_scores`.
    gpu, threads
        As for `prepare_device`.
    scores
        Table to write: trained_on, applied_to, model, seed, metric, value, n. A model on its own
        cell has the same name in both. The measured map of the training cell is model
        `map_of_training_cell`; `mean` is the mean by distance, trained on nothing.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    loaded = {cell: ConformationData.load(path) for cell, path in datasets.items()}
    settings = {"min_distance": min_distance, "distances": distances}
    tables = [
        score_cell(loaded[cell], maps_of_cell(cell, loaded, weights), cell=cell, **settings)
        for cell in cells
    ]
    write_table(pd.concat(tables), scores, float_format="%.6f")


if __name__ == "__main__":
    run_script(main, snakemake)
