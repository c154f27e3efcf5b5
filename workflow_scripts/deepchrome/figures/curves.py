"""ROC and precision-recall curves of the network on the test genes of every cell type."""

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from workflow_scripts.chromaloom.plot.style import DOUBLE, GRAY, Drawing, new_figure
from workflow_scripts.deepchrome.figures.style import add_legend, cell_colors

GRID = np.linspace(0, 1, 101)


def mean_curves(genes: pd.DataFrame) -> pd.DataFrame:
    """Return both curves of one cell, averaged over seeds at fixed false-positive rate or recall.

    `genes` has seed, label and score of the test genes. Columns: curve (roc, precision_recall), x,
    y. Precision at recall 0 is undefined and omitted.
    """
    curves = {"roc": [], "precision_recall": []}
    for _, rows in genes.groupby("seed"):
        false, true, _ = roc_curve(rows.label, rows.score)
        # the ROC curve starts at 0; np.interp would return the upper end of the step there
        curves["roc"].append(np.where(GRID > 0, np.interp(GRID, false, true), 0))
        precision, recall, _ = precision_recall_curve(rows.label, rows.score)
        curves["precision_recall"].append(np.interp(GRID, recall[::-1], precision[::-1]))
    return pd.concat(
        pd.DataFrame({"curve": name, "x": GRID, "y": np.mean(lines, axis=0)})[
            int(name == "precision_recall") :
        ]
        for name, lines in curves.items()
    )


def main(predictions: list[str], *, cells: list[str]) -> Drawing:
    """Draw both curves, a line per cell type; dotted lines show chance."""
    tables, high = {}, []
    for cell, path in zip(cells, predictions, strict=True):
        genes = pd.read_csv(path, sep="\t", usecols=["seed", "split", "label", "score"])
        genes = genes[genes.split == "test"]
        tables[cell] = mean_curves(genes)
        high.append(genes.label.mean())
    table = pd.concat(tables, names=["cell"]).reset_index("cell").reset_index(drop=True)
    figure, (left, right) = new_figure(DOUBLE, 3.4, ncols=2)
    colors = cell_colors(cells)
    for (cell, curve), line in table.groupby(["cell", "curve"], sort=False):
        axes = left if curve == "roc" else right
        axes.plot(line.x, line.y, color=colors[cell], linewidth=1.1)
    left.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8, linestyle=":")
    right.axhline(np.mean(high), color=GRAY, linewidth=0.8, linestyle=":")
    left.set(xlabel="False-positive rate", ylabel="True-positive rate")
    right.set(xlabel="Recall", ylabel="Precision", ylim=(0, 1.02))
    for axes in (left, right):
        axes.set_box_aspect(1)
    add_legend(figure, cells)
    return figure, table
