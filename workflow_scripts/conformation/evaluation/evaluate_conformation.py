"""Score all models on the test split, σ against transcription, and the signs of the filter."""

import json
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import read_metrics, write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.config.places import check_distances
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.evaluation.metric_rows import (
    data_rows,
    distance_table,
    fit_rows,
    map_rows,
    sigma_rows,
    sign_rows,
    size_rows,
    smoothing_rows,
)
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.evaluation.weight_signs import planted_signs, published_signs

CellModelSeed = tuple[str, str, int]
CellSeed = tuple[str, int]


def main(
    *,
    datasets: dict[str, str],
    annotations: dict[str, str],
    layers: dict[str, str],
    predictions: dict[CellModelSeed, str],
    sigma: dict[CellSeed, str],
    windows: dict[CellSeed, str],
    records: dict[CellSeed, str],
    weights: dict[CellSeed, str],
    scores: list[str],
    published: str,
    roles: list[str],
    min_distance: int,
    distances: list[int],
    refitted: list[str],
    seed: int,
    metrics: str,
    by_distance: str,
) -> None:
    """Write metrics.tsv, and the correlation at every distance.

    Parameters
    ----------
    datasets, annotations, layers
        Data, annotation of bins, and table of layers of each cell.
    predictions
        Predicted maps by cell, model and seed.
    sigma, windows, records, weights
        By cell and seed: tables of σ, of σ within the test windows, records of the smoothing, and
        tables of filter weights.
    scores
        Tables with the columns of metrics.tsv, whose rows are copied.
    published
        The published values, with the published signs of filter weights.
    roles
        Table of the factors' roles in the simulated world; empty for real data.
    min_distance, distances
        Minimum distance of `log_map_r`, and distances with a score of their own (bp).
    refitted
        Models whose final fit has the validation data too.
    seed
        Seed of the run, which draws the validation windows of split `paper`.
    metrics, by_distance
        The two tables to write.
    """
    rows, tables = [], []
    known = {"published": published_signs(pd.read_csv(published, sep="\t", keep_default_na=False))}
    if roles:
        known["planted"] = planted_signs(pd.read_csv(roles[0], sep="\t"))
    for cell, path in datasets.items():
        data = ConformationData.load(path)
        maps = {(m, s): MapPrediction.load(p) for (c, m, s), p in predictions.items() if c == cell}
        check_distances(distances, data.resolution, data.window, "conformation.evaluate.distances")
        settings = {"min_distance": min_distance, "distances": distances}
        rows += data_rows(data, seed, cell)
        rows += size_rows(pd.read_csv(layers[cell], sep="\t"), cell)
        rows += map_rows(data, maps, cell=cell, **settings)
        rows += fit_rows(maps, refitted, cell)
        tables.append(distance_table(data, maps, cell))
        annotation = pd.read_csv(annotations[cell], sep="\t", dtype={"chrom": str, "state": str})
        for network_seed in sorted(s for c, s in sigma if c == cell):
            key = cell, network_seed
            table = pd.read_csv(sigma[key], sep="\t", dtype={"chrom": str})
            window_r = pd.read_csv(windows[key], sep="\t")
            forward = maps.get(("forward", network_seed))
            rows += sigma_rows(table, annotation, window_r, forward, cell=cell, seed=network_seed)
            rows += smoothing_rows(json.loads(Path(records[key]).read_text()), *key)
            rows += sign_rows(pd.read_csv(weights[key], sep="\t"), known, *key)
    for path in scores:
        rows += read_metrics(path).to_dict("records")
    write_metrics(metrics, rows)
    Path(by_distance).parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(by_distance) as temporary:
        pd.concat(tables).to_csv(temporary, sep="\t", index=False, float_format="%.6f")


if __name__ == "__main__":
    run_script(main, snakemake)
