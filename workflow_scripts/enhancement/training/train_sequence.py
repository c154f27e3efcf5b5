"""Train a sequence model with all its seeds, one after another."""

import logging
import shutil
import time
from contextlib import ExitStack, closing

import numpy as np

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import fit_resumable, write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.sequence_data import (
    AugmentedWindows,
    Inputs,
    SequenceWindows,
    WindowEmbeddings,
    flip_pixels,
    upper_pixels,
)
from workflow_scripts.enhancement.models.layers import mixed_precision_policy
from workflow_scripts.enhancement.training.sequence_training import (
    SharedTrainer,
    validation_scores,
)

log = logging.getLogger("chromaloom")


def main(
    dataset: str,
    embeddings: str,
    *,
    model: str,
    variant: dict,
    settings: dict[str, dict],
    weights: list[str],
    history: list[str],
    record: list[str],
    crop: int,
    compute: dict,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
) -> None:
    """Write the network (.keras), history (TSV) and record (JSON) of each seed.

    Parameters
    ----------
    dataset
        `EnhancementData` of kind sequence.
    embeddings
        File of `WindowEmbeddings` that the model reads in place of DNA; empty for DNA.
    model, variant
        Name of the model, and its entry of `presets.sequence_variants`.
    settings
        `presets.sequence_settings`.
    crop
        Bins cropped on each side of a map.
    compute
        gradient_accumulation_steps, mixed_precision, jit_compile.
    gpu, threads, checkpoints, checkpoint_seconds
        As in all training scripts.
    weights, history, record
        Output files, in the order of the variant's seeds.

    Raises
    ------
    UserError
        No training or validation window, a window without embedding, a loss that is not finite.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    training, mixed = settings["training"], compute["mixed_precision"]
    steps, ignore_diags = compute["gradient_accumulation_steps"], training["ignore_diags"]
    with ExitStack() as opened:
        data = opened.enter_context(EnhancementData(dataset))
        opened.enter_context(mixed_precision_policy(mixed))
        inputs = Inputs(data)
        if embeddings:
            inputs = Inputs(data, opened.enter_context(closing(WindowEmbeddings(embeddings))))
            inputs.embeddings.check(data.chrom, data.start)
        pixels = upper_pixels(data.window_bins, crop, ignore_diags)
        train, valid = (
            SequenceWindows.of(inputs, split, column=variant["column"], pixels=pixels,
                               shuffle=0 if variant["shuffled"] else None)
            for split in ("train", "valid")
        )  # fmt: skip
        trainer = SharedTrainer(
            settings, head=variant["head"], bins=data.window_bins, crop=crop,
            sizes=inputs.sizes(), gradient_accumulation_steps=steps,
            jit_compile=compute["jit_compile"], device=device,
        )  # fmt: skip
        facts = {
            "model": model, "variant": variant, "settings": settings, "crop": crop,
            "device": device, "gradient_accumulation_steps": steps, "mixed_precision": mixed,
        }  # fmt: skip
        read = [inputs.of(windows.rows[:1]) for windows in (train, valid)]
        mark = fingerprint(facts, train.rows, train.targets, valid.rows, valid.targets, *read)
        score = validation_scores(
            valid, pixels, batch_size=training["batch_size"], monitor=training["monitor"]
        )
        log.info("%s: %d parameters; %d training and %d validation regions", model,
                 trainer.compiled_network.count_params(), len(train), len(valid))  # fmt: skip

        def part(seed: int):
            def run(**files) -> None:
                started = time.monotonic()
                network = trainer.reset(seed)
                log.info("%s, seed %d", model, seed)
                augmented = AugmentedWindows(
                    train, network, flip_pixels(data.window_bins, crop, ignore_diags),
                    training["max_shift"], training["reverse_complement"], seed,
                )  # fmt: skip
                epochs = fit_resumable(
                    network, augmented, None, score=score, monitor="monitor",
                    epochs=training["epochs"], patience=training["patience"],
                    batch_size=training["batch_size"], seed=seed, block=training["batch_size"],
                    folder=f"{checkpoints}.{seed}", fingerprint=f"{mark} {seed}",
                    checkpoint_seconds=checkpoint_seconds,
                ).drop(columns="monitor")  # fmt: skip
                kept = trainer.build(seed)
                kept.set_weights(network.get_weights())
                write_training(
                    kept, epochs, **files, packages=("keras", "numpy"), started=started,
                    seed=seed, windows={"train": len(train), "valid": len(valid)},
                    constant_mae=float(np.abs(valid.targets - train.targets.mean(0)).mean()),
                    **facts,
                )  # fmt: skip

            return run

        write_parts(
            {f"seed{seed}": part(seed) for seed in variant["seeds"]},
            files={"weights": weights, "history": history, "record": record},
            folder=checkpoints, fingerprint=mark,
        )  # fmt: skip
    shutil.rmtree(checkpoints, ignore_errors=True)


if __name__ == "__main__":
    run_script(main, snakemake, embeddings=str(snakemake.input.get("embeddings", "")))
