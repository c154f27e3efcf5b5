"""Figure 2c: loops of one gene as arcs, and its expression, in every cell with HiChIP."""

import numpy as np
import pandas as pd
from matplotlib.patches import Arc

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    ORANGE,
    VERMILION,
    Drawing,
    new_figure,
)


def draw_arcs(axes, rows: pd.DataFrame, *, edge: float, strongest: float) -> None:
    """Draw an arc from the TSS to each bin (kb), with line width by signal."""
    for found in rows.dropna(subset="value").itertuples():
        far = found.offset / 1000
        height = max(abs(far) / edge, 0.06)
        axes.add_patch(Arc((far / 2, 0), max(abs(far), edge / 100), 2 * height, theta2=180,
                           color=BLUE, linewidth=0.5 + 2.2 * found.value / strongest))  # fmt: skip
    axes.plot([-edge, edge], [0, 0], color=BLACK, linewidth=0.8)
    axes.plot([0, 0], [0, 0.25], color=VERMILION, linewidth=1.4)
    direction = {"+": 1, "-": -1}.get(rows.strand.iloc[0], 0)
    if direction:
        axes.annotate("", (direction * edge / 14, 0.25), (0, 0.25),
                      arrowprops={"arrowstyle": "-|>", "color": VERMILION,
                                  "shrinkA": 0})  # fmt: skip
    axes.set(xlim=(-edge, edge), ylim=(-0.03, 1.05), yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)


def main(table: str) -> Drawing:
    """Draw a row per cell: arcs, and expression as a bar."""
    rows = pd.read_csv(table, sep="\t", dtype={"cell": str, "gene": str}, keep_default_na=False,
                       na_values={"offset": [""], "value": [""]})  # fmt: skip
    cells = list(dict.fromkeys(rows.cell))
    first = rows.iloc[0]
    reach = np.nanmax(np.abs(rows.offset)) / 1000 if rows.offset.notna().any() else 1.0
    edge = max(1.08 * reach, 1.0)
    figure, grid = new_figure(
        DOUBLE, 0.7 + 0.95 * len(cells), nrows=len(cells), ncols=2, squeeze=False, sharex="col",
        width_ratios=[4, 1],
    )  # fmt: skip
    strongest = rows.value.max() if rows.value.notna().any() else 1.0
    levels = rows.drop_duplicates("cell").set_index("cell").expression
    for cell, (arcs, bar) in zip(cells, grid, strict=True):
        own = rows[rows.cell == cell]
        draw_arcs(arcs, own, edge=edge, strongest=strongest)
        number = own.value.notna().sum()
        arcs.set_title(
            f"{cell}: {number} bins, sum of signals {own.loop_sum.iloc[0]:.1f}", loc="left"
        )
        bar.barh([0], [levels[cell]], 0.5, color=ORANGE)
        bar.axvline(0, color=BLACK, linewidth=0.8)
        bar.set(ylim=(-0.6, 0.6), yticks=[])
        bar.spines["left"].set_visible(False)
        bar.set_title(f"{levels[cell]:.2f}".replace("-", "−"), loc="left")
    for axes in grid[:-1].flat:
        axes.tick_params(axis="x", length=0)
    where = f"{first.chrom}:{int(first.tss):,}" if first.chrom else "position unknown"
    grid[-1, 0].set_xlabel(f"Distance from the TSS of {first.gene} ({where}), kb")
    grid[-1, 1].set_xlabel("Expression, log10")
    return figure, rows
