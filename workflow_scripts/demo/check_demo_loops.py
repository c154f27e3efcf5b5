"""Compare the loops called in the demo's HiChIP samples with the planted loops."""

import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.world.loops import REACH

STRONG = 0.5  # minimum strength of a positive loop; the mean of active loops is 1.5
DISTANCES = [0, 20_000, 50_000, 100_000, np.inf]  # bp between the bins, edges of the distance bands
WHOLE = [(0, np.inf), (0, REACH)]
SCORES = ("probability", "count")
COLUMNS = ["sample", "cell", "negatives", "nearest", "farthest", "score", "positive", "unseen",
           "negative", "auc", "average_precision", "called", "precision", "recall"]  # fmt: skip


def main(
    *, calls: dict[str, str], cells: dict[str, str], loops: str | Path, resolution: int,
    cutoff: float, table: str | Path,
) -> None:  # fmt: skip
    """Score the loop calls of each sample against the planted loops of its cell.

    A pair of different bins of one chromosome is positive if it contains a planted loop of strength
    0.5 or more between an enhancer that is active in the cell and a promoter; a positive pair
    without any read counts with a score of 0. Negatives are pairs with reads that contain no
    planted loop of any kind or strength: `all` of them, or those `apart`, which are not adjacent to
    a pair with a planted loop either (adjacent pairs contain contacts of loops near a bin's edge).
    Pairs with other loops (of insulators, weak or inactive ones) are neither.

    Parameters
    ----------
    calls
        Table of each sample (`chrom1 start1 end1 chrom2 start2 end2 count probability`).
    cells
        Cell of each sample.
    loops
        The world's planted loops.
    resolution
        Bin size of the calls in bp.
    cutoff
        Minimum probability of a called pair.
    table
        Output. For each sample, kind of negatives, distance band (bp between bins; 0 to inf is all,
        0 to 150,000 the range of the world's enhancers) and score: number of positive, unseen
        (positive without reads) and negative pairs, ROC AUC, average precision; for the probability
        also the number of called pairs, precision and recall.
    """
    log = logging.getLogger("chromaloom")
    planted, rows = pd.read_csv(loops, sep="\t", keep_default_na=False), []
    for sample, path in calls.items():
        found = pd.read_csv(path, sep="\t", dtype={"chrom1": str, "chrom2": str})
        pairs = judged_pairs(found, planted_pairs(planted, cells[sample], resolution), resolution)
        for negatives, low, high in bands():
            distance = pairs.bins * resolution
            chosen = (distance >= low) & (distance < high)
            if negatives == "apart":
                chosen &= pairs.positive | ~pairs.touching
            first = {"sample": sample, "cell": cells[sample], "negatives": negatives,
                     "nearest": low, "farthest": high}  # fmt: skip
            numbers = {score: summary(pairs[chosen], score, cutoff) for score in SCORES}
            rows += [first | numbers[score] for score in SCORES]
            if (negatives, low, high) == bands()[0]:
                log.info("%s: AUC %.3f by probability, %.3f by counts; %d planted pairs, %d without"
                         " reads", sample, *(numbers[score]["auc"] for score in SCORES),
                         numbers["count"]["positive"], numbers["count"]["unseen"])  # fmt: skip
    with atomic_path(table) as part:
        frame = pd.DataFrame(rows, columns=COLUMNS)
        frame.to_csv(part, sep="\t", index=False, float_format="%.6g", na_rep="")


def bands() -> list[tuple[str, float, float]]:
    """Kinds of negatives, each with all distances (bp) first, then those of loops, then bands."""
    edges = [*WHOLE, *pairwise(DISTANCES)]
    return [(kind, low, high) for kind in ("all", "apart") for low, high in edges]


def planted_pairs(loops: pd.DataFrame, cell: str, resolution: int) -> pd.DataFrame:
    """Pairs of bins that contain planted loops: chrom, bin1, bin2, strength.

    Strength is the strongest of the pair's loops of active enhancers that is 0.5 or more, else 0.
    Loops within one bin are left out.
    """
    bins = [(loops[f"start{side}"] + loops[f"end{side}"]) // 2 // resolution for side in "12"]
    wanted = (loops.kind == "enhancer_promoter") & (loops[cell] >= STRONG)
    table = pd.DataFrame({"chrom": loops.chrom.astype(str), "bin1": bins[0], "bin2": bins[1],
                          "strength": loops[cell].where(wanted, 0.0)})  # fmt: skip
    table = table[table.bin1 != table.bin2]
    return table.groupby(["chrom", "bin1", "bin2"], as_index=False).strength.max()


def judged_pairs(found: pd.DataFrame, planted: pd.DataFrame, resolution: int) -> pd.DataFrame:
    """Observed and planted pairs: bins (distance), count, probability, positive, touching.

    Pairs with a planted loop of strength 0 are left out. `touching` pairs are at most one bin in
    either direction from a pair with a planted loop.
    """
    found = found[(found.chrom1 == found.chrom2) & (found.start1 != found.start2)]
    table = pd.DataFrame({"chrom": found.chrom1, "bin1": found.start1 // resolution,
                          "bin2": found.start2 // resolution, "count": found["count"],
                          "probability": found.probability})  # fmt: skip
    table = table.merge(planted, how="outer", on=["chrom", "bin1", "bin2"])
    steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    near = pd.concat([planted.assign(bin1=planted.bin1 + i, bin2=planted.bin2 + j)
                      for i, j in steps])[["chrom", "bin1", "bin2"]].drop_duplicates()  # fmt: skip
    table = table.merge(near.assign(touching=True), how="left", on=["chrom", "bin1", "bin2"])
    table["touching"] = table.touching.eq(True)
    table["positive"] = table.strength > 0
    table["bins"] = table.bin2 - table.bin1
    table[["count", "probability"]] = table[["count", "probability"]].fillna(0)
    return table[table.strength.isna() | table.positive]


def summary(pairs: pd.DataFrame, score: str, cutoff: float) -> dict:
    """Numbers of one row of the table; undefined values are NaN."""
    truth, value = pairs.positive.to_numpy(), pairs[score].to_numpy()
    row = {"score": score, "positive": truth.sum(), "negative": (~truth).sum(),
           "unseen": (truth & (pairs["count"] == 0)).sum(), "auc": np.nan}  # fmt: skip
    if row["positive"] and row["negative"]:
        row["auc"] = roc_auc_score(truth, value)
        row["average_precision"] = average_precision_score(truth, value)
    if score == "probability" and row["positive"]:
        called = value >= cutoff
        hits = (called & truth).sum()
        row |= {"called": called.sum(), "recall": hits / row["positive"]}
        row["precision"] = hits / called.sum() if called.any() else np.nan
    return row


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        calls=dict(zip(snakemake.params.samples, snakemake.input.calls, strict=True)),
        cells=dict(zip(snakemake.params.samples, snakemake.params.cells, strict=True)),
    )
