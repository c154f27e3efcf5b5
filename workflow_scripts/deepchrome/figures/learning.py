"""Learning curves: training loss and validation AUC of the network by epoch."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing, new_figure
from workflow_scripts.deepchrome.figures.style import add_legend, cell_colors


def main(histories: list[str], *, cells: list[str], seeds: list[int]) -> Drawing:
    """Draw a line per network in its cell's color, with a dot at the best validation epoch.

    `histories` lists the histories by cell, then by seed.
    """
    pairs = [(cell, seed) for cell in cells for seed in seeds]
    tables = [pd.read_csv(path, sep="\t") for path in histories]
    table = pd.concat(dict(zip(pairs, tables, strict=True)), names=["cell", "seed"])
    table = table.reset_index(["cell", "seed"]).reset_index(drop=True)
    figure, panels = new_figure(DOUBLE, 2.9, ncols=2)
    colors = cell_colors(cells)
    for (cell, _), line in table.groupby(["cell", "seed"], sort=False):
        best = line[line.best]
        for axes, column in zip(panels, ("loss", "valid_auc"), strict=True):
            axes.plot(line.epoch, line[column], color=colors[cell], linewidth=0.8, alpha=0.8)
            axes.plot(best.epoch, best[column], ".", color=colors[cell], markersize=7, zorder=3)
    for axes, label in zip(panels, ("Training loss (nats)", "Validation ROC AUC"), strict=True):
        axes.set(xlabel="Epoch (dot: best epoch)", ylabel=label)
        axes.set_xlim(left=0)
        axes.locator_params(axis="x", integer=True)
    add_legend(figure, cells)
    return figure, table
