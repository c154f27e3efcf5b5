"""Assign every gene to a cross-validation fold, shared by all cells, tasks and methods."""

import logging

import numpy as np

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds, assign_groups, write_folds

log = logging.getLogger("chromaloom")


def main(dataset: str | list[str], *, scheme: str, seed: int, folds: str) -> None:
    """Write the folds of a cross-validation scheme; see `folds.assign_groups`.

    `dataset` is that of any cell, since all have the same genes.
    """
    data = ExpressionData.load(dataset if isinstance(dataset, str) else dataset[0])
    fold, group = assign_groups(scheme, chrom=data.chrom, family=data.family, seed=seed)
    divided = sum(len(np.unique(fold[data.family == f])) > 1
                  for f in np.flatnonzero(np.bincount(data.family) > 1))  # fmt: skip
    counts, largest = np.bincount(fold), np.bincount(group).max()
    if scheme.startswith("family") and largest > counts.min():
        log.warning("%s: the largest family has %d genes, more than the smallest fold"
                    " (%d); use fewer folds", scheme, largest, counts.min())  # fmt: skip
    sizes = ", ".join(map(str, counts))
    log.info("%s: %s genes by fold; %d families are divided between folds", scheme, sizes, divided)
    write_folds(folds, Folds(data.genes, fold, group))


if __name__ == "__main__":
    run_script(main, snakemake)
