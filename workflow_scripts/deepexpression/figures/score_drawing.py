"""Figures 3 and 4: scores of all methods against the number of folds, a panel per cell."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, GREY, SINGLE, new_figure
from workflow_scripts.deepexpression.figures.style import (
    colour,
    in_order,
    label,
    marker,
    scored,
    split_key,
    split_label,
)

LINES = ("-", "--", ":", "-.")  # of cells


def score_table(metrics: pd.DataFrame, metric: str, models: list[str]) -> pd.DataFrame:
    """Scores of the methods that are there, in the order of cells, splits and methods."""
    table = scored(metrics, metric, models)
    order = {model: place for place, model in enumerate(in_order(models))}
    splits = {split: place for place, split in enumerate(sorted(set(table.split), key=split_key))}
    cells = {cell: place for place, cell in enumerate(dict.fromkeys(metrics["sample"]))}
    places = table.assign(
        a=table.cell.map(cells), b=table.split.map(splits), c=table.model.map(order)
    )
    return places.sort_values(["a", "b", "c"]).drop(columns=["a", "b", "c"]).reset_index(drop=True)


def draw_methods(axes, rows: pd.DataFrame, splits: list[str], models: list[str]) -> None:
    """Draw mean ± sd over folds of each method, side by side at each split."""
    step = 0.8 / len(models)
    for place, model in enumerate(models):
        own = rows[rows.model == model].set_index("split").reindex(splits)
        at = np.arange(len(splits)) + (place - (len(models) - 1) / 2) * step
        axes.errorbar(
            at, own.value, own.sd, fmt=marker(model), color=colour(model), markersize=4,
            elinewidth=0.9, capsize=1.5, label=label(model),
        )  # fmt: skip
    for edge in range(1, len(splits)):
        axes.axvline(edge - 0.5, color=GREY, linewidth=0.3)
    axes.set_xticks(range(len(splits)), [split_label(split) for split in splits])
    axes.set_xlim(-0.5, len(splits) - 0.5)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", linewidth=0.3)


def draw_scores(table: pd.DataFrame, *, title: str, chance: float):
    """Draw a panel per cell; `chance` is a score that no knowledge gives. Returns the figure."""
    cells, splits = list(dict.fromkeys(table.cell)), list(dict.fromkeys(table.split))
    models = in_order(list(set(table.model)))
    width = 0.5 + len(splits) * (0.2 + 0.09 * len(models))
    across = max(1, min(len(cells), int(DOUBLE / max(width, 1.7))))
    down = -(-len(cells) // across)
    figure, grid = new_figure(
        min(DOUBLE, max(SINGLE, across * width)), 0.75 + 1.9 * down, nrows=down, ncols=across,
        squeeze=False, sharey=True,
    )  # fmt: skip
    for axes in grid.flat[len(cells) :]:
        axes.set_visible(False)
    for place, (cell, axes) in enumerate(zip(cells, grid.flat, strict=False)):
        draw_methods(axes, table[table.cell == cell], splits, models)
        axes.set_title(cell, loc="left")
        if (table.value - table.sd.fillna(0)).min() < chance + 0.08:
            axes.axhline(chance, color=BLACK, linewidth=0.8, linestyle=":")
        if place + across >= len(cells):  # nothing below
            axes.set_xlabel("Number of folds K")
    for axes in grid[:, 0]:
        axes.set_ylabel(title)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    wide = figure.get_size_inches()[0]
    figure.legend(handles, labels, loc="outside upper center", ncols=2 if wide < 5 else 4)
    return figure
