"""Figure 2: layers of the trained sequence models."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    GREEN,
    ORANGE,
    SINGLE,
    Drawing,
    new_figure,
)
from workflow_scripts.enhancement.figures.schematics import draw_layers, fold_steps, layer_steps
from workflow_scripts.enhancement.figures.style import in_order, label

WIDTH = 2.2  # of a column, inches


def main(layers: str) -> Drawing:
    """Draw a column of boxes per sequence model; repeated layers are one box."""
    table = pd.read_csv(layers, sep="\t", keep_default_na=False)
    table = table[table.network.str.startswith("sequence_")]
    drawn = {
        model: layer_steps(table[table.network == model])
        for model in in_order(dict.fromkeys(table.network))
    }
    # a control has the same layers as its model
    models = [
        model
        for number, model in enumerate(drawn)
        if drawn[model] not in list(drawn.values())[:number]
    ]
    columns = [fold_steps(drawn[model]) for model in models]
    figure, axes = new_figure(max(SINGLE, 0.2 + (WIDTH + 0.15) * len(models)), 4)
    lowest = 0.0
    for number, (model, steps) in enumerate(zip(models, columns, strict=True)):
        end = draw_layers(axes, steps, x=(WIDTH + 0.15) * number, width=WIDTH, top=0,
                          title=label(model), color=(ORANGE, BLUE, GREEN)[number % 3],
                          line_length=42)  # fmt: skip
        lowest = min(lowest, end)
    axes.set(xlim=(-0.05, (WIDTH + 0.15) * len(models)), ylim=(lowest, 0.05))
    axes.set_axis_off()
    figure.set_size_inches(figure.get_figwidth(), 0.15 - lowest)
    return figure, table
