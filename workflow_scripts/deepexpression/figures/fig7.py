"""Figure 7: PCC of the full model against the half-width of the window of HiChIP."""

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SINGLE,
    SKY,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.deepexpression.figures.style import scored

STYLES = [(BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (VERMILION, "D"), (PURPLE, "v"), (SKY, "P")]


def figure_table(metrics: pd.DataFrame, split: str, reach: int) -> pd.DataFrame:
    """Scores of `scored` of the full model by half-width (kb); `seq` is half-width 0."""
    table = scored(metrics, "pcc")
    table = table[table.split == split]
    width = table.model.str.extract(r"^full_(\d+)kb$")[0].astype(float)
    width = width.mask(table.model == "full", reach / 1000).mask(table.model == "seq", 0)
    table = table.assign(half_width_kb=width).dropna(subset="half_width_kb")
    table = table[table.cell.isin(table.cell[table.model == "full"])]
    return table.sort_values(["cell", "half_width_kb"], kind="stable")


def main(metrics: str, *, split: str, reach: int) -> Drawing:
    """Draw a line per cell; `reach` (bp) is the half-width of the full model's window."""
    table = figure_table(read_metrics(metrics), split, reach)
    cells = list(dict.fromkeys(table.cell))
    figure, axes = new_figure(SINGLE, 2.7)
    # moved apart, so that equal values hide no interval
    apart = 0.012 * table.half_width_kb.max()
    for place, cell in enumerate(cells):
        own = table[table.cell == cell]
        tone, mark = STYLES[place % len(STYLES)]
        axes.errorbar(
            own.half_width_kb + (place - (len(cells) - 1) / 2) * apart, own.value, own.sd,
            fmt=f"{mark}-", color=tone, markersize=4, linewidth=1, elinewidth=0.9, capsize=2,
            label=cell,
        )  # fmt: skip
    axes.set_xticks(sorted(set(table.half_width_kb)))
    axes.set(xlabel="Half-width of the window, kb (0: no HiChIP)")
    axes.set_ylabel("Test PCC, mean ± sd over folds")
    axes.grid(axis="y", linewidth=0.3)
    figure.legend(loc="outside upper center", ncols=min(4, len(cells)))
    return figure, table
