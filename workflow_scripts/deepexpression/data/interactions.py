"""HiChIP vectors: a cell's loops between each gene's TSS and the bins around it.

Coordinates are 0-based half-open bp; loops lie on a grid of bins of `resolution` bp.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.workflow.errors import UserError

COLUMNS = ["chrom1", "start1", "end1", "chrom2", "start2", "end2", "value"]


def read_loops(path: str | Path, sizes: dict[str, int], resolution: int) -> pd.DataFrame:
    """Read a cell's normalized loops: chrom1 start1 end1 chrom2 start2 end2 value.

    Raises
    ------
    UserError
        A column is missing, a chromosome is not in the genome, an anchor is off the grid or beyond
        its chromosome, or a value is not a number from 0.
    """
    table = pd.read_csv(path, sep="\t", dtype={"chrom1": str, "chrom2": str})
    if lacking := [name for name in COLUMNS if name not in table]:
        raise UserError(
            f"{path}: column {lacking[0]!r} is missing; expected: {', '.join(COLUMNS)}; fix: add it"
            f" (available: {some(table.columns, 12)})"
        )
    for side in "12":
        chrom, start = table[f"chrom{side}"], table[f"start{side}"]
        _check_rows(
            path, table, ~chrom.isin(list(sizes)), f"chrom{side}",
            f"a chromosome of the genome ({some(sizes)})", "use the genome of the loops",
        )  # fmt: skip
        end = (start + resolution).clip(upper=chrom.map(sizes))
        off = (start < 0) | (start % resolution != 0) | (table[f"end{side}"] != end)
        _check_rows(
            path, table, off, f"start{side}",
            f"bins of {resolution} bp (loops.resolution) within the chromosome",
            "set loops.resolution to the size of the table's bins",
        )  # fmt: skip
    bad = ~(np.isfinite(table.value) & (table.value >= 0))
    _check_rows(path, table, bad, "value", "a number from 0", "correct or remove the row")
    return table


def interaction_vectors(
    loops: pd.DataFrame,
    genes: pd.DataFrame,
    sizes: dict[str, int],
    *,
    resolution: int,
    half_width: int,
    orient_by_strand: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signal between the bin of each gene's TSS and the bins around it.

    Parameters
    ----------
    loops
        Table of `read_loops`. Loops between chromosomes are ignored, repeated ones are added up.
    genes
        chrom (all in `sizes`), tss, strand; G rows.
    sizes
        Length of each chromosome, bp.
    resolution, half_width
        Bin size, and bp on either side of the TSS; B = 2 * half_width / resolution.
    orient_by_strand
        Reverse the vectors of genes on the minus strand, so that bins from B/2 are downstream.

    Returns
    -------
    vectors : float32 array, shape=(G, B)
        Element b is the bin b - B/2 bins from the TSS's own (B/2 - b, if reversed). Zero without a
        loop.
    number : int32 array, shape=(G,)
        Loops of the TSS's bin within the vector.
    padded : bool array, shape=(G,)
        Vectors that extend beyond the chromosome, with zeros there.
    """
    half = half_width // resolution
    # bins are numbered over all chromosomes, so that each has one key
    bins = {name: -(-size // resolution) for name, size in sizes.items()}
    offset = dict(
        zip(bins, np.concatenate([[0], np.cumsum(list(bins.values()))])[:-1].tolist(), strict=True)
    )
    cis = loops[loops.chrom1 == loops.chrom2]
    base = cis.chrom1.map(offset).to_numpy(np.int64)
    one = base + cis.start1.to_numpy(np.int64) // resolution
    two = base + cis.start2.to_numpy(np.int64) // resolution
    other = one != two  # a loop within one bin counts once
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
    if orient_by_strand:
        step = np.where(genes.strand.to_numpy()[found.gene] == "-", -step, step)
    inside = (step >= -half) & (step < half)
    vectors = np.zeros((len(genes), 2 * half), np.float32)
    vectors[found.gene.to_numpy()[inside], step[inside] + half] = found.value.to_numpy()[inside]
    number = np.bincount(found.gene[inside], minlength=len(genes)).astype(np.int32)
    # a reversed vector has one bin less upstream and one more downstream
    back = np.full(len(genes), half)
    ahead = np.full(len(genes), half - 1)
    if orient_by_strand:
        minus = genes.strand.to_numpy() == "-"
        back[minus], ahead[minus] = half - 1, half
    padded = (own < back) | (own + ahead >= genes.chrom.map(bins).to_numpy())
    return vectors, number, padded


def vector_loops(
    vectors: np.ndarray,
    genes: np.ndarray,
    chrom: np.ndarray,
    tss: np.ndarray,
    strand: np.ndarray,
    sizes: dict[str, int],
    *,
    resolution: int,
    orient_by_strand: bool,
) -> pd.DataFrame:
    """Loops that vectors were made of, the inverse of `interaction_vectors`.

    Parameters
    ----------
    vectors : float32 array, shape=(G, B)
        As `interaction_vectors` returns them.
    genes, chrom, tss, strand : arrays, shape=(G,)
        Name and place of each gene.
    sizes, resolution, orient_by_strand
        As of `interaction_vectors`.

    Returns
    -------
    pandas.DataFrame
        A row per gene and loop: chrom1 … end2 (upstream bin first), name (of the gene), score (2 **
        value - 1, the normalized count), distance (bp from the bin of the TSS, negative upstream on
        the plus strand) and value.
    """
    gene, element = np.nonzero(vectors)
    step = element - vectors.shape[1] // 2
    if orient_by_strand:
        step = np.where(strand[gene] == "-", -step, step)
    own = tss[gene] // resolution
    first, second = np.minimum(own, own + step), np.maximum(own, own + step)
    limit = np.array([sizes[name] for name in chrom[gene]], np.int64)
    value = vectors[gene, element].astype("float64")
    return pd.DataFrame(
        {"chrom1": chrom[gene], "start1": first * resolution,
         "end1": np.minimum((first + 1) * resolution, limit),
         "chrom2": chrom[gene], "start2": second * resolution,
         "end2": np.minimum((second + 1) * resolution, limit),
         "name": genes[gene], "score": np.exp2(value) - 1, "distance": step * resolution,
         "value": value}
    )  # fmt: skip


def _check_rows(
    path: str | Path, table: pd.DataFrame, bad, column: str, expected: str, fix: str
) -> None:
    """Report the first bad row; the header is line 1."""
    if np.any(bad):
        row = int(np.argmax(bad))
        raise UserError(
            f"{path}: line {row + 2}: {column}: bad value ({str(table[column].iloc[row])!r});"
            f" expected: {expected}; fix: {fix}"
        )
