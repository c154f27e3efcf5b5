"""Score networks that were trained and tested on labels of the other order."""

from workflow_scripts.chromaloom.ml.metrics import read_metrics, write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.evaluation.evaluate_deepchrome import main as evaluate


def main(
    predictions: list[str], *, cells: list[str], order: str, draws: int, seed: int, scores: str
) -> None:
    """Write rows of metrics.tsv whose split ends with the order, such as `test_lexicographic`."""
    evaluate(predictions, cells=cells, draws=draws, seed=seed, metrics=scores)
    table = read_metrics(scores)
    write_metrics(scores, table.assign(split=table.split + f"_{order}").to_dict("records"))


if __name__ == "__main__":
    run_script(main, snakemake)
