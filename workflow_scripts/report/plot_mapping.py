"""Reads of every sample by fate: kept, duplicates, low mapping quality, not mapped."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    GRAY,
    ORANGE,
    SINGLE,
    SKY,
    Drawing,
    new_figure,
)

# Column of the mapping table, label, color; in the order they are stacked
FATES = [
    ("kept", "kept", BLUE),
    ("duplicates", "duplicates", SKY),
    ("multi", "low mapping quality", ORANGE),
    ("unmapped", "not mapped", GRAY),
]


def main(mapping: str) -> Drawing:
    """Draw one stacked bar per sample, as percentages of all its reads."""
    table = pd.read_csv(mapping, sep="\t", dtype={"sample": str})
    table["unmapped"] = table.total - table.mapped
    figure, axes = new_figure(SINGLE, 0.9 + 0.17 * len(table))
    left = pd.Series(0.0, table.index)
    for column, label, color in FATES:
        share = 100 * table[column] / table.total
        axes.barh(table["sample"], share, left=left, color=color, label=label, height=0.75)
        left += share
    # half a bar above the first and below the last, however many there are
    axes.set(xlim=(0, 100), ylim=(len(table) - 0.4, -0.6), xlabel="Reads, %")
    figure.legend(loc="outside upper center", ncols=2)
    return figure, table
