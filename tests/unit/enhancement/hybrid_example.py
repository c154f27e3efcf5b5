"""A small dataset of kind image, and small models for its windows."""

import keras
import numpy as np
from keras import ops

from workflow_scripts.enhancement.data.dataset import EnhancementWriter
from workflow_scripts.enhancement.models.image_models import build_generator

BINS, RESOLUTION, SIZE = 24, 10, 12
METRICS = {
    "ignore_diags": 2,
    "smoothing": 0,
    "max_bins": 0,
    "insulation": {"window": 3, "ignore_diags": 2, "min_strength": 0.05, "tolerance": 1},
}


def symmetric(maps):
    return (maps + maps.swapaxes(-1, -2)) / 2


def write_windows(path, *, regions=5, maps=("a", "b", "c"), held_out="c", seed=0):
    """Windows whose target is the input plus contacts between the G-rich bins of the DNA."""
    rng = np.random.default_rng(seed)
    length = regions * BINS * RESOLUTION
    fraction = rng.random(regions * BINS).round(1)
    # the first bases of each bin are G, the others A
    codes = (
        2 * (np.arange(RESOLUTION) < RESOLUTION * fraction[:, None] - 0.5).astype("uint8").ravel()
    )
    splits = ["train"] * (regions - 2) + ["valid", "test"]
    distance = np.abs(np.arange(BINS)[:, None] - np.arange(BINS))
    settings = {"kind": "image", "resolution": RESOLUTION, "window_bins": BINS}
    with EnhancementWriter(path, codes={"chr1": codes}, **settings) as writer:
        for region, split in enumerate(splits):
            start = region * BINS * RESOLUTION
            marked = fraction[region * BINS : (region + 1) * BINS]
            for name in maps:
                if name == held_out:
                    names = {"train": "test_map", "valid": "", "test": "test_both"}
                    split = names.get(split, split)
                noise = symmetric(rng.random((BINS, BINS)))
                low = 0.1 + 0.4 / (1 + distance) + 0.1 * noise
                high = low - 0.1 + 0.5 * marked[:, None] * marked
                row = {"map": name, "chrom": "chr1", "start": start, "split": split}
                row |= {"end": start + BINS * RESOLUTION, "split_random": "", "input": "pool"}
                scales = dict.fromkeys(("scale_low", "scale_high"), np.array([0.01, -4.0, 1.0]))
                writer.add(row, {"low": low, "high": high}, scales)
    return length


def sequence_model(seed=0):
    """DNA to maps of whole windows, from the fraction of G in each bin."""
    codes = keras.Input((BINS * RESOLUTION,), dtype="uint8", name="codes")
    marked = ops.cast(ops.equal(codes, 2), "float32")
    fraction = ops.mean(ops.reshape(marked, (-1, BINS, RESOLUTION)), axis=-1, keepdims=True)
    initializer = keras.initializers.RandomUniform(0.5, 1.5, seed=seed)
    x = keras.layers.Conv1D(1, 1, kernel_initializer=initializer)(fraction)
    x = keras.layers.BatchNormalization()(x)
    both = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
    return keras.Model(codes, both, name="sequence")


def image_model(seed=0):
    return build_generator(
        size=BINS, filters=4, blocks=1, tail=(4, 4, 4, 4), residual=True, symmetric=True,
        batch_norm=False, kernel_initializer="he_normal", seed=seed,
    )  # fmt: skip
