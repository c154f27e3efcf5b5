"""Score every model on every cell and split."""

from collections.abc import Sequence

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import (
    classification_scores,
    read_metrics,
    write_metrics,
)
from workflow_scripts.chromaloom.workflow.job import run_script


def main(
    predictions: list[str],
    *,
    cells: list[str],
    scores: Sequence[str] = (),
    draws: int,
    seed: int,
    metrics: str,
) -> None:
    """Write metrics.tsv from tables of predictions.

    Parameters
    ----------
    predictions
        Tables of predictions, those of a cell together.
    cells
        Cell of each table.
    scores
        Tables with the columns of metrics.tsv, whose rows are added: of models without predictions
        (means over bins, tuned networks).
    draws, seed
        Bootstrap samples of genes, and their seed. `roc_auc_ci95_lower` and `roc_auc_ci95_upper`
        are the bounds of the 95 % bootstrap interval over the genes of a split.
    metrics
        Output. Its rows of split train measure fit, not prediction.
    """
    rows = []
    for cell in dict.fromkeys(cells):
        paths = [path for path, owner in zip(predictions, cells, strict=True) if owner == cell]
        table = pd.concat(pd.read_csv(path, sep="\t", dtype={"chrom": str}) for path in paths)
        for (model, run, split), genes in table.groupby(["model", "seed", "split"], sort=True):
            found = classification_scores(
                genes.label.to_numpy(), genes.score.to_numpy(), draws=draws, seed=seed
            )
            rows += [
                dict(model=model, sample=cell, split=split, seed=run, metric=name, value=value,
                     n=len(genes))
                for name, value in found.items()
            ]  # fmt: skip
    for path in scores:
        rows += read_metrics(path).to_dict("records")
    write_metrics(metrics, rows)


if __name__ == "__main__":
    run_script(main, snakemake)
