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
from workflow_scripts.enhancement.evaluation.hybrid_maps import load_network, spread
from workflow_scripts.enhancement.training.hybrid_training import (
    kept_head,
    prepare,
    start_from,
    train_joint,
)

log = logging.getLogger("chromaloom")


def choose_rows(data: EnhancementData, settings: dict, seed: int) -> dict[str, np.ndarray]:
    """Rows that train the head (`train`), head and models together (`joint`), and that validate."""
    train = check_rows(data.rows("train"), "train", data.path)
    valid = check_rows(data.rows("valid"), "valid", data.path)
    joint, most = train, settings["windows"]
    if most and len(train) > most:
        joint = np.sort(np.random.default_rng(seed).choice(train, most, replace=False))
    return {"train": train, "joint": joint, "valid": spread(valid, settings["valid_windows"])}


def main(
    dataset: str,
    sequence: Sequence[str],
    image: Sequence[str],
    *,
    variants: Sequence[str],
    training: dict,
    metrics: dict,
    filters: int,
    clip: float,
    jit: bool,
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
    """Write a network (.keras), its epochs (TSV) and a record (JSON) by variant and seed.

    Measured maps of high resolution are the targets of training alone: no network sees one.

    Parameters
    ----------
    dataset
        image.h5.
    sequence, image
        Trained models of each seed.
    variants
        `joint`, `preheated` or `frozen`.
    training, filters
        Settings of a preset; filters of the head.
    metrics, clip
        The config's section `metrics`; bound of the sequence model's targets.
    jit
        Compile steps by XLA.
    seed, seeds
        Of the choice of windows; of head, order and dropout of each training.
    gpu, threads, checkpoints, checkpoint_seconds
        As for every training.
    weights, history, record
        Files, in the order of variants and within one of seeds.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    settings = {"training": training, "filters": filters, "clip": clip}
    with EnhancementData(dataset) as data:
        rows = choose_rows(data, training, seed)
        hybrids = prepare(
            load_network(sequence[0]), load_network(image[0]), data, settings=training,
            metrics=metrics, filters=filters, clip=clip, jit=jit, rows=rows, seed=seeds[0],
        )  # fmt: skip
        known = (data.start, data.scale_low, data.scale_high, *rows.values())
        marks = [
            fingerprint(
                {**settings, "device": device, "seed": number},
                *(np.fromfile(path, "uint8") for path in models), *known,
            )
            for number, *models in zip(seeds, sequence, image, strict=True)
        ]  # fmt: skip

        def part(variant: str, place: int):
            number, store = seeds[place], Path(f"{checkpoints}.heads", f"seed{seeds[place]}")
            more = {"seed": number, "checkpoint_seconds": checkpoint_seconds}

            def run(**files) -> None:
                started = time.monotonic()
                log.info("%s, seed %d", variant, number)
                draws = start_from(hybrids, sequence[place], image[place], number)
                if variant != "joint":
                    epochs = kept_head(hybrids, store, fingerprint=marks[place], **more)
                if variant != "frozen":
                    epochs = train_joint(
                        hybrids, folder=f"{checkpoints}.{variant}.seed{number}",
                        fingerprint=f"{marks[place]} {variant}", **more,
                    )  # fmt: skip
                write_training(
                    hybrids.whole, epochs, **files, started=started, packages=("keras", "numpy"),
                    **settings, variant=variant, seed=number, device=device, head_draws=draws,
                    head_parameters=hybrids.parts[2].count_params(),
                    windows={name: len(found) for name, found in rows.items()},
                )  # fmt: skip

            return run

        write_parts(
            {f"{v}.seed{s}": part(v, place) for v in variants for place, s in enumerate(seeds)},
            files={"weights": weights, "history": history, "record": record},
            folder=f"{checkpoints}.done",
            fingerprint=fingerprint({"of": marks}),
        )
    shutil.rmtree(f"{checkpoints}.heads", ignore_errors=True)


if __name__ == "__main__":
    run_script(main, snakemake)
