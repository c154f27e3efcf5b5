"""Predict maps of the windows with all hybrids, complete and with one input map set to 0."""

import logging
from collections.abc import Sequence

import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.inference import (
    load_network,
    predict_head,
    predict_head_inputs,
    predicted_image_rows,
)
from workflow_scripts.enhancement.evaluation.predictions import write_predictions
from workflow_scripts.enhancement.models.hybrid import hybrid_parts, zero_channel

log = logging.getLogger("chromaloom")


def main(
    dataset: str,
    weights: Sequence[str],
    *,
    trained: Sequence[Sequence],
    predicted: Sequence[Sequence],
    zeroed: dict[str, str],
    max_train: int,
    gpu: int,
    threads: int,
    predictions: Sequence[str],
) -> None:
    """Write predicted maps by model and seed; high-resolution maps are not read.

    Parameters
    ----------
    dataset
        image.h5.
    weights, trained
        Trained hybrids, and (model, seed) of each.
    predicted, predictions
        (model, seed) of each prediction, zeroed models included, and its output file.
    zeroed
        Channel of the head's input that is 0, by zeroed model (`presets.zeroed_models`); these
        predict test windows only.
    max_train
        Maximum number of training windows that are predicted.
    gpu, threads
        As in all prediction scripts.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    outputs = {(str(m), int(s)): path for (m, s), path in zip(predicted, predictions, strict=True)}
    with EnhancementData(dataset) as data:
        rows = predicted_image_rows(data, max_train)
        tests = np.char.startswith(data.split[rows].astype(str), "test")
        # networks of all seeds and variants differ in weights only
        network = load_network(weights[0])
        sequence, image, head = hybrid_parts(network)
        size = head.output_shape[1]
        for (model, seed), path in zip(trained, weights, strict=True):
            network.load_weights(path)
            blanks = {name: c for name, c in zeroed.items() if name.startswith(f"{model}_w")}
            found = {
                name: np.empty((len(rows), size, size), "float32") for name in (model, *blanks)
            }
            for at, inputs in predict_head_inputs(sequence, image, data, rows):
                found[model][at] = predict_head(head, inputs)
                for name, channel in blanks.items():
                    found[name][at] = predict_head(head, zero_channel(inputs, channel))
            for name, maps in found.items():
                some = tests if name in blanks else np.full(len(rows), True)
                write_predictions(
                    outputs[name, int(seed)], kind=data.kind, index=rows[some],
                    split=data.split[rows[some]], prediction=maps[some],
                )  # fmt: skip
            log.info("%s, seed %d: %d windows", model, seed, len(rows))


if __name__ == "__main__":
    run_script(main, snakemake)
