"""Loops of a cell to vectors of the interactions of each gene's transcription start.

Coordinates are 0-based half-open bp; loops lie on a grid of bins of `resolution` bp.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.workflow.errors import UserError

COLUMNS = ["chrom1", "start1", "end1", "chrom2", "start2", "end2", "value"]


def read_loops(path: str | Path, sizes: dict[str, int], resolution: int) -> pd.DataFrame:
    """Read a cell's normalised loops: chrom1 start1 end1 chrom2 start2 end2 value.

    Raises
    ------
    UserError
        A column lacks, a chromosome that the genome lacks, an anchor beyond its chromosome or off
        the grid, or a value that is no number ≥ 0.
    """
    table = pd.read_csv(path, sep="\t", dtype={"chrom1": str, "chrom2": str})
    if lacking := [name for name in COLUMNS if name not in table]:
        raise UserError(f"{path}: no column {lacking[0]!r}; there: {some(table.columns, 12)}")
    for side in "12":
        chrom, start = table[f"chrom{side}"], table[f"start{side}"]
        _refuse(
            path, table, ~chrom.isin(list(sizes)), f"chrom{side}",
            f"a chromosome of the genome ({some(sizes)})",
        )  # fmt: skip
        end = (start + resolution).clip(upper=chrom.map(sizes))
        off = (start < 0) | (start % resolution != 0) | (table[f"end{side}"] != end)
        _refuse(
            path, table, off, f"start{side}",
            f"bins of {resolution} bp (loops.resolution) within the chromosome",
        )  # fmt: skip
    bad = ~(np.isfinite(table.value) & (table.value >= 0))
    _refuse(path, table, bad, "value", "a number ≥ 0")
    return table


def interaction_vectors(
    loops: pd.DataFrame,
    genes: pd.DataFrame,
    sizes: dict[str, int],
    *,
    resolution: int,
    reach: int,
    flip: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signal between the bin of each gene's transcription start and the bins around it.

    Parameters
    ----------
    loops
        As from `read_loops`; loops between chromosomes do not count. One given twice counts with
        the sum.
    genes
        chrom (all in `sizes`), tss, strand; G rows.
    sizes
        Length of each chromosome, bp.
    resolution, reach
        Bin size, and bp on either side; B = 2 * reach / resolution.
    flip
        Turn the vectors of genes on the - strand around, so that bins beyond B/2 are downstream.

    Returns
    -------
    vectors : float32 array, shape=(G, B)
        Bin b is that of the start + (b - B/2) (minus, where turned around): bin B/2 is the start's
        own. Zero where there is no loop.
    number : int32 array, shape=(G,)
        Loops of the start's bin within the vector.
    padded : bool array, shape=(G,)
        Vectors that leave the chromosome; zeros stand there.
    """
    half = reach // resolution
    # all chromosomes on one axis of bins, wide apart: one key per bin
    bins = {name: -(-size // resolution) for name, size in sizes.items()}
    offset = dict(
        zip(bins, np.concatenate([[0], np.cumsum(list(bins.values()))])[:-1].tolist(), strict=True)
    )
    cis = loops[loops.chrom1 == loops.chrom2]
    base = cis.chrom1.map(offset).to_numpy(np.int64)
    one = base + cis.start1.to_numpy(np.int64) // resolution
    two = base + cis.start2.to_numpy(np.int64) // resolution
    other = one != two  # a loop within a bin is seen once
    pairs = pd.DataFrame(
        {
            "bin": np.concatenate([one, two[other]]),
            "partner": np.concatenate([two, one[other]]),
            "value": np.concatenate([cis.value.to_numpy(), cis.value.to_numpy()[other]]),
        }
    )
    pairs = pairs.groupby(["bin", "partner"], as_index=False).value.sum()
    own = genes.tss.to_numpy(np.int64) // resolution
    where = genes.chrom.map(offset).to_numpy(np.int64) + own
    starts = pd.DataFrame({"bin": where, "gene": np.arange(len(genes))})
    found = starts.merge(pairs, on="bin")
    step = (found.partner - found.bin).to_numpy()
    if flip:
        step = np.where(genes.strand.to_numpy()[found.gene] == "-", -step, step)
    inside = (step >= -half) & (step < half)
    vectors = np.zeros((len(genes), 2 * half), np.float32)
    vectors[found.gene.to_numpy()[inside], step[inside] + half] = found.value.to_numpy()[inside]
    number = np.bincount(found.gene[inside], minlength=len(genes)).astype(np.int32)
    # a vector turned around reaches half a bin's share less upstream and more downstream
    back = np.full(len(genes), half)
    ahead = np.full(len(genes), half - 1)
    if flip:
        minus = genes.strand.to_numpy() == "-"
        back[minus], ahead[minus] = half - 1, half
    padded = (own < back) | (own + ahead >= genes.chrom.map(bins).to_numpy())
    return vectors, number, padded


def _refuse(path: str | Path, table: pd.DataFrame, bad, column: str, allowed: str) -> None:
    if np.any(bad):
        row = int(np.argmax(bad))
        raise UserError(
            f"{path}: line {row + 2}: {column} {str(table[column].iloc[row])!r}; allowed: {allowed}"
        )
