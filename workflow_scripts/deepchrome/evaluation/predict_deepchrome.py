"""Predict all genes of each cell with each of its trained networks."""

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import predict_blocks
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.labels import shuffle_labels
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions


def main(
    datasets: list[str],
    weights: list[str],
    *,
    seeds: dict[str, list[int]],
    shuffled: list[str],
    gpu: int,
    threads: int,
    predictions: list[str],
) -> None:
    """Write a table per cell and model with the predictions of all seeds; score is P(high).

    Parameters
    ----------
    datasets
        Marks and labels of each cell.
    weights
        Networks, ordered by cell, then by model and seed as in `seeds`.
    seeds
        Seeds of each model.
    shuffled
        Models that were trained on shuffled labels and are scored against them.
    gpu, threads
        As `prepare_device`.
    predictions
        Outputs, ordered by cell, then by model.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    if len(weights) != len(datasets) * sum(map(len, seeds.values())):
        raise ValueError(f"{len(weights)} networks for {len(datasets)} cells and seeds {seeds}")
    paths, tables = iter(weights), iter(predictions)
    for dataset in datasets:
        data = Marks.load(dataset)
        for model, numbers in seeds.items():
            rows = []
            for seed in numbers:
                network = keras.models.load_model(next(paths), compile=False)
                scores = np.exp(predict_blocks(network, data.values)[:, 1])
                labels = data.label
                if model in shuffled:
                    labels = shuffle_labels(data.label, data.split, seed)
                rows.append(predictions_of(data, scores, model=model, seed=seed, labels=labels))
            write_predictions(next(tables), rows)
        # otherwise the networks of all cells stay in memory
        keras.backend.clear_session()


if __name__ == "__main__":
    run_script(main, snakemake)
