"""Correlation of predicted and measured maps by distance, for all models."""

from collections.abc import Sequence

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    GRAY,
    SINGLE,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.figures.style import (
    MODELS,
    REFITTED_NOTE,
    model_label,
    trained_on,
)


def figure_table(
    scores: pd.DataFrame, min_distance: int = 0, refitted: Sequence[str] = ()
) -> pd.DataFrame:
    """Mean, sd and range of log_r over seeds, from `min_distance` (bp) on.

    Columns sample, model, distance_kb, log_r, sd, low, high, seeds, and trained_on (the splits of
    the final fit).
    """
    scores = scores[scores.distance >= min_distance]
    grouped = scores.groupby(["sample", "model", "distance"]).log_r
    table = grouped.agg(log_r="mean", sd="std", low="min", high="max", seeds="count").reset_index()
    table.insert(2, "distance_kb", table.pop("distance") / 1000)
    return table.assign(trained_on=[trained_on(model, refitted) for model in table.model])


def draw_controls(axes, rows: pd.DataFrame) -> None:
    """Draw the range of all shuffled controls of one cell as a band."""
    band = rows.groupby("distance_kb").agg(low=("low", "min"), high=("high", "max")).reset_index()
    number = rows.groupby("model").seeds.max().sum()
    axes.fill_between(band.distance_kb, band.low, band.high, color=GRAY, alpha=0.3, linewidth=0,
                      label=f"Shuffled bins\n(range of {number} controls)")  # fmt: skip


def main(
    scores: str, *, cells: list[str], min_distance: int, refitted: Sequence[str] = ()
) -> Drawing:
    """Draw a panel per cell, a line per model with a band of one standard deviation over seeds.

    Distances below `min_distance` (bp) are not shown: the overall score leaves them out, and models
    of pairs are chosen by it. `refitted` are the models whose final fit has the validation data.
    """
    table = figure_table(
        pd.read_csv(scores, sep="\t", dtype={"sample": str}), min_distance, refitted
    )
    figure, panels = new_figure(
        SINGLE * 1.4 if len(cells) == 1 else DOUBLE, 3.0, ncols=len(cells), squeeze=False,
        sharey=True,
    )  # fmt: skip
    is_control = table.model.map(MODELS.is_control).astype(bool)
    models = MODELS.sort(table.model[~is_control].unique())
    for cell, axes in zip(cells, panels[0], strict=True):
        of_cell = table["sample"] == cell
        for model in models:
            line = table[of_cell & (table.model == model)]
            axes.plot(line.distance_kb, line.log_r, color=MODELS.color(model), linewidth=1.2,
                      label=model_label(model, refitted))  # fmt: skip
            sd = line.sd.fillna(0)
            axes.fill_between(line.distance_kb, line.log_r - sd, line.log_r + sd, alpha=0.2,
                              color=MODELS.color(model), linewidth=0)  # fmt: skip
        if (of_cell & is_control).any():
            draw_controls(axes, table[of_cell & is_control])
        axes.axhline(0, color=BLACK, linewidth=0.6, zorder=0)
        axes.set(xlabel="Distance (kb)", xlim=(min_distance / 1000, None))
        axes.set_title(cell, loc="left")
    panels[0, 0].set_ylabel("Pearson correlation, log O/E")
    note = REFITTED_NOTE.replace(" on ", "\non ") if set(models) & set(refitted) else None
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center", title=note,
                  title_fontsize=7, alignment="left")  # fmt: skip
    return figure, table
