"""Test the networks against every other method over the folds: signed-rank, rank-sum, variance."""

import logging

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.evaluation.significance import method_tests

log = logging.getLogger("chromaloom")


def read_folds_scores(path: str) -> pd.DataFrame:
    """Read the table of scores by fold that `score_deepexpression` wrote."""
    return pd.read_csv(path, sep="\t", dtype={"cell": str, "fold": str})


def main(folds: str, *, out: str) -> None:
    """Write a row per cell, split, network and other method; see `significance.method_tests`."""
    table = method_tests(read_folds_scores(folds))
    with atomic_path(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    few = table.n[table.least_p > 0.05]
    if len(few):
        log.info("%d of %d tests have too few folds (%d) to come below 0.05", len(few), len(table),
                 few.max())  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.tests)
