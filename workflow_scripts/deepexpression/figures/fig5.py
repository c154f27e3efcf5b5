"""Figure 5: PCC of models on cells that they were not trained on, with two controls."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    SINGLE,
    Drawing,
    new_figure,
)
from workflow_scripts.deepexpression.evaluation.scores import CROSS
from workflow_scripts.deepexpression.figures.style import method_color, method_label, sort_methods

METRIC, MEAN = "pcc", "other_cells_mean"


def figure_table(metrics: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Mean PCC over seeds by tested cell, model, genes (all or held_out) and trained cell.

    `trained` is empty for the mean prediction of all other cells' models, for the gene's mean
    expression in the other cells, and for rows with genes `own`: the model trained on the tested
    cell, scored on its test genes.
    """
    found = metrics[metrics.metric == METRIC]
    tables = []
    for genes, prefix in CROSS.items():
        trained = found.split.str.extract(rf"^{prefix}_{scheme}_from_(.+)$")[0]
        tables.append(found.assign(genes=genes, trained=trained).dropna(subset="trained"))
        averaged = found[found.split == f"{prefix}_{scheme}"]
        tables.append(averaged.assign(genes=genes, trained=""))
    own = found[found.split == f"test_{scheme}"].assign(trained="")
    across = set(pd.concat(tables).model)
    tables.append(own[own.model.isin(across)].assign(genes="own"))
    tables.append(own[own.model == MEAN].assign(genes="held_out"))
    pooled = metrics[(metrics.metric == f"{METRIC}_pooled") & (metrics.split == f"test_{scheme}")]
    tables.append(pooled[pooled.model == MEAN].assign(genes="all", trained=""))
    table = pd.concat(tables).rename(columns={"sample": "tested"})
    key = ["tested", "model", "genes", "trained"]
    return table.groupby(key, sort=False).value.mean().rename("pcc").reset_index()


def draw_cell(axes, rows: pd.DataFrame, models: list[str]) -> None:
    """Draw two bars per model, for all genes and held-out genes, and a dot for each other cell."""
    for place, model in enumerate(models):
        itself = rows.pcc[(rows.model == model) & (rows.genes == "own")].mean()
        for genes, side in (("all", -0.2), ("held_out", 0.2)):
            own = rows[(rows.model == model) & (rows.genes == genes)]
            if own.empty:
                continue
            whole = own.pcc[own.trained == ""].mean()
            cells = own.pcc[own.trained != ""].to_numpy()
            face = method_color(model) if genes == "all" else "white"
            axes.barh(place + side, whole, 0.33, facecolor=face, edgecolor=method_color(model),
                      linewidth=1.0)  # fmt: skip
            # right of the dots and of the vertical line, too
            right = np.nanmax([whole, *cells, itself, 0]) + 0.015
            axes.text(right, place + side, f"{whole:.2f}", fontsize=6, va="center")
            if len(cells) > 1:
                axes.plot(cells, np.full(len(cells), place + side), ".", color=BLACK, markersize=3)
        axes.plot([itself] * 2, [place - 0.42, place + 0.42], color=BLACK, linewidth=1.4, zorder=3)
    axes.axvline(0, color=BLACK, linewidth=0.6)
    axes.set(ylim=(len(models) - 0.5, -0.5), xlabel="PCC")
    axes.set_yticks(range(len(models)), [method_label(model) for model in models])
    axes.tick_params(axis="y", length=0)


def main(metrics: str, *, scheme: str) -> Drawing:
    """Draw a panel per tested cell."""
    table = figure_table(read_metrics(metrics), scheme)
    cells, models = list(dict.fromkeys(table.tested)), sort_methods(list(set(table.model)))
    across = min(2, len(cells))
    down = -(-len(cells) // across)
    figure, grid = new_figure(
        DOUBLE if across > 1 else SINGLE, 0.75 + down * (0.5 + 0.3 * len(models)), nrows=down,
        ncols=across, squeeze=False, sharex=True, sharey=True,
    )  # fmt: skip
    for axes in grid.flat[len(cells) :]:
        axes.set_visible(False)
    for cell, axes in zip(cells, grid.flat, strict=False):
        draw_cell(axes, table[table.tested == cell], models)
        axes.set_title(f"Tested on {cell}", loc="left")
        axes.tick_params(axis="x", labelbottom=True)
    grid[0, 0].set_xlim(right=1.12 * max(table.pcc.max(), 0.1))
    face = {"edgecolor": BLACK, "linewidth": 1.0}
    handles = [
        grid[0, 0].barh([np.nan], [np.nan], facecolor="#999999", **face),
        grid[0, 0].barh([np.nan], [np.nan], facecolor="white", **face),
        grid[0, 0].plot([], [], "|", color=BLACK, markersize=9, markeredgewidth=1.4)[0],
    ]
    names = ["all genes, as published", "genes not seen in training", "trained on the tested cell"]
    figure.legend(handles, names, loc="outside upper center", ncols=3)
    return figure, table
