"""Score every method on the test genes of every fold, and on cells that it was not trained on."""

import logging

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepexpression.evaluation.scores import (
    RUN,
    cross_scores,
    fold_scores,
    tell_undefined,
)

log = logging.getLogger("chromaloom")

SCORE = ["metric", "value", "log10_p", "n"]
FOLD_COLUMNS = [*RUN, "fold", *SCORE]
CROSS_COLUMNS = ["task", "split", "model", "seed", "trained", "tested", "fold", "genes", *SCORE]
TEXT = {"gene": str, "trained": str, "tested": str}

Run = tuple[str, str, str, str, int]
CrossRun = tuple[str, str, str, int]


def read_predictions(path: str) -> pd.DataFrame:
    """Read a table of predictions; a gene may be called NA."""
    return pd.read_csv(path, sep="\t", dtype=TEXT, keep_default_na=False, na_values=[""])


def main(
    predictions: dict[Run, str], cross: dict[CrossRun, str], *, out: str, out_cross: str
) -> None:
    """Write a row per fold (or `pooled`) and metric, and the same of networks on other cells.

    Parameters
    ----------
    predictions
        By cell, task, split, model and seed; see `scores.fold_scores`.
    cross
        By task, split, model and seed; see `scores.cross_scores`.
    out, out_cross
        The two tables; columns `FOLD_COLUMNS` and `CROSS_COLUMNS`.
    """
    tables = []
    for run, path in predictions.items():
        table = fold_scores(read_predictions(path), task=run[1])
        tables.append(table.assign(**dict(zip(RUN, run, strict=True)))[FOLD_COLUMNS])
    folds = pd.concat(tables, ignore_index=True)
    tell_undefined(folds, [*RUN, "metric"])
    tables = []
    for (task, split, model, seed), path in cross.items():
        table = cross_scores(read_predictions(path), task=task)
        tables.append(table.assign(task=task, split=split, model=model, seed=seed)[CROSS_COLUMNS])
    others = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=CROSS_COLUMNS)
    tell_undefined(others, ["tested", "task", "split", "model", "seed", "metric"])
    for path, table in ((out, folds), (out_cross, others)):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.8g")
    log.info("scores: %d predictions, %d of them on other cells", len(predictions), len(cross))


if __name__ == "__main__":
    with script_job(snakemake):
        runs = [tuple(run) for run in snakemake.params.runs]
        cross_runs = [tuple(run) for run in snakemake.params.cross_runs]
        main(
            dict(zip(runs, snakemake.input.predictions, strict=True)),
            dict(zip(cross_runs, snakemake.input.get("cross", []), strict=True)),
            out=snakemake.output.folds,
            out_cross=snakemake.output.cross,
        )
