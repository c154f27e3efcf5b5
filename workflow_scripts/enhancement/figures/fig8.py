"""Figure 8: loss and validation scores of the hybrids by epoch."""

import math

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing, new_figure
from workflow_scripts.enhancement.figures.histories import (
    draw_curve,
    integer_epochs,
    read_histories,
    score_label,
    scores_of,
)
from workflow_scripts.enhancement.figures.style import color, in_order, label

STYLES = {"hybrid": "-", "hybrid_preheated": "--", "hybrid_frozen": ":"}


def main(histories: dict[tuple[str, int], str]) -> Drawing:
    """Draw a panel per score and a line per variant; `histories` by model and seed."""
    table = read_histories(histories)
    scores, models = scores_of(table), in_order(dict.fromkeys(table.model))
    columns = min(4, max(1, len(scores)))
    lines = math.ceil(len(scores) / columns)
    figure, grid = new_figure(DOUBLE, 0.4 + 1.5 * lines, nrows=lines, ncols=columns, squeeze=False)
    for number, axes in enumerate(grid.ravel()):
        if number >= len(scores):
            axes.set_axis_off()
            continue
        for model in models:
            draw_curve(axes, table[table.model == model], scores[number], color=color(model),
                        style=STYLES.get(model, "-"), name=label(model))  # fmt: skip
        suffix = ", validation" if scores[number].startswith("valid") else ", training"
        axes.set_title(score_label(scores[number]) + suffix, loc="left", fontsize=7)
        axes.set_xlabel("Epoch")
        axes.set_xlim(left=0.5)
        integer_epochs(axes)
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure, table
