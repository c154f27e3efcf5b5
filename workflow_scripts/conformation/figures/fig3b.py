"""Figure 3b: correlation of the three predictions within windows, along the test split."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    PURPLE,
    SKY,
    VERMILION,
    Drawing,
    new_figure,
)

LINES = {"forward": ("map, from the profiles", VERMILION),
         "backward": ("σ, from the map", SKY),
         "forward_from_backward": ("map, from backward σ", PURPLE)}  # fmt: skip


def figure_table(tracks: pd.DataFrame) -> pd.DataFrame:
    """Mean, minimum and maximum over seeds: model, chrom, position (bp), r, low, high, seeds."""
    rows = tracks[tracks.model.isin(LINES)]
    grouped = rows.groupby(["model", "chrom", "position"], sort=False).window_r
    return grouped.agg(r="mean", low="min", high="max", seeds="count").reset_index()


def draw_track(axes, rows: pd.DataFrame, color: str, text: str) -> None:
    """Draw the mean and the range of the seeds; lines are interrupted where windows are missing."""
    step = rows.position.diff().min()
    rows = rows.assign(run=(rows.position.diff() > step).cumsum())
    for number, run in rows.groupby("run"):
        middle = run.position / 1e6
        axes.plot(middle, run.r, color=color, linewidth=1.2, label=None if number else text)
        axes.fill_between(middle, run.low, run.high, color=color, alpha=0.2, linewidth=0)


def main(tracks: str, metrics: str, *, cell: str) -> Drawing:
    """Draw a panel per chromosome of the test split."""
    table = figure_table(pd.read_csv(tracks, sep="\t", dtype={"chrom": str}))
    chromosomes = list(table.chrom.unique())
    spans = table.groupby("chrom").position.agg(np.ptp)[chromosomes]
    figure, panels = new_figure(
        DOUBLE, 2.6, ncols=len(chromosomes), sharey=True, squeeze=False,
        width_ratios=np.maximum(spans, 0.15 * spans.max()),
    )  # fmt: skip
    for axes, chrom in zip(panels[0], chromosomes, strict=True):
        for model, (text, color) in LINES.items():
            rows = table[(table.chrom == chrom) & (table.model == model)]
            if len(rows):
                draw_track(axes, rows, color, text)
        axes.axhline(0, color=BLACK, linewidth=0.6, linestyle=":")
        axes.set_xlabel(f"Center of the window, {chrom} (Mb)")
    panels[0, 0].set_ylabel("Correlation within window")
    scores = read_metrics(metrics)
    found = scores[(scores["sample"] == cell) & (scores.metric == "discrepancy_r")]
    suffix = f" (discrepancies of map and σ: r = {found.value.mean():.2f})" if len(found) else ""
    panels[0, 0].set_title(f"{cell}{suffix}", loc="left")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure, table
