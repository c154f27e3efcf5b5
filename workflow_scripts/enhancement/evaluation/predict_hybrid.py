"""Predict windows by hybrids, whole and with the map of one of the two models taken away."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.hybrid_maps import head_inputs, head_maps, load_network
from workflow_scripts.enhancement.evaluation.predict_image import predicted_rows
from workflow_scripts.enhancement.evaluation.predictions import write_predictions
from workflow_scripts.enhancement.models.hybrid_head import parts_of, without

log = logging.getLogger("chromaloom")


def main(
    dataset: str,
    models: Mapping[tuple[str, int], str],
    *,
    zeroed: Mapping[str, str],
    most_train: int,
    gpu: int,
    threads: int,
    predictions: Mapping[tuple[str, int], str],
) -> None:
    """Write predicted maps by model and seed; measured maps of high resolution are not read.

    Parameters
    ----------
    dataset
        image.h5.
    models
        Trained hybrid by name and seed.
    zeroed
        Models that are one of these with a blank, and the channel that is blank in the head's
        input (0 everywhere), as `hybrid_presets.zeroed_models`; of them, test windows alone.
    most_train
        As `predict_image`.
    gpu, threads
        As for every prediction.
    predictions
        File by model and seed, zeroed ones too.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    with EnhancementData(dataset) as data:
        rows = predicted_rows(data, most_train)
        tests = np.char.startswith(data.part[rows].astype(str), "test")
        # those of all seeds and variants differ in weights alone
        network = load_network(next(iter(models.values())))
        sequence, image, head = parts_of(network)
        for (model, seed), path in models.items():
            network.load_weights(path)
            blanks = {
                name: channel for name, channel in zeroed.items() if name.startswith(f"{model}_w")
            }
            size = head.output_shape[1]
            found = {
                name: np.empty((len(rows), size, size), "float32") for name in (model, *blanks)
            }
            for at, inputs in head_inputs(sequence, image, data, rows):
                found[model][at] = head_maps(head, inputs)
                for name, channel in blanks.items():
                    found[name][at] = head_maps(head, without(inputs, channel))
            for name, maps in found.items():
                some = tests if name in blanks else np.full(len(rows), True)
                write_predictions(
                    predictions[name, seed], kind=data.kind, index=rows[some],
                    part=data.part[rows[some]], prediction=maps[some],
                )  # fmt: skip
            log.info("%s, seed %d: %d windows", model, seed, len(rows))


def by_run(runs: Sequence[Sequence], files: Sequence[str]) -> dict[tuple[str, int], str]:
    """Files by model and seed."""
    return dict(zip(((str(m), int(s)) for m, s in runs), files, strict=True))


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        models=by_run(snakemake.params.trained, snakemake.input.models),
        predictions=by_run(snakemake.params.predicted, snakemake.output.predictions),
    )
