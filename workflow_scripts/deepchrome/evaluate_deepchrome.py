"""Score every model on every cell and part."""

import pandas as pd

from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.chromaloom.metrics import classification_scores, write_metrics


def main(files: dict[str, list[str]], *, draws: int, seed: int, out: str) -> None:
    """Write metrics.tsv from the prediction tables of each cell.

    `roc_auc_low` and `roc_auc_high` bound the 95 % bootstrap interval over the genes of the part.
    Rows of part train are told too, and are no measure of prediction.
    """
    rows = []
    for cell, paths in files.items():
        table = pd.concat(pd.read_csv(path, sep="\t", dtype={"chrom": str}) for path in paths)
        for (model, run, part), genes in table.groupby(["model", "seed", "part"], sort=True):
            scores = classification_scores(
                genes.label.to_numpy(), genes.score.to_numpy(), draws=draws, seed=seed
            )
            rows += [
                dict(model=model, sample=cell, split=part, seed=run, metric=name, value=value,
                     n=len(genes))
                for name, value in scores.items()
            ]  # fmt: skip
    write_metrics(out, rows)


if __name__ == "__main__":
    with script_job(snakemake):
        files: dict[str, list[str]] = {}
        for cell, path in zip(snakemake.params.cells, snakemake.input.predictions, strict=True):
            files.setdefault(cell, []).append(path)
        main(
            files,
            draws=snakemake.params.draws,
            seed=snakemake.params.seed,
            out=snakemake.output.metrics,
        )
