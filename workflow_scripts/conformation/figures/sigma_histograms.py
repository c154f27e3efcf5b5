"""Histograms of σ over groups of bins, for Figures 2c and S1."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK
from workflow_scripts.conformation.evaluation.scores import MODE_BINS


def read_sigma(paths: dict[int, str], annotation: str) -> pd.DataFrame:
    """σ of all bins and seeds with the annotation of the bin: seed, sigma, active, state."""
    known = pd.read_csv(
        annotation, sep="\t", dtype={"chrom": str, "active": str, "state": str},
        usecols=["chrom", "start", "active", "state"],
    )  # fmt: skip
    tables = {
        seed: pd.read_csv(path, sep="\t", dtype={"chrom": str}, usecols=["chrom", "start", "sigma"])
        for seed, path in paths.items()
    }
    table = pd.concat(tables, names=["seed"]).reset_index("seed")
    return table.merge(known, on=["chrom", "start"], how="left", validate="many_to_one")


def histogram_table(groups: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Histograms of σ: columns group, seed, low, high, percent (of the group's bins), n.

    `groups` are rows of `read_sigma`. Bins without σ are excluded, and groups without bins have no
    rows.
    """
    rows = []
    for group, table in groups.items():
        for seed, values in table[table.sigma.notna()].groupby("seed").sigma:
            counts, edges = np.histogram(values, bins=MODE_BINS, range=(0, 1))
            rows += [
                (group, seed, low, high, 100 * count / len(values), len(values))
                for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
            ]
    return pd.DataFrame(rows, columns=["group", "seed", "low", "high", "percent", "n"])


def draw_histogram(axes, rows: pd.DataFrame, color: str, title: str) -> None:
    """Draw one group: bars for the mean over seeds, thin lines for the seeds."""
    mean = rows.groupby("low").percent.mean()
    width = 1 / MODE_BINS
    axes.bar(mean.index, mean, width, align="edge", color=color, edgecolor="white", linewidth=0.3)
    seeds = rows.seed.unique()
    for seed in seeds if len(seeds) > 1 else []:
        line = rows[rows.seed == seed]
        axes.stairs(line.percent, [*line.low, 1.0], color=BLACK, linewidth=0.4, alpha=0.6)
    number = int(rows.groupby("seed").n.first().median())
    axes.set_title(f"{title}\n{number:,} bins", loc="left")
    axes.set(xlim=(0, 1), xlabel="σ")
