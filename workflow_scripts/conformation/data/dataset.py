"""A cell's profiles and contact map in the same bins, as every script of this paper reads them."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path


@dataclass(frozen=True)
class ConformationData:
    """Profiles, map and parts of one cell; N bins, M factors, windows of w bins.

    Attributes
    ----------
    profiles : float32 array, shape=(M, N)
        Value of each factor in each bin, 0 to 1, no NaN.
    factors : str array, shape=(M,)
        Names of the factors.
    chrom, start, end : arrays, shape=(N,)
        The bins: chromosome (str) and bp (int64, 0-based half-open). Bins of a chromosome follow
        one another without a gap, ascending; only bins of the config's regions are in.
    oe : float32 array, shape=(N, w)
        `oe[i, d]` is observed over expected of bins i and i + d of one chromosome; NaN where either
        is masked, the pair leaves the chromosome (or region), or the expected is 0.
    part : str array, shape=(N,)
        train, valid, test, or none (left out of all). A run of bins of one chromosome and one part
        is a segment; receptive windows lie within segments.
    resolution, window : int
        Bin size (bp) and w (bins).
    """

    profiles: np.ndarray
    factors: np.ndarray
    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray
    oe: np.ndarray
    part: np.ndarray
    resolution: int
    window: int

    def save(self, path: str | Path) -> None:
        """Write as compressed .npz, the same bytes for the same arrays."""
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: str | Path) -> "ConformationData":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            found = {f.name: arrays[f.name] for f in fields(cls)}
        return cls(**found | {k: int(found[k]) for k in ("resolution", "window")})


def shuffle_bins(data: ConformationData, seed: int) -> ConformationData:
    """Data whose profiles' bins are permuted over all N: a control that must find nothing."""
    order = np.random.default_rng(seed).permutation(data.profiles.shape[1])
    return replace(data, profiles=data.profiles[:, order])
