"""Figure 3: training of the image model: its two networks, and all loss terms by epoch."""

import math

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.enhancement.figures.histories import (
    draw_curve,
    integer_epochs,
    read_histories,
    score_label,
    scores_of,
)
from workflow_scripts.enhancement.figures.schematics import draw_layers, fold_steps, layer_steps

WIDTH = 1.75  # of a column of boxes, inches
NETWORKS = {"image": ("Generator G", BLUE), "discriminator": ("Discriminator D", VERMILION)}


def main(layers: str, histories: dict[tuple[str, int], str]) -> Drawing:
    """Draw both networks as columns of boxes, and a panel per loss term and validation score.

    `histories` are those of the image model, by model and seed.
    """
    networks = pd.read_csv(layers, sep="\t", keep_default_na=False)
    table = read_histories(histories)
    scores = scores_of(table)
    columns = {
        name: fold_steps(layer_steps(networks[networks.network == name]))
        for name in NETWORKS if (networks.network == name).any()
    }  # fmt: skip
    left = (WIDTH + 0.12) * max(1, len(columns)) + 0.1
    figure, axes = new_figure(DOUBLE, 4)
    figure.set_layout_engine("none")
    lowest = 0.0
    for number, (name, steps) in enumerate(columns.items()):
        title, color = NETWORKS[name]
        end = draw_layers(axes, steps, x=(WIDTH + 0.12) * number, width=WIDTH, top=0, title=title,
                          color=color, line_length=31)  # fmt: skip
        lowest = min(lowest, end)
    lines = math.ceil(len(scores) / 2)
    high = max(0.2 - lowest, 1.05 * lines + 0.3)
    figure.set_size_inches(DOUBLE, high)
    axes.set(xlim=(-0.05, left), ylim=(0.1 - high, 0.1))
    axes.set_axis_off()
    axes.set_position((0.005, 0, left / DOUBLE, 1))
    pretrained = table[table.phase == "pretrain"].epoch.max() if "phase" in table else math.nan
    gap, wide = 0.55, (DOUBLE - left - 2 * 0.55 - 0.1) / 2
    each = (high - 0.45) / lines
    for number, score in enumerate(scores):
        column, line = number % 2, number // 2
        panel = figure.add_axes(
            ((left + gap + column * (wide + gap)) / DOUBLE,
             (high - 0.22 - (line + 1) * each + 0.32) / high, wide / DOUBLE, (each - 0.38) / high)
        )  # fmt: skip
        color = GREEN if score.startswith("valid") else (
            VERMILION if score == "discriminator" else BLUE)  # fmt: skip
        # terms that are not used in pretraining are 0 there
        is_term = not score.startswith("valid") and score not in ("loss", "pixel")
        shown = table[table.phase == "full"] if is_term and "phase" in table else table
        draw_curve(panel, shown if len(shown) else table, score, color=color)
        if pretrained == pretrained:
            panel.axvline(pretrained + 0.5, color=GRAY, linewidth=0.6, linestyle=":")
        panel.set_title(
            score_label(score) + (", validation" if score.startswith("valid") else ""), loc="left",
            fontsize=7,
        )  # fmt: skip
        panel.tick_params(labelsize=6)
        panel.locator_params(axis="y", nbins=4)
        panel.set_xlim(0.5, table.epoch.max() + 0.5)
        integer_epochs(panel)
        if number >= len(scores) - 2:
            panel.set_xlabel("Epoch", fontsize=7, labelpad=1)
        else:
            panel.tick_params(labelbottom=False)
    return figure, table
