"""Scores of all models and controls: correlations on the test split by seed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, GRAY, Drawing, new_figure
from workflow_scripts.conformation.figures.style import (
    MODELS,
    REFITTED_NOTE,
    model_label,
    trained_on,
)

PANELS = {
    "log_map_r": "Averaged map, log O/E,\n{kb:g} kb and more",
    "map_r": "Averaged map, O/E",
    "window_r": "Within a window, O/E\n(mean over windows)",
}


def figure_table(metrics: pd.DataFrame, refitted: Sequence[str] = ()) -> pd.DataFrame:
    """Rows of the metrics shown, by sample, model, shuffled (bool) and seed.

    Column trained_on has the splits of the model's final fit.
    """
    table = metrics[(metrics.split == "test") & metrics.metric.isin(PANELS)]
    control = table.model.map(MODELS.is_control).astype(bool)
    table = table.assign(model=table.model.map(MODELS.base), shuffled=control)
    table["trained_on"] = [trained_on(model, refitted) for model in table.model]
    columns = ["sample", "model", "shuffled", "metric", "seed", "value", "n", "trained_on"]
    return table[columns].sort_values(columns[:5], kind="stable")


def draw_panel(axes, rows: pd.DataFrame, models: list[str], refitted: Sequence[str]) -> None:
    """Draw one metric of one cell: a row per model; its controls are open markers in a band."""
    for row, model in enumerate(models):
        for shuffled, face in ((False, MODELS.color(model)), (True, "white")):
            values = rows.value[(rows.model == model) & (rows.shuffled == shuffled)].to_numpy()
            offsets = np.linspace(-0.18, 0.18, len(values)) if len(values) > 1 else [0.0]
            axes.plot(
                values,
                row + np.array(offsets[: len(values)]),
                MODELS.marker(model),
                markersize=3.2,
                alpha=0.85,
                markerfacecolor=face,
                markeredgecolor=MODELS.color(model),
            )
            if len(values) and not shuffled:
                axes.plot([values.mean()] * 2, [row - 0.4, row + 0.4], color=BLACK,
                          linewidth=0.8, zorder=1)  # fmt: skip
            if len(values) and shuffled:
                axes.fill_betweenx([row - 0.3, row + 0.3], values.min(), values.max(), color=GRAY,
                                   alpha=0.3, linewidth=0, zorder=1)  # fmt: skip
    axes.axvline(0, color=BLACK, linewidth=0.6, linestyle=":")
    axes.set(ylim=(len(models) - 0.5, -0.5))
    axes.set_yticks(range(len(models)), [model_label(model, refitted) for model in models])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", linewidth=0.3)


def main(
    metrics: str, *, cells: list[str], min_distance: int, refitted: Sequence[str] = ()
) -> Drawing:
    """Draw a row of panels per cell, one panel per metric.

    `refitted` are the models whose final fit has the validation data too.
    """
    table = figure_table(read_metrics(metrics), refitted)
    models = MODELS.sort(table.model.unique())
    figure, grid = new_figure(
        DOUBLE, 0.9 + len(cells) * (0.35 + 0.27 * len(models)), nrows=len(cells), ncols=len(PANELS),
        squeeze=False, sharex=True, sharey=True,
    )  # fmt: skip
    for cell, line in zip(cells, grid, strict=True):
        for axes, metric in zip(line, PANELS, strict=True):
            rows = table[(table["sample"] == cell) & (table.metric == metric)]
            draw_panel(axes, rows, models, refitted)
        line[0].set_title(cell, loc="left")
    for axes, title in zip(grid[-1], PANELS.values(), strict=True):
        axes.set_xlabel(title.format(kb=min_distance / 1000))
    figure.suptitle(
        "Pearson correlation with the measured map of the test split; markers: seeds, lines: means"
        + ("; open, with their range: shuffled bins" if table.shuffled.any() else "")
        + (f"\n{REFITTED_NOTE}" if set(models) & set(refitted) else ""),
        fontsize=8,
    )
    return figure, table
