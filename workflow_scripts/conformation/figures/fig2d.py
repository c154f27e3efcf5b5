"""Figure 2d: σ along a region of the test part, from the profiles and from the map."""

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
from workflow_scripts.conformation.figures.drawn_region import drawn_bins

LINES = {"sigma": ("from the profiles (forward network)", BLACK, 0.7),
         "backward": ("from the map (backward network)", VERMILION, 1.3),
         "smoothed": ("from the profiles, smoothed", BLUE, 1.3)}  # fmt: skip
PER_ROW = 260  # bins that a row of tracks shows legibly


def main(sigma: str, *, region: str, longest: int, window: int) -> Drawing:
    """Draw the three tracks of one training over each other, in as many rows as they need."""
    table = pd.read_csv(sigma, sep="\t", dtype={"chrom": str})
    bins = drawn_bins(table, region, longest=longest, flank=window)
    table = table.iloc[bins][["chrom", "start", "end", *LINES]]
    pieces = np.array_split(np.arange(len(table)), -(-len(table) // PER_ROW))
    rows = [table.iloc[piece] for piece in pieces]
    figure, panels = new_figure(
        DOUBLE, 0.6 + 1.25 * len(rows), nrows=len(rows), sharey=True, squeeze=False
    )
    for axes, part in zip(panels[:, 0], rows, strict=True):
        middle = (part.start + part.end) / 2e6
        for name, (text, colour, width) in LINES.items():
            axes.plot(middle, part[name], color=colour, linewidth=width, label=text)
        axes.set(ylim=(-0.03, 1.03), xlim=(part.start.iloc[0] / 1e6, part.end.iloc[-1] / 1e6))
        axes.set_ylabel("σ")
    panels[-1, 0].set_xlabel(f"{table.chrom.iloc[0]}, Mb")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure, table
