"""Figures 3 and 4: scores of all methods against the number of folds, a panel per cell."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, GRAY, SINGLE, new_figure
from workflow_scripts.deepexpression.figures.style import (
    fold_statistics,
    method_color,
    method_label,
    method_marker,
    scheme_key,
    scheme_label,
    sort_methods,
)

LINES = ("-", "--", ":", "-.")  # line styles of cells


def score_table(metrics: pd.DataFrame, metric: str, models: list[str]) -> pd.DataFrame:
    """Scores of the available methods, ordered by cell, scheme and method."""
    table = fold_statistics(metrics, metric, models)
    order = {model: place for place, model in enumerate(sort_methods(models))}
    ordered = sorted(set(table.scheme), key=scheme_key)
    schemes = {name: place for place, name in enumerate(ordered)}
    cells = {cell: place for place, cell in enumerate(dict.fromkeys(metrics["sample"]))}
    places = table.assign(
        a=table.cell.map(cells), b=table.scheme.map(schemes), c=table.model.map(order)
    )
    return places.sort_values(["a", "b", "c"]).drop(columns=["a", "b", "c"]).reset_index(drop=True)


def draw_methods(axes, rows: pd.DataFrame, schemes: list[str], models: list[str]) -> None:
    """Draw mean ± sd over folds of each method, side by side for each scheme."""
    step = 0.8 / len(models)
    for place, model in enumerate(models):
        own = rows[rows.model == model].set_index("scheme").reindex(schemes)
        at = np.arange(len(schemes)) + (place - (len(models) - 1) / 2) * step
        axes.errorbar(
            at, own.value, own.sd, fmt=method_marker(model), color=method_color(model),
            markersize=4, elinewidth=0.9, capsize=1.5, label=method_label(model),
        )  # fmt: skip
    for edge in range(1, len(schemes)):
        axes.axvline(edge - 0.5, color=GRAY, linewidth=0.3)
    axes.set_xticks(range(len(schemes)), [scheme_label(scheme) for scheme in schemes])
    axes.set_xlim(-0.5, len(schemes) - 0.5)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", linewidth=0.3)


def draw_scores(table: pd.DataFrame, *, title: str, chance: float):
    """Draw a panel per cell; `chance` is the score of random predictions. Returns the figure."""
    cells, schemes = list(dict.fromkeys(table.cell)), list(dict.fromkeys(table.scheme))
    models = sort_methods(list(set(table.model)))
    width = 0.5 + len(schemes) * (0.2 + 0.09 * len(models))
    across = max(1, min(len(cells), int(DOUBLE / max(width, 1.7))))
    down = -(-len(cells) // across)
    figure, grid = new_figure(
        min(DOUBLE, max(SINGLE, across * width)), 0.75 + 1.9 * down, nrows=down, ncols=across,
        squeeze=False, sharey=True,
    )  # fmt: skip
    for axes in grid.flat[len(cells) :]:
        axes.set_visible(False)
    for place, (cell, axes) in enumerate(zip(cells, grid.flat, strict=False)):
        draw_methods(axes, table[table.cell == cell], schemes, models)
        axes.set_title(cell, loc="left")
        if (table.value - table.sd.fillna(0)).min() < chance + 0.08:
            axes.axhline(chance, color=BLACK, linewidth=0.8, linestyle=":")
        if place + across >= len(cells):  # no panel below
            axes.set_xlabel("Number of folds K")
    for axes in grid[:, 0]:
        axes.set_ylabel(title)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    wide = figure.get_size_inches()[0]
    figure.legend(handles, labels, loc="outside upper center", ncols=2 if wide < 5 else 4)
    return figure
