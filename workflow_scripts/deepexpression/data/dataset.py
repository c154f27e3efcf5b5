"""A cell's promoters, loops and expression by gene, as every script of this paper reads them."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path

SCALARS = ("half_width", "resolution")


@dataclass(frozen=True)
class ExpressionData:
    """Inputs and expression of one cell; G genes, in the same order in all cells of a run.

    Attributes
    ----------
    genes : str array, shape=(G,)
        Names, each once.
    chrom, tss, strand : arrays, shape=(G,)
        Place of the transcription start: chromosome (str), bp (int64, 0-based) and + or - (str);
        '', -1 and '' where it is not known.
    promoters : uint8 array, shape=(G, 2 * half_width)
        Sequence in gene orientation, 0-3 = ACGT, 4 = N; the TSS is base `half_width`.
    hichip : float32 array, shape=(G, B)
        Signal of the interaction between the TSS's bin and bin TSS + (b - B/2) * resolution, as
        log2(1 + normalised count); B = 2 * reach / resolution, or 0 where the cell has no HiChIP.
    loops : int32 array, shape=(G,)
        Number of loops that end in the TSS's bin; zeros without HiChIP.
    counts : float64 array, shape=(G,)
        Reads of the gene: isoforms summed, replicates averaged.
    expression : float64 array, shape=(G,)
        log10(counts + pseudocount), quantile-normalised over the cells of the run.
    label : bool array, shape=(G,)
        Expression is the median of the cell's genes or above.
    family : int64 array, shape=(G,)
        Genes with the same number share a symbol or an identical promoter.
    half_width, resolution : int
        Of promoters (bp) and of the bins of `hichip` (bp).
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
        """Write as compressed .npz, the same bytes for the same arrays."""
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.savez_compressed(handle, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: str | Path) -> "ExpressionData":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            found = {f.name: arrays[f.name] for f in fields(cls)}
        return cls(**found | {name: int(found[name]) for name in SCALARS})

    def truth(self, task: str) -> np.ndarray:
        """What a task predicts: expression (float64), or 1.0 and 0.0 for high and low."""
        return self.expression if task == "regression" else self.label.astype(float)


def shuffle_expression(data: ExpressionData, seed: int) -> ExpressionData:
    """Data whose expression is permuted over the genes: a control that must come out at chance."""
    order = np.random.default_rng(seed).permutation(len(data.genes))
    moved = {name: getattr(data, name)[order] for name in ("counts", "expression", "label")}
    return replace(data, **moved)
