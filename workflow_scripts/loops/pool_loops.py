"""Loops of a cell: its replicates normalised by library size and averaged."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.loops.loop_tables import PAIR, read_loops, write_loops

log = logging.getLogger("chromaloom")
COLUMNS = [*PAIR, "value", "n_replicates", "probability"]


def main(
    *,
    cell: str,
    samples: list[str],
    loops: list[str],
    quality: str,
    cutoff: float,
    min_replicates: int,
    out: str,
) -> None:
    """Write the pairs of bins that are loops in enough replicates, with their value.

    Parameters
    ----------
    cell, samples
        Names; `samples` are the cell's replicates.
    loops
        Calls of each replicate.
    quality
        Table of all HiChIP samples of the run, with `sample` and `counted`, the library sizes.
    cutoff, min_replicates
        Keys of the config section `loops`.
    out
        Gzipped TSV of `chrom1 start1 end1 chrom2 start2 end2 value n_replicates probability`.
    """
    sizes = pd.read_csv(quality, sep="\t", dtype={"sample": str}).set_index("sample").counted
    log.info("%s: library sizes %s; the least of the run's is %d", cell,
             ", ".join(f"{name} {sizes[name]}" for name in samples), sizes.min())  # fmt: skip
    table = pool([read_loops(path) for path in loops], sizes[samples].to_numpy(), sizes.min(),
                 cutoff=cutoff, min_replicates=min_replicates)  # fmt: skip
    log.info("%s: %d loops at %g in %d of %d replicates or more", cell, len(table), cutoff,
             min_replicates, len(samples))  # fmt: skip
    write_loops(table, out, COLUMNS)


def is_called(calls: pd.DataFrame, cutoff: float) -> pd.Series:
    """Which pairs of bins are loops; those that came without probability are."""
    return calls.probability.isna() | (calls.probability >= cutoff)


def pool(
    replicates: list[pd.DataFrame], sizes: np.ndarray, least: int, *, cutoff: float,
    min_replicates: int,
) -> pd.DataFrame:  # fmt: skip
    """Normalise, average and choose (Zeng et al. 2018: counts over library size).

    Parameters
    ----------
    replicates
        Calls; a pair of bins that a replicate lacks has count 0 there.
    sizes : int array, shape=(replicates,)
        N, the sum of all counts of each.
    least
        The least N of all samples of the run.
    cutoff, min_replicates
        A pair of bins is kept when it is a loop in that many replicates or more.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, in the order of the replicates' tables: value is log2(1 + mean over replicates of
        count / N · least), n_replicates the number of those in which the pair is a loop,
        probability the `min_replicates`-th highest of the replicates' (empty where that has none).
    """
    parts = []
    for calls, size in zip(replicates, sizes, strict=True):
        called = is_called(calls, cutoff)
        # what came without probability is certain
        chance = calls.probability.fillna(np.inf)
        part = calls[PAIR].assign(value=calls["count"] / size * least, n_replicates=called * 1)
        parts.append(part.assign(chance=chance))
    together = pd.concat(parts, ignore_index=True)
    together["order"] = pd.factorize(together.chrom1)[0]
    key = ["order", *PAIR]
    together = together.sort_values("chance", ascending=False, kind="stable")
    table = together.groupby(key)[["value", "n_replicates"]].sum()
    deciding = together[together.groupby(key).cumcount() == min_replicates - 1]
    table["probability"] = deciding.set_index(key).chance
    table = table[table.n_replicates >= min_replicates].reset_index()
    return table.assign(
        value=np.log2(1 + table.value / len(replicates)),
        probability=table.probability.replace(np.inf, np.nan),
    )[COLUMNS]


if __name__ == "__main__":
    run_script(main, snakemake, loops=list(snakemake.input.loops), out=snakemake.output.loops)
