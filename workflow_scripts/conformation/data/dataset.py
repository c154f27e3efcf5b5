"""Profiles and contact map of one cell in the same bins: the input of every script."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path


@dataclass(frozen=True)
class ConformationData:
    """Profiles, contact map and split of one cell: N bins, M factors, windows of w bins.

    Attributes
    ----------
    profiles : float32 array, shape=(M, N)
        Value of each factor in each bin, 0 to 1, no NaN.
    factors : str array, shape=(M,)
        Names of the factors.
    chrom, start, end : arrays, shape=(N,)
        Chromosome (str), start and end (bp, int64, 0-based half-open) of each bin, sorted. Only
        bins of the config's regions are included.
    oe : float32 array, shape=(N, w)
        `oe[i, d]` is observed over expected of bins i and i + d of one chromosome. NaN where either
        bin is masked, the pair leaves the chromosome or region, or the expected value is 0.
    split : str array, shape=(N,)
        train, valid, test or none (excluded). Consecutive bins of one chromosome and split are a
        segment; receptive fields lie within segments.
    resolution, window : int
        Bin size (bp), and w (bins).
    """

    profiles: np.ndarray
    factors: np.ndarray
    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray
    oe: np.ndarray
    split: np.ndarray
    resolution: int
    window: int

    def save(self, path: str | Path) -> None:
        """Write a compressed .npz file; equal arrays give equal bytes."""
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: str | Path) -> "ConformationData":
        """Read a file written by `save`."""
        with np.load(path) as arrays:
            values = {f.name: arrays[f.name] for f in fields(cls)}
        return cls(**values | {k: int(values[k]) for k in ("resolution", "window")})


def shuffle_bins(data: ConformationData, seed: int) -> ConformationData:
    """Data whose profiles are permuted over all N bins: a negative control."""
    order = np.random.default_rng(seed).permutation(data.profiles.shape[1])
    return replace(data, profiles=data.profiles[:, order])
