"""Figure 2d: σ along a region of the test split, from the profiles and from the map."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.data.splits import figure_bins

LINES = {"sigma": ("from the profiles (forward network)", BLACK, 0.7),
         "backward": ("from the map (backward network)", VERMILION, 1.3),
         "smoothed": ("from the profiles, smoothed", BLUE, 1.3)}  # fmt: skip
BINS_PER_ROW = 260


def main(sigma: str, *, region: str, max_region_length: int, window: int) -> Drawing:
    """Draw the three tracks of one seed, with at most `BINS_PER_ROW` bins per panel."""
    table = pd.read_csv(sigma, sep="\t", dtype={"chrom": str})
    bins = figure_bins(table, region, max_region_length=max_region_length, flank=window)
    table = table.iloc[bins][["chrom", "start", "end", *LINES]]
    pieces = np.array_split(np.arange(len(table)), -(-len(table) // BINS_PER_ROW))
    rows = [table.iloc[piece] for piece in pieces]
    figure, panels = new_figure(
        DOUBLE, 0.6 + 1.25 * len(rows), nrows=len(rows), sharey=True, squeeze=False
    )
    for axes, row in zip(panels[:, 0], rows, strict=True):
        middle = (row.start + row.end) / 2e6
        for name, (text, color, width) in LINES.items():
            axes.plot(middle, row[name], color=color, linewidth=width, label=text)
        axes.set(ylim=(-0.03, 1.03), xlim=(row.start.iloc[0] / 1e6, row.end.iloc[-1] / 1e6))
        axes.set_ylabel("σ")
    panels[-1, 0].set_xlabel(f"{table.chrom.iloc[0]} (Mb)")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure, table
