"""Correlation of predicted and measured maps by distance, for all models."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    SINGLE,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.figures.style import MODELS


def figure_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean and sd of log_r over seeds: sample, model, distance_kb, log_r, sd, seeds."""
    grouped = scores.groupby(["sample", "model", "distance"]).log_r
    table = grouped.agg(log_r="mean", sd="std", seeds="count").reset_index()
    table.insert(2, "distance_kb", table.pop("distance") / 1000)
    return table


def main(scores: str, *, cells: list[str], min_distance: int) -> Drawing:
    """Draw a panel per cell, a line per model, with a band of one standard deviation over seeds."""
    table = figure_table(pd.read_csv(scores, sep="\t", dtype={"sample": str}))
    figure, panels = new_figure(
        SINGLE * 1.4 if len(cells) == 1 else DOUBLE, 3.0, ncols=len(cells), squeeze=False,
        sharey=True,
    )  # fmt: skip
    models = MODELS.sort(model for model in table.model.unique() if not MODELS.is_control(model))
    controls = MODELS.sort(model for model in table.model.unique() if MODELS.is_control(model))
    for cell, axes in zip(cells, panels[0], strict=True):
        for model in [*models, *controls]:
            line = table[(table["sample"] == cell) & (table.model == model)]
            control = MODELS.is_control(model)
            axes.plot(line.distance_kb, line.log_r, color=MODELS.color(model),
                      linestyle=":" if control else "-", linewidth=0.6 if control else 1.2,
                      label=None if control else MODELS.label(model))  # fmt: skip
            if not control:
                sd = line.sd.fillna(0)
                axes.fill_between(line.distance_kb, line.log_r - sd, line.log_r + sd, alpha=0.2,
                                  color=MODELS.color(model), linewidth=0)  # fmt: skip
        axes.axhline(0, color=BLACK, linewidth=0.6, zorder=0)
        axes.axvline(min_distance / 1000, color=BLACK, linewidth=0.6, linestyle="--")
        axes.set(xlabel="Distance (kb)", xlim=(0, None))
        axes.set_title(cell, loc="left")
    panels[0, 0].set_ylabel("Pearson correlation, log O/E")
    if controls:
        axes.plot([], [], ":", color=BLACK, linewidth=0.6, label="Shuffled bins")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    return figure, table
