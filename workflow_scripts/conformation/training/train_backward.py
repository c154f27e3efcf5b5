"""Train backward networks on true maps and the σ of fitted forward networks."""

import logging
import time

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, start_afresh
from workflow_scripts.chromaloom.ml.training import write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import training_windows
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.networks import build_backward
from workflow_scripts.conformation.training.fitting import SigmaSamples, train

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
    """Write the trained networks (.keras), one row per epoch (TSV) and the records (JSON).

    The target of a seed's network is the σ (of the first filter) that the forward network of the
    same seed gives the w inner bins; masked pixels of its input are 1, the expected. A forward
    network per seed, and a file of each kind; other arguments as `train_forward`.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    tracks = [
        network_sigma(keras.models.load_model(path, compile=False), data.profiles)[:, 0]
        for path in forward
    ]

    def part(seed: int, sigma: np.ndarray):
        settings = {"training": training, "seed": seed}

        def run(**files) -> None:
            start_afresh(seed)
            log.info("backward, seed %d", seed)
            started = time.monotonic()
            model, epochs, rate = train(
                lambda: build_backward(window=data.window, seed=seed),
                samples={part: SigmaSamples(data, sigma, found)
                         for part, found in training_windows(data, seed).items()},
                error=MaskedSquaredError("oe"),
                training=training,
                seed=seed,
                folder=f"{checkpoints}.seed{seed}",
                fingerprint=fingerprint(settings | {"device": device}, sigma, data.oe, data.part),
                checkpoint_seconds=checkpoint_seconds,
            )  # fmt: skip
            write_training(
                model, epochs, **files, started=started, packages=("keras", "numpy"),
                **settings, device=device, rate=rate,
            )  # fmt: skip

        return run

    write_parts(
        {f"seed{seed}": part(seed, sigma) for seed, sigma in zip(seeds, tracks, strict=True)},
        files={"weights": weights, "history": history, "record": record},
        folder=f"{checkpoints}.done",
        fingerprint=fingerprint(
            {"training": training, "device": device}, *tracks, data.oe, data.part
        ),
    )


if __name__ == "__main__":
    run_script(main, snakemake)
