"""Predict all genes of a cell with each of its trained networks."""

import keras
import numpy as np

from workflow_scripts.chromaloom.device import prepare_device
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.deepchrome.labels import shuffle_labels
from workflow_scripts.deepchrome.marks import Marks
from workflow_scripts.deepchrome.predictions import predictions_of, write_predictions


def main(
    dataset: str,
    weights: list[str],
    *,
    model: str,
    seeds: list[int],
    shuffled: bool,
    gpu: int,
    threads: int,
    out: str,
) -> None:
    """Write the predictions of one trained network per seed; the score is P(high expression)."""
    prepare_device(gpu=gpu, threads=threads, seed=0)
    data, tables = Marks.load(dataset), []
    for path, seed in zip(weights, seeds, strict=True):
        network = keras.models.load_model(path, compile=False)
        scores = np.exp(network.predict(data.values, batch_size=2048, verbose=0)[:, 1])
        labels = shuffle_labels(data.label, data.part, seed) if shuffled else data.label
        tables.append(predictions_of(data, scores, model=model, seed=seed, labels=labels))
    write_predictions(out, tables)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.dataset,
            snakemake.input.weights,
            model=snakemake.wildcards.model,
            seeds=snakemake.params.seeds,
            shuffled=snakemake.params.shuffled,
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            out=snakemake.output.predictions,
        )
