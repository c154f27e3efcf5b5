"""Train the backward network on true maps and the σ of a fitted forward network."""

import logging
import time

import keras

from workflow_scripts.chromaloom.device import prepare_device
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.chromaloom.provenance import fingerprint
from workflow_scripts.chromaloom.training import write_training
from workflow_scripts.conformation.dataset import ConformationData
from workflow_scripts.conformation.fitting import SigmaSamples, train
from workflow_scripts.conformation.losses import MaskedSquaredError
from workflow_scripts.conformation.model import build_backward
from workflow_scripts.conformation.sigma import network_sigma
from workflow_scripts.conformation.windows import training_windows

log = logging.getLogger("chromaloom")


def main(
    dataset: str,
    forward: str,
    *,
    training: dict,
    seed: int,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: str,
    history: str,
    record: str,
) -> None:
    """Write the trained network (.keras), one row per epoch (TSV) and the record (JSON).

    Its target is the σ (of the first filter) that the forward network of the same seed gives the w
    inner bins; masked pixels of its input are 1, the expected. Arguments as `train_forward`.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = ConformationData.load(dataset)
    sigma = network_sigma(keras.models.load_model(forward, compile=False), data.profiles)[:, 0]
    settings = {"training": training, "seed": seed}
    started = time.monotonic()
    model, epochs, rate = train(
        lambda: build_backward(window=data.window, seed=seed),
        samples={part: SigmaSamples(data, sigma, found)
                 for part, found in training_windows(data, seed).items()},
        error=MaskedSquaredError("oe"),
        training=training,
        seed=seed,
        folder=checkpoints,
        fingerprint=fingerprint(settings | {"device": device}, sigma, data.oe, data.part),
        checkpoint_seconds=checkpoint_seconds,
    )  # fmt: skip
    write_training(
        model, epochs, weights=weights, history=history, record=record, started=started,
        packages=("keras", "numpy"), **settings, device=device, rate=rate,
    )  # fmt: skip


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.dataset,
            snakemake.input.forward,
            training=snakemake.params.training,
            seed=int(snakemake.wildcards.seed),
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            checkpoints=snakemake.params.checkpoints,
            checkpoint_seconds=snakemake.params.checkpoint_seconds,
            weights=snakemake.output.weights,
            history=snakemake.output.history,
            record=snakemake.output.record,
        )
