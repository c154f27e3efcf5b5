"""Give every gene its fold of a cross-validation, the same for all cells, tasks and methods."""

import logging

import numpy as np

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds, assign, write_folds

log = logging.getLogger("chromaloom")


def main(dataset: str, *, split: str, seed: int, out: str) -> None:
    """Write the table of a split; see `folds.assign`."""
    data = ExpressionData.load(dataset)
    fold, group = assign(split, chrom=data.chrom, family=data.family, seed=seed)
    torn = sum(len(np.unique(fold[data.family == f])) > 1
               for f in np.flatnonzero(np.bincount(data.family) > 1))  # fmt: skip
    sizes = ", ".join(map(str, np.bincount(fold)))
    log.info("%s: %s genes by fold; %d families lie in several folds", split, sizes, torn)
    write_folds(out, Folds(data.genes, fold, group))


if __name__ == "__main__":
    run_script(main, snakemake, dataset=snakemake.input.dataset[0], out=snakemake.output.folds)
