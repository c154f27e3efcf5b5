"""Processor time and memory of the image models at full width, batch 1, windows of 200 bins.

By hand, not by pytest:

    python -m tests.benchmarks.bench_enhancement_image [--repeats 3] [--only vehicle_step ...]

Beside each number stands what PyTorch's reference code took for the same (one thread, seconds of
processor time, within 20 %). Each row runs in a process of its own, so that its peak memory is its
own; compilation of the step is told apart and does not count. `narrow_step` is the GAN step of the
default preset.
"""

import argparse
import multiprocessing
import resource
import time

import numpy as np

SIZE, CROP = 200, 6
REFERENCE = {  # processor seconds of PyTorch
    "vehicle_forward": 2.47,
    "vehicle_backward": 8.6,
    "vehicle_step": 11.1,
    "deephic_forward": 0.68,
    "deephic_backward": 1.84,
    "hicsr_forward": 2.14,
    "hicsr_backward": 8.03,
    "narrow_step": None,
}


def processor() -> float:
    """Seconds of processor time that this process has had."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory() -> float:
    """Peak memory of this process (GiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def prepare(row: str):
    """The function of one row, which takes (low, high)."""
    import tensorflow as tf

    from workflow_scripts.enhancement.config.presets import PRESETS
    from workflow_scripts.enhancement.models.image_models import (
        build_encoder,
        build_networks,
        frozen_part,
        image_loss_terms,
    )
    from workflow_scripts.enhancement.training.gan import Gan

    model, kind = row.split("_")
    preset = PRESETS["default" if model == "narrow" else "paper"]
    model = {"narrow": "image", "vehicle": "image"}.get(model, model)
    networks = build_networks(model, preset[model], size=SIZE, crop=CROP, seed=0)
    generator = networks[0]
    if kind == "forward":
        run = tf.function(lambda low, high: generator(low, training=False))
    elif kind == "backward":

        def both(low, high):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.abs(generator(low, training=True) - high))
            return tape.gradient(loss, generator.trainable_variables)

        run = tf.function(both)
    else:
        inner = SIZE - 2 * CROP
        vae = build_encoder("vae", preset["vae"], size=inner, seed=0)
        measures = image_loss_terms(preset[model], frozen_part("vae", vae), inner)
        gan = Gan(*networks, measures, preset[model]["training"])
        return lambda low, high: gan.step(low, high, True)
    return run


def measure(row: str, repeats: int) -> dict:
    """Seconds to compile, median seconds of a run after, and peak memory."""
    from workflow_scripts.chromaloom.ml.device import prepare_device

    prepare_device(gpu=0, threads=1, seed=0)
    import tensorflow as tf

    run, rng = prepare(row), np.random.default_rng(0)
    low, high = (
        tf.constant(rng.random((1, size, size, 1), "float32")) for size in (SIZE, SIZE - 2 * CROP)
    )
    spent, before = [], memory()
    for _ in range(repeats + 1):
        started = processor()
        run(low, high)
        spent.append(processor() - started)
    return {"first": spent[0], "s": float(np.median(spent[1:])), "gib": memory(), "start": before}


def main() -> None:
    """Measure the rows asked for and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=REFERENCE, default=list(REFERENCE))
    args = parser.parse_args()
    started = time.monotonic()
    for row in args.only:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found = pool.apply(measure, (row, args.repeats))
        torch = REFERENCE[row]
        text = f"PyTorch {torch:.2f} s, ratio {found['s'] / torch:.2f}" if torch else "no reference"
        told = f"{row}: {found['s']:.2f} s ({text}); peak {found['gib']:.2f} GiB"
        print(
            f"{told} ({found['start']:.2f} to begin with); first {found['first']:.1f} s", flush=True
        )
    print(f"{time.monotonic() - started:.0f} s passed")


if __name__ == "__main__":
    main()
