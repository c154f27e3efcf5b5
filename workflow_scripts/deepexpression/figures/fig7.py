"""Figure 7: PCC of the full model by half-width of the HiChIP window."""

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
from workflow_scripts.deepexpression.figures.style import fold_statistics

STYLES = [(BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (VERMILION, "D"), (PURPLE, "v"), (SKY, "P")]


def figure_table(metrics: pd.DataFrame, scheme: str, half_width: int) -> pd.DataFrame:
    """`fold_statistics` of the full model by half-width (kb); `seq` has half-width 0."""
    table = fold_statistics(metrics, "pcc")
    table = table[table.scheme == scheme]
    width = table.model.str.extract(r"^full_(\d+)kb$")[0].astype(float)
    width = width.mask(table.model == "full", half_width / 1000).mask(table.model == "seq", 0)
    table = table.assign(half_width_kb=width).dropna(subset="half_width_kb")
    table = table[table.cell.isin(table.cell[table.model == "full"])]
    return table.sort_values(["cell", "half_width_kb"], kind="stable")


def main(metrics: str, *, scheme: str, half_width: int) -> Drawing:
    """Draw a line per cell; `half_width` (bp) is that of the full model's window."""
    table = figure_table(read_metrics(metrics), scheme, half_width)
    cells = list(dict.fromkeys(table.cell))
    figure, axes = new_figure(SINGLE, 2.7)
    # cells are offset, so that error bars do not overlap
    offset = 0.012 * table.half_width_kb.max()
    for place, cell in enumerate(cells):
        own = table[table.cell == cell]
        color, marker = STYLES[place % len(STYLES)]
        axes.errorbar(
            own.half_width_kb + (place - (len(cells) - 1) / 2) * offset, own.value, own.sd,
            fmt=f"{marker}-", color=color, markersize=4, linewidth=1, elinewidth=0.9, capsize=2,
            label=cell,
        )  # fmt: skip
    axes.set_xticks(sorted(set(table.half_width_kb)))
    axes.set(xlabel="Half-width of the HiChIP window, kb (0: no HiChIP)")
    axes.set_ylabel("Test PCC, mean ± sd over folds")
    axes.grid(axis="y", linewidth=0.3)
    figure.legend(loc="outside upper center", ncols=min(4, len(cells)))
    return figure, table
