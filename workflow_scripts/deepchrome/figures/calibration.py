"""Calibration: observed fraction of high genes by predicted probability."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import GRAY, SINGLE, Drawing, new_figure
from workflow_scripts.deepchrome.figures.style import add_legend, cell_colors

GROUPS = 10


def calibration_table(genes: pd.DataFrame, groups: int = GROUPS) -> pd.DataFrame:
    """Bin test genes into equal groups by predicted probability, per seed; average over seeds.

    `genes` has seed, label and score. Columns: group (1-based), predicted, observed, n (genes).
    """
    rank = genes.groupby("seed").score.rank(method="first") - 1
    size = genes.groupby("seed").score.transform("size")
    group = np.floor(groups * rank / size).astype(int) + 1
    by_seed = genes.groupby([genes.seed, group.rename("group")]).agg(
        predicted=("score", "mean"), observed=("label", "mean"), n=("label", "size")
    )
    return by_seed.groupby("group").mean().reset_index()


def main(predictions: list[str], *, cells: list[str]) -> Drawing:
    """Draw a line per cell type; perfectly calibrated predictions lie on the diagonal."""
    tables = {}
    for cell, path in zip(cells, predictions, strict=True):
        genes = pd.read_csv(path, sep="\t", usecols=["seed", "split", "label", "score"])
        tables[cell] = calibration_table(genes[genes.split == "test"])
    table = pd.concat(tables, names=["cell"]).reset_index("cell").reset_index(drop=True)
    figure, axes = new_figure(SINGLE, 3.6)
    colors = cell_colors(cells)
    axes.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8, linestyle=":")
    for cell, line in table.groupby("cell", sort=False):
        axes.plot(line.predicted, line.observed, ".-", color=colors[cell], linewidth=1.1)
    axes.set(
        xlabel="Predicted probability of high expression", ylabel="Observed fraction of high genes"
    )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.set_box_aspect(1)
    add_legend(figure, cells)
    return figure, table
