"""The dataset of a cell: promoters, loops and expression by gene."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path

SCALARS = ("half_width", "resolution")
UNKNOWN = 4  # code of an unknown base


@dataclass(frozen=True)
class ExpressionData:
    """Inputs and expression of one cell; G genes, in the same order in all cells of a run.

    Attributes
    ----------
    genes : str array, shape=(G,)
        Unique gene names.
    chrom, tss, strand : arrays, shape=(G,)
        Transcription start site (TSS): chromosome (str), position (int64, bp, 0-based) and + or -
        (str); '', -1 and '' if unknown.
    promoters : uint8 array, shape=(G, 2 * half_width)
        Sequence in gene orientation, 0-3 = ACGT, 4 = N; the TSS is base `half_width`.
    hichip : float32 array, shape=(G, B)
        log2(1 + normalized count) of the interaction between the TSS's bin and the bin at
        TSS + (b - B/2) * resolution; B = 2 * hichip.half_width / resolution, or 0 without HiChIP.
    loops : int32 array, shape=(G,)
        Number of loops that end in the TSS's bin; zeros without HiChIP.
    counts : float64 array, shape=(G,)
        Reads of the gene: sum over isoforms, mean over replicates.
    expression : float64 array, shape=(G,)
        log10(counts + pseudocount), quantile-normalized across the cells of the run.
    label : bool array, shape=(G,)
        Whether expression is at or above the median of the cell's genes.
    family : int64 array, shape=(G,)
        Genes with the same number share a symbol or promoter sequence, see `families`.
    half_width, resolution : int
        Half-width of promoters (bp); size of the bins of `hichip` (bp).
    """

    genes: np.ndarray
    chrom: np.ndarray
    tss: np.ndarray
    strand: np.ndarray
    promoters: np.ndarray
    hichip: np.ndarray
    loops: np.ndarray
    counts: np.ndarray
    expression: np.ndarray
    label: np.ndarray
    family: np.ndarray
    half_width: int
    resolution: int

    def save(self, path: str | Path) -> None:
        """Write as compressed .npz; equal arrays give equal bytes."""
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: str | Path) -> "ExpressionData":
        """Read a file written by `save`."""
        with np.load(path) as arrays:
            found = {f.name: arrays[f.name] for f in fields(cls)}
        return cls(**found | {name: int(found[name]) for name in SCALARS})

    def truth(self, task: str) -> np.ndarray:
        """Target of a task, float64: expression, or 1.0 and 0.0 for high and low."""
        return self.expression if task == "regression" else self.label.astype(float)


def shuffle_expression(data: ExpressionData, seed: int) -> ExpressionData:
    """Data with expression permuted over genes: a control that must score at chance."""
    order = np.random.default_rng(seed).permutation(len(data.genes))
    moved = {name: getattr(data, name)[order] for name in ("counts", "expression", "label")}
    return replace(data, **moved)
