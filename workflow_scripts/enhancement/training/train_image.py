"""Train an image model, with all its seeds one after another."""

import logging
import time

import keras

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import write_training
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.config.image_presets import ENCODERS
from workflow_scripts.enhancement.data.dataset import EnhancementData, check_rows
from workflow_scripts.enhancement.models.image_models import (
    ImageSamples,
    build_networks,
    frozen_part,
    identity,
    measures_of,
    repeat_rare,
    validation_scores,
)
from workflow_scripts.enhancement.models.precision import precision
from workflow_scripts.enhancement.training.gan import Gan
from workflow_scripts.enhancement.training.gan_checkpoints import remove
from workflow_scripts.enhancement.training.gan_training import fit_gan

log = logging.getLogger("chromaloom")
LEAST = 16  # bins of a generated map: fewer leave the insulation vector nothing


def main(
    dataset: str,
    encoders: list[str],
    *,
    model: str,
    settings: dict[str, dict],
    crop: int,
    seeds: list[int],
    accumulate: int,
    mixed_precision: bool,
    jit: bool,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: list[str],
    history: list[str],
    record: list[str],
) -> None:
    """Write each seed's generator (.keras), history (TSV) and record (JSON).

    Parameters
    ----------
    dataset
        `EnhancementData` of kind image.
    encoders
        The autoencoder of each seed that the loss needs (`image_presets.ENCODERS`); else none.
    model, settings
        One of `image_presets.MODELS`, with its settings.
    crop
        Bins that a generated map lacks on each side.
    seeds
        Of the trainings.
    accumulate, mixed_precision, jit
        Batches a step, 16-bit computation, XLA.
    gpu, threads, checkpoints, checkpoint_seconds
        As for every training.
    weights, history, record
        What is written, in the order of `seeds`.

    Raises
    ------
    UserError
        No training or validation window, a window too small, a loss that is not finite.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    training = settings["training"]
    with EnhancementData(dataset) as data, precision(mixed_precision):
        size, inner = data.window_bins, data.window_bins - 2 * crop
        if inner < LEAST:
            raise UserError(
                f"enhancement.window_bins: {size} leaves maps of {inner} bins; allowed: at least"
                f" {LEAST + 2 * crop}"
            )
        rows = {p: check_rows(data.rows(p), p, dataset) for p in ("train", "valid")}
        rows["train"] = repeat_rare(data, rows["train"], training["least_share"])
        samples, valid = (ImageSamples(data, rows[part], crop) for part in rows)
        frozen = [
            frozen_part(ENCODERS[model], keras.models.load_model(path, compile=False))
            for path in encoders
        ]
        features = frozen[0] if frozen else None
        networks = build_networks(model, settings, size=size, crop=crop, seed=seeds[0])
        gan = Gan(networks[0], networks[1] if len(networks) > 1 else None,
                  measures_of(settings, features, inner), training,
                  accumulate=accumulate, jit=jit)  # fmt: skip
        known = [array for network in frozen for array in network.get_weights()]
        facts = {
            "model": model, "settings": settings, "crop": crop, "device": device,
            "accumulate": accumulate, "mixed_precision": mixed_precision,
        }  # fmt: skip
        mark = fingerprint(facts, *identity(data), *known)
        score = validation_scores(valid, training["watch"])
        inside = slice(crop, size - crop)
        bilinear = score(lambda low: low[:, inside, inside])
        log.info("%s: %d parameters; %d windows train, %d validate; the input itself: %s",
                 model, networks[0].count_params(), len(samples), len(valid),
                 " ".join(f"{k} {v:.4f}" for k, v in bilinear.items()))  # fmt: skip

        def part(number: int, seed: int):
            def run(**files) -> None:
                started, folder = time.monotonic(), f"{checkpoints}.{seed}"
                gan.start(*build_networks(model, settings, size=size, crop=crop, seed=seed))
                if features is not None:
                    features.set_weights(values[number])
                log.info("%s, seed %d", model, seed)
                epochs = fit_gan(
                    gan, samples, score=score, seed=seed, folder=folder,
                    fingerprint=f"{mark} {seed}", checkpoint_seconds=checkpoint_seconds,
                )  # fmt: skip
                write_training(gan.generator, epochs, **files, packages=("keras", "numpy"),
                               started=started, seed=seed, input=bilinear, **facts)  # fmt: skip
                remove(folder)

            return run

        values = [network.get_weights() for network in frozen]
        write_parts(
            {f"seed{seed}": part(number, seed) for number, seed in enumerate(seeds)},
            files={"weights": weights, "history": history, "record": record},
            folder=checkpoints, fingerprint=mark,
        )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
