"""A small dataset of kind sequence, whose maps follow from the G and C of the DNA."""

from pathlib import Path

import h5py
import numpy as np

from workflow_scripts.enhancement.data.dataset import EnhancementWriter

BINS, RESOLUTION, CROP = 12, 16, 1
SPLITS = ("train", "train", "train", "valid", "test")


def planted_map(codes: np.ndarray) -> np.ndarray:
    """Map of a window: pairs of bins rich in G and C are bright, others dark; float32 (B, B)."""
    rich = np.isin(codes.reshape(BINS, RESOLUTION), (1, 2)).mean(1) - 0.5
    return (2 * (rich[:, None] + rich)).astype("float32")


def make_dna(windows: int, rng: np.random.Generator) -> np.ndarray:
    """DNA of windows side by side, bins of it rich or poor in G and C."""
    rich = rng.random(windows * BINS) < 0.5
    share = np.repeat(np.where(rich, 0.85, 0.15), RESOLUTION)
    strong = rng.random(len(share)) < share
    return np.where(strong, rng.integers(1, 3, len(share)), 3 * rng.integers(0, 2, len(share)))


def write_windows(path: Path, windows: int = 20, maps: int = 2, overflow: bool = False) -> Path:
    """A dataset of windows, each in `maps` samples that differ by noise that cancels."""
    rng = np.random.default_rng(0)
    length = BINS * RESOLUTION
    dna = make_dna(windows, rng).astype("uint8")
    with EnhancementWriter(
        path, kind="sequence", resolution=RESOLUTION, window_bins=BINS, codes={"chr1": dna}
    ) as writer:
        for number in range(windows):
            start = number * length
            plain = planted_map(dna[start : start + length])
            noise = rng.normal(0, 0.1, plain.shape)
            noise = (noise + noise.T) * (maps > 1)
            if overflow:
                plain = plain * np.float32(1e30)
            for sample in range(maps):
                row = {
                    "map": f"m{sample}", "chrom": "chr1", "start": start, "end": start + length,
                    "split": SPLITS[number % 5], "split_random": SPLITS[(number + 1) % 5],
                }  # fmt: skip
                sign = 1 if sample % 2 else -1
                writer.add(row, {"target": plain + sign * noise})
    return path


def write_embeddings(path: Path, windows: int = 20, lost: int = 0) -> Path:
    """Embeddings of the dataset's windows by a random encoder of each bin's composition."""
    dna = make_dna(windows, np.random.default_rng(0)).reshape(windows, BINS, RESOLUTION)
    counts = np.stack([(dna == letter).mean(-1) for letter in range(4)], -1)
    encoder = np.random.default_rng(1).normal(size=(4, 6))
    with h5py.File(path, "w") as file:
        kept = windows - lost
        file["embeddings"] = (counts @ encoder)[:kept].astype("float16")
        file["chrom"] = np.array(["chr1"] * kept, "S")
        file["start"] = np.arange(kept) * BINS * RESOLUTION
    return path
