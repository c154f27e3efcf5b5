"""Figure 8: the hybrid's loss and validation scores by epoch, its head pre-heated or not."""

import math

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing, new_figure
from workflow_scripts.enhancement.figures.histories import (
    draw_course,
    read_histories,
    score_label,
    scores_of,
    whole_epochs,
)
from workflow_scripts.enhancement.figures.style import colour, in_order, label

STYLES = {"hybrid": "-", "hybrid_preheated": "--", "hybrid_frozen": ":"}


def main(histories: dict[tuple[str, int], str]) -> Drawing:
    """Draw a panel per score, a line per variant; `histories` by model and seed."""
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
            draw_course(axes, table[table.model == model], scores[number], tone=colour(model),
                        style=STYLES.get(model, "-"), name=label(model))  # fmt: skip
        more = ", validation" if scores[number].startswith("valid") else ", training"
        axes.set_title(score_label(scores[number]) + more, loc="left", fontsize=7)
        axes.set_xlabel("Epoch")
        axes.set_xlim(left=0.5)
        whole_epochs(axes)
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure, table
