"""Compare the loops of a cell's replicates."""

import logging
from itertools import combinations

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.pairs_files import write_table
from workflow_scripts.loops.loop_tables import PAIR, read_loops

log = logging.getLogger("chromaloom")
COLUMNS = [
    "cell", "sample1", "sample2", "cutoff", "seen1", "seen2", "seen_both", "called1", "called2",
    "called_both", "jaccard", "jaccard_counts", "jaccard_chance", "spearman_count",
    "spearman_probability",
]  # fmt: skip


def main(
    *,
    cells: dict[str, list[str]],
    loops: dict[str, str],
    cutoffs: list[float],
    seed: int,
    table: str,
) -> None:
    """Write a row per pair of replicates and cutoff.

    Parameters
    ----------
    cells
        Samples of each cell.
    loops
        Loop table of each sample.
    cutoffs
        Minimum probabilities of a loop.
    seed
        Seed of the random order among equal counts.
    table
        Output with columns `COLUMNS`; empty if no cell has two replicates with probabilities.
    """
    rows = []
    for cell, samples in cells.items():
        for one, two in combinations(samples, 2):
            tables = [read_loops(loops[name]) for name in (one, two)]
            if any(calls.probability.isna().any() for calls in tables):
                log.info("%s and %s have no probabilities and are not compared", one, two)
                continue
            for row in compare(*tables, cutoffs=cutoffs, seed=seed):
                rows.append({"cell": cell, "sample1": one, "sample2": two, **row})
                log.info("%s and %s at %g: %d and %d loops, %d in both, Jaccard %.4f; by highest"
                         " counts %.4f", one, two, *(row[key] for key in (
                             "cutoff", "called1", "called2", "called_both", "jaccard",
                             "jaccard_counts")))  # fmt: skip
    write_table(pd.DataFrame(rows, columns=COLUMNS), table)


def compare(one: pd.DataFrame, two: pd.DataFrame, *, cutoffs: list[float], seed: int) -> list[dict]:
    """Rows of the table for two replicates.

    `jaccard` is the Jaccard index of the loops. `jaccard_counts` is that of the same numbers of
    pairs with the highest counts (equal counts in random order), `jaccard_chance` that expected for
    random pairs of bins seen in either replicate. Spearman correlations are over pairs of bins
    seen in both.
    """
    both = one.merge(two, on=PAIR, how="outer", suffixes=("1", "2"))
    seen = both[["count1", "count2"]].notna().all(axis=1)
    together = both[seen]
    common = {
        "seen1": len(one), "seen2": len(two), "seen_both": int(seen.sum()),
        "spearman_count": rank_correlation(together.count1, together.count2),
        "spearman_probability": rank_correlation(together.probability1, together.probability2),
    }  # fmt: skip
    rng = np.random.default_rng(seed)
    counts = [both[f"count{side}"].fillna(0).to_numpy() for side in "12"]
    orders = [np.lexsort((rng.random(len(both)), -count)) for count in counts]
    rows = []
    for cutoff in cutoffs:
        called = [(both[f"probability{side}"] >= cutoff).to_numpy() for side in "12"]
        numbers = [int(mask.sum()) for mask in called]
        highest = [np.zeros(len(both), dtype=bool) for _ in "12"]
        for mask, order, number in zip(highest, orders, numbers, strict=True):
            mask[order[:number]] = True
        expected = numbers[0] * numbers[1] / len(both)
        rows.append({
            "cutoff": cutoff, **common, "called1": numbers[0], "called2": numbers[1],
            "called_both": int((called[0] & called[1]).sum()), "jaccard": jaccard(*called),
            "jaccard_counts": jaccard(*highest),
            "jaccard_chance": expected / max(sum(numbers) - expected, 1),
        })  # fmt: skip
    return rows


def jaccard(one: np.ndarray, two: np.ndarray) -> float:
    """Jaccard index of two masks; NaN if both are empty."""
    either = (one | two).sum()
    return float((one & two).sum() / either) if either else np.nan


def rank_correlation(one: pd.Series, two: pd.Series) -> float:
    """Spearman correlation; NaN for fewer than three values or constant ones."""
    if len(one) < 3 or one.nunique() < 2 or two.nunique() < 2:
        return np.nan
    return float(one.corr(two, method="spearman"))


if __name__ == "__main__":
    run_script(main, snakemake)
