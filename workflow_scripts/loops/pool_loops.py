"""Pool the loops of a cell: normalize replicates by library size and average them."""

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
    replicates: list[str],
    quality: str,
    cutoff: float,
    min_replicates: int,
    loops: str,
) -> None:
    """Write the pairs of bins that are loops in at least `min_replicates` replicates.

    Parameters
    ----------
    cell, samples
        Cell and names of its replicates.
    replicates
        Loop table of each replicate.
    quality
        Table of all HiChIP samples of the run with `sample` and `library_size` (`tabulate_loops`).
    cutoff, min_replicates
        Keys of the config section `loops`.
    loops
        Gzipped TSV of `chrom1 start1 end1 chrom2 start2 end2 value n_replicates probability`.
    """
    table = pd.read_csv(quality, sep="\t", dtype={"sample": str})
    sizes = table.set_index("sample").library_size
    log.info("%s: library sizes %s; the smallest of the run is %d", cell,
             ", ".join(f"{name} {sizes[name]}" for name in samples), sizes.min())  # fmt: skip
    table = pool([read_loops(path) for path in replicates], sizes[samples].to_numpy(), sizes.min(),
                 cutoff=cutoff, min_replicates=min_replicates)  # fmt: skip
    log.info("%s: %d loops at %g in at least %d of %d replicates", cell, len(table), cutoff,
             min_replicates, len(samples))  # fmt: skip
    write_loops(table, loops, COLUMNS)


def is_called(calls: pd.DataFrame, cutoff: float) -> pd.Series:
    """Whether pairs of bins are loops; pairs without probability are."""
    return calls.probability.isna() | (calls.probability >= cutoff)


def pool(
    replicates: list[pd.DataFrame], sizes: np.ndarray, smallest: int, *, cutoff: float,
    min_replicates: int,
) -> pd.DataFrame:  # fmt: skip
    """Normalize replicates by library size, average them, and select loops (Zeng et al. 2018).

    Parameters
    ----------
    replicates
        Loop tables; a pair of bins missing from a replicate has count 0.
    sizes : int array, shape=(replicates,)
        N, the library size of each replicate.
    smallest
        Smallest N of all samples of the run.
    cutoff, min_replicates
        Minimum probability of a loop, and number of replicates in which a pair must be one.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, in the order of the replicates' tables: value is log2(1 + mean over replicates of
        count / N · smallest), n_replicates the number of replicates in which the pair is a loop,
        probability the `min_replicates`-th highest of the replicates' (empty if it has none).
    """
    parts = []
    for calls, size in zip(replicates, sizes, strict=True):
        called = is_called(calls, cutoff)
        # pairs without probability rank first
        chance = calls.probability.fillna(np.inf)
        part = calls[PAIR].assign(value=calls["count"] / size * smallest, n_replicates=called * 1)
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
    run_script(main, snakemake)
