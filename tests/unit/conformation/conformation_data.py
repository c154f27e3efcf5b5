"""Synthetic data of a cell."""

import numpy as np

from workflow_scripts.conformation.data.dataset import ConformationData

W, M = 5, 3  # bins of a window and factors of `planted_pairs`


def random_data(lengths: dict, split: np.ndarray, w: int, seed: int = 0) -> ConformationData:
    """Random data of some chromosomes (bins each), 1 kb bins."""
    rng, n = np.random.default_rng(seed), sum(lengths.values())
    start = np.concatenate([1000 * np.arange(k) for k in lengths.values()])
    return ConformationData(
        profiles=rng.random((3, n)).astype("float32"),
        factors=np.array(["A", "B", "C"]),
        chrom=np.repeat(list(lengths), list(lengths.values())),
        start=start,
        end=start + 1000,
        oe=rng.random((n, w)).astype("float32"),
        split=split,
        resolution=1000,
        window=w,
    )


def planted_pairs(n=240, seed=0, noise=0.3):
    """Two chromosomes; log O/E depends on a product and a difference of the pair's profiles."""
    rng = np.random.default_rng(seed)
    profiles = rng.random((M, n)).astype("float32")
    chrom = np.repeat(["a", "b"], [n // 3, n - n // 3])
    start = np.concatenate([np.arange(n // 3), np.arange(n - n // 3)]) * 1000
    split = np.full(n, "train", dtype="U5")
    split[n // 3 : n // 2], split[n // 2 : n - n // 4] = "valid", "test"
    oe = np.full((n, W), np.nan)
    for i in range(n):
        for d in range(min(W, n - i)):
            if chrom[i] == chrom[i + d]:
                a, b = profiles[:, i], profiles[:, i + d]
                oe[i, d] = np.exp(3 * a[0] * b[0] - 2 * abs(a[1] - b[1]) + noise * rng.normal())
    oe[rng.random((n, W)) < 0.1] = np.nan
    return ConformationData(
        profiles, np.array(["x", "y", "z"]), chrom, start, start + 1000, oe, split, 1000, W
    )


def naive_pair_features(profiles, i, d):
    """Features of the pair (i, i + d), as `pair_features`."""
    a, b = profiles[:, i], profiles[:, i + d]
    return [*(a * b), *abs(a - b), *(a + b), *profiles[:, i : i + d + 1].mean(1)]


def chromosome_data(n=60, w=6, split="test", seed=0, offset=0):
    """Random data of one chromosome, 10 kb bins, all of one split."""
    size = 10_000
    rng = np.random.default_rng(seed)
    start = offset + np.arange(n) * size
    return ConformationData(
        profiles=rng.random((4, n)).astype("float32"),
        factors=np.array(["CTCF", "H1", "H3K36me3", "BEAF"]),
        chrom=np.full(n, "2L"),
        start=start,
        end=start + size,
        oe=rng.gamma(5, 0.2, (n, w)).astype("float32"),
        split=np.full(n, split),
        resolution=size,
        window=w,
    )
