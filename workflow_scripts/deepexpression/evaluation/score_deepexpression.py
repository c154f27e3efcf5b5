"""Score every method on the test genes of every fold, and on cells that it was not trained on."""

import logging

import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.config.plan import Run
from workflow_scripts.deepexpression.evaluation.scores import (
    RUN,
    log_undefined,
)
from workflow_scripts.deepexpression.evaluation.scores import (
    cross_scores as score_across_cells,
)
from workflow_scripts.deepexpression.evaluation.scores import (
    fold_scores as score_folds,
)

log = logging.getLogger("chromaloom")

SCORE = ["metric", "value", "log10_p", "n"]
FOLD_COLUMNS = [*RUN, "fold", *SCORE]
CROSS_RUN = ["task", "scheme", "model", "seed"]
CROSS_COLUMNS = [*CROSS_RUN, "trained", "tested", "fold", "genes", *SCORE]
TEXT = {"gene": str, "trained": str, "tested": str}


def main(
    predictions: dict[Run, str],
    cross: dict[tuple[str, str, str, int], str],
    *,
    fold_scores: str,
    cross_scores: str,
) -> None:
    """Write a row per fold (or `pooled`) and metric, and the same for models on other cells.

    Parameters
    ----------
    predictions
        By cell, task, scheme, model and seed; see `scores.fold_scores`.
    cross
        By task, scheme, model and seed; see `scores.cross_scores`.
    fold_scores, cross_scores
        Output tables with columns `FOLD_COLUMNS` and `CROSS_COLUMNS`.
    """
    tables = []
    for run, path in predictions.items():
        table = score_folds(read_predictions(path), task=run[1])
        tables.append(table.assign(**dict(zip(RUN, run, strict=True)))[FOLD_COLUMNS])
    folds = pd.concat(tables, ignore_index=True)
    log_undefined(folds, [*RUN, "metric"])
    tables = []
    for run, path in cross.items():
        table = score_across_cells(read_predictions(path), task=run[0])
        tables.append(table.assign(**dict(zip(CROSS_RUN, run, strict=True)))[CROSS_COLUMNS])
    others = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=CROSS_COLUMNS)
    log_undefined(others, ["tested", *CROSS_RUN, "metric"])
    for path, table in ((fold_scores, folds), (cross_scores, others)):
        write_table(table, path, float_format="%.8g")
    log.info("%d prediction tables within cells and %d across cells are scored",
             len(predictions), len(cross))  # fmt: skip


def read_predictions(path: str) -> pd.DataFrame:
    """Read a table of predictions; gene names such as NA are kept."""
    return pd.read_csv(path, sep="\t", dtype=TEXT, keep_default_na=False, na_values=[""])


if __name__ == "__main__":
    run_script(main, snakemake)
