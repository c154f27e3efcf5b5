"""Figure 2: layers of the sequence models, as they were trained."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    GREEN,
    ORANGE,
    SINGLE,
    Drawing,
    new_figure,
)
from workflow_scripts.enhancement.figures.layer_drawing import draw_column, folded, single_steps
from workflow_scripts.enhancement.figures.style import in_order, label

WIDE = 2.2  # inches of a column


def main(layers: str) -> Drawing:
    """Draw a column of boxes per sequence model; equal steps in a row are one box."""
    table = pd.read_csv(layers, sep="\t", keep_default_na=False)
    table = table[table.network.str.startswith("sequence_")]
    drawn = {
        model: single_steps(table[table.network == model])
        for model in in_order(dict.fromkeys(table.network))
    }
    # a control has the layers of the model that it is a control of
    models = [
        model
        for number, model in enumerate(drawn)
        if drawn[model] not in list(drawn.values())[:number]
    ]
    columns = [folded(drawn[model]) for model in models]
    figure, axes = new_figure(max(SINGLE, 0.2 + (WIDE + 0.15) * len(models)), 4)
    lowest = 0.0
    for number, (model, steps) in enumerate(zip(models, columns, strict=True)):
        end = draw_column(axes, steps, x=(WIDE + 0.15) * number, width=WIDE, top=0,
                          title=label(model), tone=(ORANGE, BLUE, GREEN)[number % 3],
                          letters=42)  # fmt: skip
        lowest = min(lowest, end)
    axes.set(xlim=(-0.05, (WIDE + 0.15) * len(models)), ylim=(lowest, 0.05))
    axes.set_axis_off()
    figure.set_size_inches(figure.get_figwidth(), 0.15 - lowest)
    return figure, table
