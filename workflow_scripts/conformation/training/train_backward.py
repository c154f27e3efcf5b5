"""Train the backward networks of one cell: from measured maps to σ of the forward networks."""

import logging
import time
from collections.abc import Callable

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.ml.training import write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import training_windows
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.networks import build_backward
from workflow_scripts.conformation.training.fitting import SigmaSamples, train_network

log = logging.getLogger("chromaloom")


def main(
    dataset: str,
    forward: list[str],
    *,
    training: dict,
    seeds: list[int],
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: list[str],
    history: list[str],
    record: list[str],
) -> None:
    """Write the trained networks (.keras), their histories (TSV) and records (JSON).

    The target is σ of the w inner bins by the first filter of the forward network of the same seed.
    Masked pixels of the input are 1, the expected O/E.

    Parameters
    ----------
    dataset, forward
        A cell's data, and its forward network of each seed.
    training, seeds
        Settings of a preset; seeds of the networks.
    gpu, threads, checkpoints, checkpoint_seconds, weights, history, record
        As for `train_forward`.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    tracks = [
        network_sigma(keras.models.load_model(path, compile=False), data.profiles)[:, 0]
        for path in forward
    ]

    def training_of(seed: int, sigma: np.ndarray) -> Callable[..., None]:
        settings = {"training": training, "seed": seed}

        def run(**files: str) -> None:
            reset_session(seed)
            log.info("backward, seed %d", seed)
            started = time.monotonic()
            network, epochs, learning_rate = train_network(
                lambda: build_backward(window=data.window, dropout=training["dropout"], seed=seed),
                samples={split: SigmaSamples(data, sigma, windows)
                         for split, windows in training_windows(data, seed).items()},
                loss=MaskedSquaredError(),
                training=training,
                seed=seed,
                folder=f"{checkpoints}.seed{seed}",
                fingerprint=fingerprint(settings | {"device": device}, sigma, data.oe, data.split),
                checkpoint_seconds=checkpoint_seconds,
            )  # fmt: skip
            write_training(
                network, epochs, **files, started=started, packages=("keras", "numpy"),
                **settings, device=device, learning_rate=learning_rate,
            )  # fmt: skip

        return run

    settings = {"training": training, "device": device}
    write_parts(
        {
            f"seed{seed}": training_of(seed, sigma)
            for seed, sigma in zip(seeds, tracks, strict=True)
        },
        files={"weights": weights, "history": history, "record": record},
        folder=f"{checkpoints}.done",
        fingerprint=fingerprint(settings, *tracks, data.oe, data.split),
    )


if __name__ == "__main__":
    run_script(main, snakemake)
