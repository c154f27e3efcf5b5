"""Mean signal of every mark in bins around the TSS, one panel per cell."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Drawing,
    new_figure,
)

# Inches of a legend entry: more side by side than the figure has room for would be cut off
ENTRY = 1.05
COLORS = [BLUE, GREEN, ORANGE, VERMILION, PURPLE, SKY, BLACK]


def main(profiles: str) -> Drawing:
    """Draw profiles as enrichment over each sample's mean, which evens out sequencing depth.

    `profiles` has columns sample, cell, target, offset (bp, in the gene's direction) and mean.
    """
    table = pd.read_csv(profiles, sep="\t", dtype={"sample": str, "cell": str, "target": str})
    table["enrichment"] = table["mean"] / table.groupby("sample")["mean"].transform("mean")
    table["kb"] = table.offset / 1000
    cells, targets = list(dict.fromkeys(table.cell)), sorted(set(table.target))
    targets = [t for t in targets if t != "input"] + [t for t in targets if t == "input"]
    columns = min(len(cells), 4)
    rows = -(-len(cells) // columns)
    width = 1.0 + 2.3 * columns
    entries = min(len(targets), int(width / ENTRY))
    lines = -(-len(targets) // entries)
    figure, grid = new_figure(
        width, 0.55 + 0.15 * lines + 1.7 * rows, nrows=rows, ncols=columns, squeeze=False,
        sharex=True, sharey=True,
    )  # fmt: skip
    for axes in grid.flat[len(cells) :]:
        axes.set_axis_off()
    for axes, cell in zip(grid.flat, cells, strict=False):
        for number, target in enumerate(targets):
            color = GRAY if target == "input" else COLORS[number % len(COLORS)]
            for name, profile in table[(table.cell == cell) & (table.target == target)].groupby(
                "sample"
            ):
                first = cell == cells[0] and target not in axes.get_legend_handles_labels()[1]
                axes.plot(profile.kb, profile.enrichment, color=color, linewidth=1,
                          label=target if first else None, gid=str(name))  # fmt: skip
        axes.axvline(0, color=GRAY, linewidth=0.6, linestyle=":")
        axes.set_title(cell)
    figure.supxlabel("Distance from the TSS, kb", fontsize=8)
    figure.supylabel("Signal / mean of the sample", fontsize=8)
    figure.legend(loc="outside upper center", ncols=entries)
    return figure, table
