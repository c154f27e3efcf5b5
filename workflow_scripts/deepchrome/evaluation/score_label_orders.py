"""Score networks that were trained and tested on labels of the other order."""

from workflow_scripts.chromaloom.ml.metrics import read_metrics, write_metrics
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepchrome.evaluation.evaluate_deepchrome import main as evaluate


def main(files: dict[str, list[str]], *, order: str, draws: int, seed: int, out: str) -> None:
    """Write rows of metrics.tsv whose split ends in the order, as `test_lexicographic`."""
    evaluate(files, draws=draws, seed=seed, out=out)
    table = read_metrics(out)
    write_metrics(out, table.assign(split=table.split + f"_{order}").to_dict("records"))


if __name__ == "__main__":
    with script_job(snakemake):
        pairs = zip(snakemake.params.cells, snakemake.input.predictions, strict=True)
        main(
            {cell: [path] for cell, path in pairs},
            order=snakemake.params.order,
            draws=snakemake.params.draws,
            seed=snakemake.params.seed,
            out=snakemake.output.scores,
        )
