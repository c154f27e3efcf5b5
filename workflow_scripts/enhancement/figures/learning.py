"""Training loss and validation score of every network by epoch."""

from workflow_scripts.chromaloom.plot.style import BLUE, DOUBLE, GREEN, Drawing, new_figure
from workflow_scripts.enhancement.figures.histories import (
    draw_curve,
    integer_epochs,
    read_histories,
    score_label,
    scores_of,
)
from workflow_scripts.enhancement.figures.style import in_order, label


def main(histories: dict[tuple[str, int], str]) -> Drawing:
    """Draw two panels per model, the loss and the first validation score; `histories` by run."""
    table = read_histories(histories)
    models = in_order(dict.fromkeys(table.model))
    columns = min(5, len(models))
    blocks = -(-len(models) // columns)
    figure, grid = new_figure(
        DOUBLE, 0.2 + 2.4 * blocks, nrows=2 * blocks, ncols=columns, squeeze=False
    )
    for number in range(blocks * columns):
        pair = grid[2 * (number // columns) : 2 * (number // columns) + 2, number % columns]
        if number >= len(models):
            for axes in pair:
                axes.set_axis_off()
            continue
        rows = table[table.model == models[number]]
        scores = scores_of(rows)
        valid = [name for name in scores if name.startswith("valid")]
        draw_curve(pair[0], rows, "loss", color=BLUE)
        pair[0].set_title(label(models[number]).replace(", ", ",\n"), loc="left")
        if valid:
            draw_curve(pair[1], rows, valid[0], color=GREEN)
            pair[1].set_ylabel(f"{score_label(valid[0])}, validation", fontsize=7)
        pair[0].set_ylabel("Loss", fontsize=7)
        pair[1].set_xlabel("Epoch")
        for axes in pair:
            axes.tick_params(labelsize=6)
            axes.set_xlim(0.5, rows.epoch.max() + 0.5)
            integer_epochs(axes)
    return figure, table
