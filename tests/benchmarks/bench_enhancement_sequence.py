"""Cost of a training step of the sequence models at full size: 1 Mb, batch 1, one CPU thread.

By hand, not by pytest:

    python -m tests.benchmarks.bench_enhancement_sequence [--head graph] [--tile 16384] [--steps 2]

Forward and backward of the full network with random DNA. Told are the processor's seconds of each
step (the first has the graph made before it, apart) and the most memory the process had.

With PyTorch at hand (no requirement of this workflow), the same layers written plainly in it:

    python tests/benchmarks/bench_enhancement_torch.py

Seen on one core of a 2.8 GHz Ice Lake Xeon, second step: 7.3 CPU-s and 1.96 GiB; PyTorch 2.13:
14.5 CPU-s and 3.66 GiB.
"""

import argparse
import resource
import time

import keras
import numpy as np
from workflow_scripts.enhancement.models.sequence_trunk import TILE

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.enhancement.config.presets import PAPER
from workflow_scripts.enhancement.models.sequence_model import (
    PixelError,
    build_sequence_model,
    upper_pixels,
)

LENGTH, BINS = 1_000_000, 200


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--head", choices=["akita", "graph"], default="akita")
    parser.add_argument("--tile", type=int, default=TILE)
    parser.add_argument("--steps", type=int, default=2)
    args = parser.parse_args()
    print(prepare_device(gpu=0, threads=1, seed=0))
    network = build_sequence_model(
        PAPER["network"], args.head, length=LENGTH, bins=BINS, tile=args.tile
    )
    pixels = upper_pixels(BINS, 10, 2)
    # no optimiser's work: a rate of 0 is still a step, of 0.8 million parameters
    network.compile(keras.optimizers.SGD(1e-3), PixelError(BINS, 10, 2), jit_compile=False)
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, (1, LENGTH)).astype("uint8")
    target = random.normal(size=(1, len(pixels))).astype("float32")
    for step in range(args.steps + 1):
        started, wall = time.process_time(), time.monotonic()
        loss = float(network.train_on_batch(codes, target))
        spent, wall = time.process_time() - started, time.monotonic() - wall
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{'first step' if not step else 'step'}: {spent:.2f} CPU-s ({wall:.0f} s passed),"
              f" most memory {memory:.2f} GiB, loss {loss:.3f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
