"""Figure 4b: output of the convolution by position around the TSS, mean over cell types."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GRAY,
    SINGLE,
    Drawing,
    new_figure,
)
from workflow_scripts.deepchrome.figures.fig4a import local_fit


def figure_table(maps: pd.DataFrame) -> pd.DataFrame:
    """Return mean and range over cells at each position, and a local fit of the means."""
    table = maps.groupby("offset").relative.agg(["mean", "min", "max", "size"]).reset_index()
    table = table.rename(columns={"size": "cells"})
    fitted = local_fit(table.offset.to_numpy(float), table["mean"].to_numpy())
    return table.assign(fitted=fitted)


def main(maps: str) -> Drawing:
    """Draw the mean by position, its range over cells and the fitted curve."""
    table = figure_table(pd.read_csv(maps, sep="\t", dtype={"cell": str}))
    figure, axes = new_figure(SINGLE, 2.5)
    cells = int(table.cells.max())
    if cells > 1:
        axes.fill_between(table.offset / 1000, table["min"], table["max"], color=GRAY, alpha=0.25,
                          linewidth=0, label=f"range, {cells} cell types")  # fmt: skip
    axes.plot(table.offset / 1000, table["mean"], "o", color=BLUE, markersize=2.5, label="mean")
    axes.plot(table.offset / 1000, table.fitted, color=BLACK, linewidth=1.2,
              label="local fit")  # fmt: skip
    axes.axvline(0, color=GRAY, linewidth=0.6, linestyle=":")
    axes.set(xlabel="Center of the filter window, kb from the TSS")
    axes.set_ylabel("Convolution output\n(1: mean over positions)")
    figure.legend(loc="outside upper center", ncols=3)
    return figure, table
