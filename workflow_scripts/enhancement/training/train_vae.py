"""Train the autoencoders whose features the image models' losses compare, one after another."""

import logging
import time

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.ml.training import fit_resumable, write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.data.dataset import EnhancementData, check_rows
from workflow_scripts.enhancement.models.image_models import (
    BATCH,
    ImageSamples,
    TargetSamples,
    build_encoder,
    identity,
)

log = logging.getLogger("chromaloom")


def reconstruction(samples: TargetSamples):
    """A function that tells a network's mean squared error on samples, and `watch`, minus it."""

    def score(network: keras.Model) -> dict[str, float]:
        errors = []
        for first in range(0, len(samples), BATCH):
            maps, _ = samples.take(np.arange(first, min(first + BATCH, len(samples))))
            gap = np.asarray(network(maps, training=False)) - maps
            errors.append((gap.astype("float64") ** 2).mean((1, 2, 3)))
        error = float(np.concatenate(errors).mean())
        return {"valid_mse": error, "watch": -error}

    return score


def main(
    dataset: str,
    *,
    jobs: list[tuple[str, int]],
    settings: dict[str, dict],
    crop: int,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: list[str],
    history: list[str],
    record: list[str],
) -> None:
    """Write the trained autoencoders (.keras), their histories (TSV) and records (JSON).

    Parameters
    ----------
    dataset
        `EnhancementData` of kind image; its measured maps of part train are learned.
    jobs
        Kind (`vae` or `dae`) and seed of each.
    settings
        Of each kind.
    crop
        Bins taken off each side of a map.
    gpu, threads, checkpoints, checkpoint_seconds
        As for every training.
    weights, history, record
        What is written, in the order of `jobs`.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    with EnhancementData(dataset) as data:
        parts = {
            part: TargetSamples(
                ImageSamples(data, check_rows(data.rows(part), part, dataset), crop)
            )
            for part in ("train", "valid")
        }
        mark = fingerprint({"settings": settings, "crop": crop, "device": device}, *identity(data))
        inner = data.window_bins - 2 * crop

        def part(kind: str, seed: int):
            def run(**files) -> None:
                started, own = time.monotonic(), settings[kind]
                reset_session(seed)
                network = build_encoder(kind, own, size=inner, seed=seed)
                network.compile(optimizer=keras.optimizers.Adam(own["rate"], epsilon=1e-8),
                                loss="mse", jit_compile=False)  # fmt: skip
                log.info("%s, seed %d: %d parameters", kind, seed, network.count_params())
                epochs = fit_resumable(
                    network, parts["train"], None, score=reconstruction(parts["valid"]),
                    monitor="watch", epochs=own["epochs"], patience=own["patience"],
                    batch_size=own["batch_size"], seed=seed,
                    folder=f"{checkpoints}.{kind}.{seed}", fingerprint=f"{mark} {kind} {seed}",
                    checkpoint_seconds=checkpoint_seconds,
                )  # fmt: skip
                write_training(network, epochs, **files, packages=("keras", "numpy"), seed=seed,
                               started=started, settings=own, device=device)  # fmt: skip

            return run

        write_parts(
            {f"{kind}.seed{seed}": part(kind, seed) for kind, seed in jobs},
            files={"weights": weights, "history": history, "record": record},
            folder=checkpoints, fingerprint=mark,
        )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake, jobs=[tuple(job) for job in snakemake.params.jobs])
