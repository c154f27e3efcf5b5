"""Predict all genes of a cell with each of its trained networks."""

import keras
import numpy as np

from workflow_scripts.chromaloom.device import prepare_device
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.chromaloom.training import predict_blocks
from workflow_scripts.deepchrome.labels import shuffle_labels
from workflow_scripts.deepchrome.marks import Marks
from workflow_scripts.deepchrome.predictions import predictions_of, write_predictions


def main(
    dataset: str,
    weights: list[str],
    *,
    seeds: dict[str, list[int]],
    shuffled: list[str],
    gpu: int,
    threads: int,
    out: list[str],
) -> None:
    """Write a table per model with one trained network per seed; the score is P(high expression).

    Parameters
    ----------
    dataset
        Marks and labels of the cell.
    weights
        Networks of the first model's seeds, then of the second's, and so on.
    seeds, out
        Seeds of each model, and its table.
    shuffled
        Models that were trained on shuffled labels, and are scored against them.
    gpu, threads
        As `prepare_device`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    data, paths = Marks.load(dataset), iter(weights)
    if len(weights) != sum(map(len, seeds.values())):
        raise ValueError(f"{len(weights)} networks for the seeds {seeds}")
    for (model, numbers), table in zip(seeds.items(), out, strict=True):
        rows = []
        for seed, path in zip(numbers, paths, strict=False):
            network = keras.models.load_model(path, compile=False)
            scores = np.exp(predict_blocks(network, data.values)[:, 1])
            labels = data.label
            if model in shuffled:
                labels = shuffle_labels(data.label, data.part, seed)
            rows.append(predictions_of(data, scores, model=model, seed=seed, labels=labels))
        write_predictions(table, rows)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.dataset,
            snakemake.input.weights,
            seeds=snakemake.params.seeds,
            shuffled=snakemake.params.shuffled,
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            out=snakemake.output.predictions,
        )
