"""Train an image model with all its seeds, one after another."""

import logging
import time

import keras

from workflow_scripts.chromaloom.ml.checkpoints import remove_state, write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import write_training
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.config.presets import AUTOENCODERS
from workflow_scripts.enhancement.data.dataset import EnhancementData, check_rows
from workflow_scripts.enhancement.data.image_data import (
    ImageSamples,
    fingerprint_arrays,
    oversample_rare_inputs,
    scale_shifts,
)
from workflow_scripts.enhancement.models.autoencoders import frozen_features
from workflow_scripts.enhancement.models.image_models import build_networks
from workflow_scripts.enhancement.models.layers import mixed_precision_policy
from workflow_scripts.enhancement.models.losses import image_loss_terms
from workflow_scripts.enhancement.models.published_networks import published_features
from workflow_scripts.enhancement.training.gan import Gan
from workflow_scripts.enhancement.training.gan_training import (
    fit_gan,
    validation_scores,
)

log = logging.getLogger("chromaloom")
MIN_BINS = 16  # of a generated map: smaller ones have no insulation vector


def main(
    dataset: str,
    autoencoders: list[str],
    *,
    model: str,
    seeds: list[int],
    settings: dict[str, dict],
    crop: int,
    input_facts: dict,
    compute: dict,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: list[str],
    history: list[str],
    record: list[str],
) -> None:
    """Write the generator (.keras), history (TSV) and record (JSON) of each seed.

    Parameters
    ----------
    dataset
        `EnhancementData` of kind image.
    autoencoders
        The autoencoder of each seed that the loss needs (`presets.AUTOENCODERS`), or the PyTorch
        file of HiCSR's published one for each; else none.
    model, seeds, settings
        One of `presets.IMAGE_MODELS`, its seeds and its `image_settings`.
    crop
        Bins that a generated map lacks on each side.
    input_facts
        `plan.input_facts`, stored in the .keras files with the `scale_shifts`.
    compute
        gradient_accumulation_steps, mixed_precision, jit_compile.
    gpu, threads, checkpoints, checkpoint_seconds
        As in all training scripts.
    weights, history, record
        Output files, in the order of `seeds`.

    Raises
    ------
    UserError
        No training or validation window, windows that are too small, a loss that is not finite.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    training, mixed = settings["training"], compute["mixed_precision"]
    steps = compute["gradient_accumulation_steps"]
    with EnhancementData(dataset) as data, mixed_precision_policy(mixed):
        size, inner = data.window_bins, data.window_bins - 2 * crop
        if inner < MIN_BINS:
            raise UserError(
                f"enhancement.window_bins: {size} leaves maps of {inner} bins; expected: at least"
                f" {MIN_BINS + 2 * crop}"
            )
        rows = {s: check_rows(data.rows(s), s, dataset) for s in ("train", "valid")}
        rows["train"] = oversample_rare_inputs(data, rows["train"], training["min_fraction"])
        samples, valid = (ImageSamples(data, rows[split], crop) for split in rows)
        frozen = [loss_features(model, path, inner) for path in autoencoders]
        features = frozen[0] if frozen else None
        networks = build_networks(model, settings, size=size, crop=crop, seed=seeds[0])
        gan = Gan(
            networks[0], networks[1] if len(networks) > 1 else None,
            image_loss_terms(settings, features, inner), training,
            gradient_accumulation_steps=steps, jit_compile=compute["jit_compile"],
        )  # fmt: skip
        known = [array for network in frozen for array in network.get_weights()]
        facts = {
            "model": model, "settings": settings, "crop": crop, "device": device,
            "gradient_accumulation_steps": steps, "mixed_precision": mixed,
        }  # fmt: skip
        mark = fingerprint(facts, *fingerprint_arrays(data), *known)
        # what a map of others needs: it has no training windows
        input_facts = {**input_facts, "scale_shift": scale_shifts(data)}
        score = validation_scores(valid, training["monitor"])
        inside = slice(crop, size - crop)
        bilinear = score(lambda low: low[:, inside, inside])
        log.info("%s: %d parameters; %d training and %d validation windows; bilinear input: %s",
                 model, networks[0].count_params(), len(samples), len(valid),
                 " ".join(f"{k} {v:.4f}" for k, v in bilinear.items()))  # fmt: skip

        def part(number: int, seed: int):
            def run(**files) -> None:
                started, folder = time.monotonic(), f"{checkpoints}.{seed}"
                gan.reset(*build_networks(model, settings, size=size, crop=crop, seed=seed))
                if features is not None:
                    features.set_weights(values[number])
                log.info("%s, seed %d", model, seed)
                epochs = fit_gan(
                    gan, samples, score=score, seed=seed, folder=folder,
                    fingerprint=f"{mark} {seed}", checkpoint_seconds=checkpoint_seconds,
                )  # fmt: skip
                write_training(gan.generator, epochs, **files, packages=("keras", "numpy"),
                               started=started, seed=seed, input=bilinear,
                               input_facts=input_facts, **facts)  # fmt: skip
                remove_state(folder)

            return run

        values = [network.get_weights() for network in frozen]
        write_parts(
            {f"seed{seed}": part(number, seed) for number, seed in enumerate(seeds)},
            files={"weights": weights, "history": history, "record": record},
            folder=checkpoints, fingerprint=mark,
        )  # fmt: skip


def loss_features(model: str, path: str, size: int) -> keras.Model:
    """Frozen features that a model's loss compares, of a trained autoencoder or HiCSR's own."""
    if path.endswith(".pth"):
        return published_features(path, size)
    return frozen_features(AUTOENCODERS[model], keras.models.load_model(path, compile=False))


if __name__ == "__main__":
    run_script(main, snakemake)
