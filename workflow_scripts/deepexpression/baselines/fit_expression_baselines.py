"""Fit baselines on gapped k-mers and HiChIP bins: all cells, tasks and folds of a division."""

import logging
import time
from collections.abc import Mapping

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.checkpoints import run_parts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepexpression.baselines.gkm import gkm_features
from workflow_scripts.deepexpression.baselines.parts import Baselines
from workflow_scripts.deepexpression.config.plan import NO_SEQUENCE
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import read_folds
from workflow_scripts.deepexpression.evaluation.prediction_tables import cross_table, test_table

log = logging.getLogger("chromaloom")


def main(
    datasets: Mapping[str, str],
    folds: str,
    *,
    models: Mapping[tuple[str, str], list[str]],
    crossed: Mapping[tuple[str, str], list[str]],
    grid: dict,
    kmer: Mapping[str, int],
    seed: int,
    threads: int,
    checkpoints: str,
    predictions: Mapping[tuple[str, str, str], str],
    cross: Mapping[tuple[str, str], str],
    fits: str,
) -> None:
    """Write the predictions of every baseline, within each cell and across cells.

    Parameters
    ----------
    datasets, folds
        Data of each cell; the table of a division.
    models
        Models by (cell, task).
    crossed
        Cells that a model is fitted to and tried on crosswise, by (task, model).
    grid, kmer, seed, threads
        See `baseline_grids`; length and informative bases of gapped k-mers; of the fits.
    checkpoints
        Folder in which finished fits are kept until all are done.
    predictions, cross, fits
        Tables by (cell, task, model); by (task, model); table of what each fit chose and cost.
    """
    data = {cell: ExpressionData.load(path) for cell, path in datasets.items()}
    division, first = read_folds(folds), next(iter(data.values()))
    if not np.array_equal(division.genes, first.genes):
        raise UserError(f"{folds}: other genes than {next(iter(datasets.values()))}; make it again")
    kmers = np.zeros((len(first.genes), 0), np.float32)
    if any(not name.startswith(NO_SEQUENCE) for names in models.values() for name in names):
        started = time.process_time()
        kmers = gkm_features(first.promoters, **kmer)
        log.info("%d genes, %d gapped k-mers, counted in %.1f s",
                 *kmers.shape, time.process_time() - started)  # fmt: skip
    baselines = Baselines(data, kmers, division, grid, seed, threads)
    others = {
        (cell, task, model): [other for other in cells if other != cell]
        for (task, model), cells in crossed.items()
        for cell in cells
    }
    parts = baselines.parts(dict(models), others)
    settings = {"grid": grid, "kmer": dict(kmer), "seed": seed, "crossed": sorted(others.items())}
    arrays = [x for d in data.values() for x in (d.hichip, d.expression, d.label)]
    results = run_parts(
        parts, folder=checkpoints,
        fingerprint=fingerprint(settings, first.promoters, division.fold, *arrays),
    )  # fmt: skip

    rows = []
    for (cell, task, model), path in predictions.items():
        found = np.empty(len(first.genes))
        for fold in range(division.number):
            result = results[f"{cell}.{task}.{model}.fold{fold}"]
            found[division.fold == fold] = result["test"]
            chosen = ", ".join(f"{key} {value:g}" for key, value in result["chosen"].items())
            rows.append((cell, task, model, fold, result["seconds"], chosen))
        truth = baselines.truth(cell, task, model)
        label = baselines.truth(cell, "classification", model)
        table = test_table(first.genes, division, truth, label, found)
        write_table(table, path, float_format="%.6g")
    for (task, model), path in cross.items():
        tables = [
            cross_table(
                cell, other, fold, division, baselines.truth(other, task, model),
                data[other].label,
                results[f"{cell}.{task}.{model}.fold{fold}"]["cross"][other],
            )
            for cell in crossed[task, model]
            for fold in range(division.number)
            for other in crossed[task, model]
            if other != cell
        ]  # fmt: skip
        write_table(pd.concat(tables), path, float_format="%.6g")
    table = pd.DataFrame(rows, columns=["cell", "task", "model", "fold", "cpu_seconds", "chosen"])
    with atomic_path(fits) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.2f")


if __name__ == "__main__":
    with script_job(snakemake):
        params = snakemake.params
        main(
            dict(zip(params.cells, snakemake.input.datasets, strict=True)),
            snakemake.input.folds,
            models=dict(params.models),
            crossed=dict(params.crossed),
            grid=params.grid,
            kmer=params.kmer,
            seed=params.seed,
            threads=snakemake.threads,
            checkpoints=params.checkpoints,
            predictions=dict(
                zip(
                    [(*key, name) for key, names in params.models for name in names],
                    snakemake.output.predictions,
                    strict=True,
                )
            ),
            cross=dict(
                zip(
                    [key for key, _ in params.crossed],
                    snakemake.output.get("cross", []),
                    strict=True,
                )
            ),
            fits=snakemake.output.fits,
        )
