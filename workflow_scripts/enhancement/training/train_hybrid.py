"""Train hybrids of a sequence and an image model: all variants and seeds."""

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.data.dataset import EnhancementData, check_rows
from workflow_scripts.enhancement.data.image_data import evenly_spaced
from workflow_scripts.enhancement.evaluation.inference import load_network
from workflow_scripts.enhancement.training.hybrid_training import (
    build_trainer,
    load_models,
    train_joint,
    train_or_load_head,
)

log = logging.getLogger("chromaloom")


def choose_rows(data: EnhancementData, settings: dict, seed: int) -> dict[str, np.ndarray]:
    """Rows for the head's training (`train`), joint training (`joint`) and validation."""
    train = check_rows(data.rows("train"), "train", data.path)
    valid = check_rows(data.rows("valid"), "valid", data.path)
    joint, limit = train, settings["max_windows"]
    if limit and len(train) > limit:
        joint = np.sort(np.random.default_rng(seed).choice(train, limit, replace=False))
    valid = evenly_spaced(valid, settings["max_valid_windows"])
    return {"train": train, "joint": joint, "valid": valid}


def main(
    dataset: str,
    sequence: Sequence[str],
    image: Sequence[str],
    *,
    variants: Sequence[str],
    training: dict,
    metrics: dict,
    filters: int,
    clip_value: float,
    jit_compile: bool,
    seed: int,
    seeds: Sequence[int],
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: Sequence[str],
    history: Sequence[str],
    record: Sequence[str],
) -> None:
    """Write a network (.keras), its history (TSV) and a record (JSON) by variant and seed.

    High-resolution maps are targets of training only: no network reads one.

    Parameters
    ----------
    dataset
        image.h5.
    sequence, image
        Trained models of each seed.
    variants
        `joint`, `preheated` or `frozen`.
    training, filters
        `presets.hybrid_settings`; filters of the head.
    metrics, clip_value
        Config section `metrics`; bound of the sequence model's targets.
    jit_compile
        Compile steps with XLA.
    seed, seeds
        Seed of the choice of windows; seeds of head, order and dropout of each training.
    gpu, threads, checkpoints, checkpoint_seconds
        As in all training scripts.
    weights, history, record
        Output files, in the order of variants and within one of seeds.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    settings = {"training": training, "filters": filters, "clip_value": clip_value}
    with EnhancementData(dataset) as data:
        rows = choose_rows(data, training, seed)
        trainer = build_trainer(
            load_network(sequence[0]), load_network(image[0]), data, settings=training,
            metrics=metrics, filters=filters, clip_value=clip_value, jit_compile=jit_compile,
            rows=rows, seed=seeds[0],
        )  # fmt: skip
        known = (data.start, data.scale_low, data.scale_high, *rows.values())
        marks = [
            fingerprint(
                {**settings, "device": device, "seed": number},
                *(np.fromfile(path, "uint8") for path in models), *known,
            )
            for number, *models in zip(seeds, sequence, image, strict=True)
        ]  # fmt: skip

        def part(variant: str, at: int):
            number, store = seeds[at], Path(f"{checkpoints}.heads", f"seed{seeds[at]}")
            more = {"seed": number, "checkpoint_seconds": checkpoint_seconds}

            def run(**files) -> None:
                started = time.monotonic()
                log.info("%s, seed %d", variant, number)
                draws = load_models(trainer, sequence[at], image[at], number)
                if variant != "joint":
                    epochs = train_or_load_head(trainer, store, fingerprint=marks[at], **more)
                if variant != "frozen":
                    epochs = train_joint(
                        trainer, folder=f"{checkpoints}.{variant}.seed{number}",
                        fingerprint=f"{marks[at]} {variant}", **more,
                    )  # fmt: skip
                write_training(
                    trainer.hybrid, epochs, **files, started=started, packages=("keras", "numpy"),
                    **settings, variant=variant, seed=number, device=device, head_draws=draws,
                    head_parameters=trainer.parts[2].count_params(),
                    windows={name: len(found) for name, found in rows.items()},
                )  # fmt: skip

            return run

        write_parts(
            {f"{v}.seed{s}": part(v, at) for v in variants for at, s in enumerate(seeds)},
            files={"weights": weights, "history": history, "record": record},
            folder=f"{checkpoints}.done",
            fingerprint=fingerprint({"of": marks}),
        )
    shutil.rmtree(f"{checkpoints}.heads", ignore_errors=True)


if __name__ == "__main__":
    run_script(main, snakemake)
