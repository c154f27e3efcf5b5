"""A small dataset of kind image: domains, at half the resolution in the input."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from workflow_scripts.enhancement.data.dataset import EnhancementWriter

BINS, CROP, RESOLUTION = 40, 6, 10
SPLITS = ("train", "train", "train", "valid", "test")


# config section `image` with tiny networks
SMALL = {
    "preset": "default",
    "network": {"filters": 4, "blocks": 1, "tail": [4, 4, 4, 4]},
    "discriminator": {"filters": [4, 4]},
    "training": {"epochs": 3, "pretrain_epochs": 1, "loss_weights": {"vae": 0.0}},
    "baselines": {"deephic": {"network": {"filters": 4, "blocks": 1},
                              "discriminator": {"filters": [4]}}},
    "vae": {"epochs": 2, "filters": [4, 4]},
    "dae": {"epochs": 2, "filters": [4, 4]},
}  # fmt: skip


class Killed(Exception):
    """A job that is killed."""


def make_maps(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Low- and high-resolution map of one window, symmetric, in [0, 1]."""
    bins = np.arange(BINS)
    domain = np.cumsum(rng.random(BINS) < 0.15)
    high = 1 / (1 + np.abs(bins[:, None] - bins) / 4) + 0.3 * (domain[:, None] == domain)
    high = high + (noise := rng.normal(0, 0.02, high.shape)) + noise.T
    pooled = high.reshape(BINS // 2, 2, BINS // 2, 2).mean((1, 3))
    low = pooled.repeat(2, 0).repeat(2, 1)
    return tuple((m - m.min()) / (m.max() - m.min()) for m in (low, high))


def write_windows(path: Path, n: int = 20, downsampled: Collection[int] = ()) -> Path:
    """A dataset of n windows, some of them with input method downsample."""
    rng = np.random.default_rng(5)
    codes = {"chr1": rng.integers(0, 4, (n + BINS) * RESOLUTION, dtype="uint8")}
    with EnhancementWriter(
        path, kind="image", resolution=RESOLUTION, window_bins=BINS, codes=codes
    ) as writer:
        for number in range(n):
            low, high = make_maps(rng)
            row = {
                "map": "m", "chrom": "chr1", "split": SPLITS[number % 5],
                "start": number * RESOLUTION, "end": (number + BINS) * RESOLUTION,
                "input": "downsample" if number in downsampled else "pool",
            }  # fmt: skip
            scales = {
                "scale_low": np.array([1.0, 0.0, 0.0]),
                "scale_high": np.array([0.0, 0.0, 1.0]),
            }
            writer.add(row, {"low": low, "high": high}, scales)
    return path
