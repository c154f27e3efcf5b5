"""Score every model on every cell and part."""

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import (
    classification_scores,
    read_metrics,
    write_metrics,
)
from workflow_scripts.chromaloom.workflow.job import script_job


def main(
    files: dict[str, list[str]],
    *,
    scores: list[str] | tuple[str, ...] = (),
    draws: int,
    seed: int,
    out: str,
) -> None:
    """Write metrics.tsv from the prediction tables of each cell.

    `scores` are tables with the columns of metrics.tsv, of what has no predictions to score here
    (means over bins, other networks than the run's own); their rows are taken over.

    `roc_auc_low` and `roc_auc_high` bound the 95 % bootstrap interval over the genes of the part.
    Rows of part train are told too, and are no measure of prediction.
    """
    rows = []
    for cell, paths in files.items():
        table = pd.concat(pd.read_csv(path, sep="\t", dtype={"chrom": str}) for path in paths)
        for (model, run, part), genes in table.groupby(["model", "seed", "part"], sort=True):
            found = classification_scores(
                genes.label.to_numpy(), genes.score.to_numpy(), draws=draws, seed=seed
            )
            rows += [
                dict(model=model, sample=cell, split=part, seed=run, metric=name, value=value,
                     n=len(genes))
                for name, value in found.items()
            ]  # fmt: skip
    for path in scores:
        rows += read_metrics(path).to_dict("records")
    write_metrics(out, rows)


if __name__ == "__main__":
    with script_job(snakemake):
        files: dict[str, list[str]] = {}
        for cell, path in zip(snakemake.params.cells, snakemake.input.predictions, strict=True):
            files.setdefault(cell, []).append(path)
        main(
            files,
            scores=snakemake.input.get("scores", []),
            draws=snakemake.params.draws,
            seed=snakemake.params.seed,
            out=snakemake.output.metrics,
        )
