"""Random data of a cell."""

import numpy as np

from workflow_scripts.conformation.data.dataset import ConformationData


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
