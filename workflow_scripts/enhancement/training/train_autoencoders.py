"""Train the autoencoders whose features the losses of the image models compare."""

import logging
import time

import keras

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.ml.training import fit_resumable, write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.data.dataset import EnhancementData, check_rows
from workflow_scripts.enhancement.data.image_data import (
    ImageSamples,
    TargetSamples,
    fingerprint_arrays,
)
from workflow_scripts.enhancement.models.autoencoders import build_autoencoder
from workflow_scripts.enhancement.training.gan_training import reconstruction_scores

log = logging.getLogger("chromaloom")


def main(
    dataset: str,
    *,
    runs: list[tuple[str, int]],
    settings: dict[str, dict],
    crop: int,
    weights: list[str],
    history: list[str],
    record: list[str],
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
) -> None:
    """Write the trained autoencoders (.keras), their histories (TSV) and records (JSON).

    Parameters
    ----------
    dataset
        `EnhancementData` of kind image; its high-resolution training maps are used.
    runs
        Kind (`vae` or `dae`) and seed of each autoencoder.
    settings
        `presets.image_settings` of each kind.
    crop
        Bins cropped on each side of a map.
    gpu, threads, checkpoints, checkpoint_seconds
        As in all training scripts.
    weights, history, record
        Output files, in the order of `runs`.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    with EnhancementData(dataset) as data:
        samples = {
            split: TargetSamples(
                ImageSamples(data, check_rows(data.rows(split), split, dataset), crop)
            )
            for split in ("train", "valid")
        }
        facts = {"settings": settings, "crop": crop, "device": device}
        mark = fingerprint(facts, *fingerprint_arrays(data))
        inner = data.window_bins - 2 * crop

        def part(kind: str, seed: int):
            def run(**files) -> None:
                started, own = time.monotonic(), settings[kind]
                reset_session(seed)
                network = build_autoencoder(kind, own, size=inner, seed=seed)
                optimizer = keras.optimizers.Adam(own["learning_rate"], epsilon=1e-8)
                network.compile(optimizer=optimizer, loss="mse", jit_compile=False)
                log.info("%s, seed %d: %d parameters", kind, seed, network.count_params())
                epochs = fit_resumable(
                    network, samples["train"], None, monitor="monitor",
                    score=reconstruction_scores(samples["valid"]), epochs=own["epochs"],
                    patience=own["patience"], batch_size=own["batch_size"], seed=seed,
                    folder=f"{checkpoints}.{kind}.{seed}", fingerprint=f"{mark} {kind} {seed}",
                    checkpoint_seconds=checkpoint_seconds,
                )  # fmt: skip
                write_training(network, epochs, **files, packages=("keras", "numpy"), seed=seed,
                               started=started, settings=own, device=device)  # fmt: skip

            return run

        write_parts(
            {f"{kind}.seed{seed}": part(kind, int(seed)) for kind, seed in runs},
            files={"weights": weights, "history": history, "record": record},
            folder=checkpoints, fingerprint=mark,
        )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
