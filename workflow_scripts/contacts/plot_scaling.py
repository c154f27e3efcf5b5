"""Figure: contacts by distance of every sample, and the strand orientations of its pairs."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SINGLE,
    SKY,
    STYLE,
    VERMILION,
    Drawing,
    plt,
)

COLORS = [BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK]
LINES = ["-", "--", ":", "-."]
STRANDS = [("+-", "+− inward", BLUE, "-"), ("-+", "−+ outward", VERMILION, "-"),
           ("++", "++", GREEN, "--"), ("--", "−−", ORANGE, ":")]  # fmt: skip
LEAST = 20  # minimum number of pairs in a bin for a ratio to be drawn
SHORTEST = 100  # bp
COLUMNS = 4


def main(scaling: str, quality: str) -> Drawing:
    """Draw P(s) of all samples in one panel, and a panel per sample with pairs below it.

    `scaling` has a row per sample and distance bin, `quality` the distance of convergence.
    """
    text = {"sample": str, "cell": str}
    table = pd.read_csv(scaling, sep="\t", dtype=text)
    table = table[(table.distance_from >= SHORTEST) & (table.contacts > 0)]
    meets = pd.read_csv(quality, sep="\t", dtype=text).set_index("sample").convergence
    table["distance"] = np.sqrt(table.distance_from * table.distance_to)
    paired = list(dict.fromkeys(table["sample"][table.source == "pairs"]))
    rows = -(-len(paired) // COLUMNS)
    plt.rcParams.update(STYLE)
    columns = min(max(len(paired), 1), COLUMNS)
    figure = plt.figure(figsize=(max(SINGLE + 0.8, 0.8 + 1.6 * columns), 2.7 + 1.6 * rows))
    grid = figure.add_gridspec(1 + rows, columns, height_ratios=[1.6] + [1] * rows)
    draw_scaling(figure.add_subplot(grid[0, :]), table)
    first = None
    for number, sample in enumerate(paired):
        axes = figure.add_subplot(
            grid[1 + number // COLUMNS, number % COLUMNS], sharex=first, sharey=first
        )
        first = first or axes
        draw_strands(axes, table[table["sample"] == sample], meets[sample], named=number == 0)
        axes.set_title(sample)
        if number % COLUMNS == 0:
            axes.set_ylabel("Pairs over mean\nof orientations")
        if number + COLUMNS >= len(paired):
            axes.set_xlabel("Distance, bp")
    if first:
        figure.legend(*first.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure, table


def draw_scaling(axes, table: pd.DataFrame) -> None:
    """Draw P(s) of each sample; colors show cells, line styles replicates."""
    for place, (_, part) in enumerate(table.groupby("cell", sort=False)):
        color = COLORS[place % len(COLORS)]
        for number, (sample, curve) in enumerate(part.groupby("sample", sort=False)):
            axes.plot(
                curve.distance, curve.p, linewidth=1.2, label=sample,
                color=color, linestyle=LINES[number % len(LINES)],
                marker="" if curve.source.iloc[0] == "pairs" else ".", markersize=4,
            )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="Distance, bp")
    axes.set_ylabel("P(s): share of cis contacts\nper pair of bases")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def draw_strands(axes, curve: pd.DataFrame, meets: float, *, named: bool) -> None:
    """Pairs of each orientation over the mean of the four, by distance."""
    curve = curve[curve.contacts >= LEAST]
    mean = curve[[column for column, *_ in STRANDS]].mean(axis=1)
    for column, name, color, line in STRANDS:
        axes.plot(curve.distance, curve[column] / mean, color=color, linestyle=line, linewidth=1,
                  label=name if named else None)  # fmt: skip
    if meets > SHORTEST:
        axes.axvline(meets, color=GRAY, linewidth=0.8, linestyle=":")
    axes.axhline(1, color=GRAY, linewidth=0.6, zorder=0)
    axes.set(xscale="log", ylim=(0, 4), yticks=range(5))
