"""Lay all scores, gains, tests and counts of the run into metrics.tsv."""

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics, write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.evaluation.compare_methods import read_folds_scores
from workflow_scripts.deepexpression.evaluation.metric_rows import (
    cross_rows,
    gain_rows,
    main_split_rows,
    row,
    significance_rows,
    size_rows,
    split_rows,
)


def summary_rows(summary: pd.DataFrame) -> list[dict]:
    """Counts and correlations of the cells' data as model `data`, split `all`."""
    return [
        row("data", r.cell, "all", 0, r.quantity, r.value, r.n)
        for r in summary.dropna(subset="value").itertuples()
    ]


def main(
    *,
    folds: str,
    cross: str,
    tests: str,
    summary: str,
    layers: str,
    cell: str,
    scores: list[str],
    split: str,
    out: str,
) -> None:
    """Write metrics.tsv.

    Parameters
    ----------
    folds, cross
        Scores, see `score_deepexpression`.
    tests
        Table of tests, see `compare_methods`.
    summary
        Counts and correlations of the data, see `tabulate_expression_data`.
    layers, cell
        Table of the networks' layers, and whose they are; or empty.
    scores
        Tables with the columns of metrics.tsv, whose rows are taken over.
    split
        The run's first split, whose rows stand under `test` and `cross`, too.
    out
        The table.
    """
    by_fold = read_folds_scores(folds)
    others = pd.read_csv(cross, sep="\t", dtype={"trained": str, "tested": str, "fold": str})
    rows = split_rows(by_fold) + gain_rows(by_fold) + cross_rows(others)
    rows += significance_rows(pd.read_csv(tests, sep="\t", dtype={"cell": str}))
    rows += main_split_rows(rows, split)
    rows += summary_rows(pd.read_csv(summary, sep="\t", dtype={"cell": str}))
    if layers:
        rows += size_rows(pd.read_csv(layers, sep="\t", keep_default_na=False), cell)
    for path in scores:
        rows += read_metrics(path).to_dict("records")
    write_metrics(out, rows)


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        scores=list(snakemake.input.get("scores", [])),
        out=snakemake.output.metrics,
    )
