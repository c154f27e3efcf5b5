"""Score every model on the test part, σ against transcription, and the signs of the filter."""

import json
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import read_metrics, write_metrics
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.factor_names import planted_signs, published_signs
from workflow_scripts.conformation.evaluation.metric_rows import (
    check_distances,
    data_rows,
    distance_table,
    map_rows,
    sigma_rows,
    sign_rows,
    size_rows,
    smoothing_rows,
)
from workflow_scripts.conformation.evaluation.predictions import MapPrediction

Run = tuple[str, str, int]


def main(
    *,
    data: dict[str, str],
    annotations: dict[str, str],
    predictions: dict[Run, str],
    sigma: dict[tuple[str, int], str],
    windows: dict[tuple[str, int], str],
    records: dict[tuple[str, int], str],
    weights: dict[tuple[str, int], str],
    published: str,
    roles: str,
    scores: list[str] | tuple[str, ...] = (),
    layers: dict[str, str],
    min_distance: int,
    distances: list[int],
    seed: int,
    out: str,
    by_distance: str,
) -> None:
    """Write metrics.tsv, and the correlation at every distance.

    Parameters
    ----------
    data, annotations
        By cell.
    predictions
        Predicted maps by cell, model and seed.
    sigma, windows, records, weights
        Tables of σ, of the test windows' σ, records of the smoothing, and tables of filter weights,
        by cell and seed.
    published, roles
        The paper's numbers, whose signs of weights are compared; the simulated world's table of
        roles, or empty.
    scores
        Tables with the columns of metrics.tsv, whose rows are taken over.
    layers
        Tables of the networks' layers by cell, whose sizes are told as rows of metrics.
    min_distance, distances
        Least distance of the log correlation, and distances that are scored one by one (bp).
    seed
        Of the run: of the random validation windows of split `paper`.
    out, by_distance
        The two tables.
    """
    rows, tables = [], []
    known = {"published": published_signs(pd.read_csv(published, sep="\t", keep_default_na=False))}
    if roles:
        known["planted"] = planted_signs(pd.read_csv(roles, sep="\t"))
    for cell, path in data.items():
        cell_data = ConformationData.load(path)
        maps = {(m, s): MapPrediction.load(p) for (c, m, s), p in predictions.items() if c == cell}
        check_distances(distances, cell_data)
        settings = {"min_distance": min_distance, "distances": distances}
        rows += data_rows(cell_data, seed, cell)
        rows += size_rows(pd.read_csv(layers[cell], sep="\t"), cell)
        rows += map_rows(cell_data, maps, cell=cell, **settings)
        tables.append(distance_table(cell_data, maps, cell))
        annotation = pd.read_csv(annotations[cell], sep="\t", dtype={"chrom": str, "state": str})
        for run in sorted(s for c, s in sigma if c == cell):
            table = pd.read_csv(sigma[cell, run], sep="\t", dtype={"chrom": str})
            within = pd.read_csv(windows[cell, run], sep="\t")
            forward = maps.get(("forward", run))
            rows += sigma_rows(table, annotation, within, forward, cell=cell, seed=run)
            rows += smoothing_rows(json.loads(Path(records[cell, run]).read_text()), cell, run)
            rows += sign_rows(pd.read_csv(weights[cell, run], sep="\t"), known, cell, run)
    for path in scores:
        rows += read_metrics(path).to_dict("records")
    write_metrics(out, rows)
    Path(by_distance).parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(by_distance) as temporary:
        pd.concat(tables).to_csv(temporary, sep="\t", index=False, float_format="%.6f")


if __name__ == "__main__":
    with script_job(snakemake):
        keys = [tuple(run) for run in snakemake.params.runs]
        seeded = [tuple(run) for run in snakemake.params.seeded]
        main(
            data=dict(zip(snakemake.params.cells, snakemake.input.data, strict=True)),
            annotations=dict(zip(snakemake.params.cells, snakemake.input.annotations, strict=True)),
            predictions=dict(zip(keys, snakemake.input.predictions, strict=True)),
            sigma=dict(zip(seeded, snakemake.input.sigma, strict=True)),
            windows=dict(zip(seeded, snakemake.input.windows, strict=True)),
            records=dict(zip(seeded, snakemake.input.records, strict=True)),
            weights=dict(zip(seeded, snakemake.input.weights, strict=True)),
            published=snakemake.input.published,
            roles=str(snakemake.input.get("roles", "")),
            scores=snakemake.input.get("scores", []),
            layers=dict(zip(snakemake.params.cells, snakemake.input.layers, strict=True)),
            min_distance=snakemake.params.min_distance,
            distances=snakemake.params.distances,
            seed=snakemake.params.seed,
            out=snakemake.output.metrics,
            by_distance=snakemake.output.distance,
        )
