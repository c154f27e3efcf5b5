"""Figure 3a (schematic): the three predictions, their references and correlations."""

import pandas as pd
from matplotlib.patches import FancyBboxPatch

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    Drawing,
    new_figure,
)

COLORS = {"profiles": GRAY, "sigma": BLUE, "map": GREEN}
# Each prediction: name, steps (kind, text), reference (kind, text) and score (model, metric)
PREDICTIONS = (
    ("forward", [("profiles", "profiles"), ("sigma", "σ"), ("map", "predicted map")],
     ("map", "measured map"), ("forward", "map_r")),
    ("backward", [("map", "measured map"), ("sigma", "predicted σ")],
     ("sigma", "σ"), ("backward", "backward_map_r")),
    ("backward, forward", [("map", "measured map"), ("sigma", "predicted σ"),
                           ("map", "predicted map")],
     ("map", "measured map"), ("forward_from_backward", "map_r")),
)  # fmt: skip
ARROWS = {("profiles", "sigma"): "filter", ("sigma", "map"): "forward\nnetwork",
          ("map", "sigma"): "backward\nnetwork"}  # fmt: skip


def figure_table(metrics: pd.DataFrame) -> pd.DataFrame:
    """Score of each prediction on the test split: sample, prediction, compared, r, sd, seeds."""
    rows = []
    test = metrics[metrics.split == "test"]
    for name, steps, (_, reference), (model, metric) in PREDICTIONS:
        chosen = test[(test.model == model) & (test.metric == metric)]
        for sample, values in chosen.groupby("sample").value:
            compared = f"{steps[-1][1]} with {reference}"
            rows.append((sample, name, compared, values.mean(), values.std(), len(values)))
    return pd.DataFrame(rows, columns=["sample", "prediction", "compared", "r", "sd", "seeds"])


def draw_box(axes, x: float, y: float, kind: str, text: str, *, filled: bool = True) -> None:
    """Draw a box; references are not filled and have dashed edges."""
    axes.add_patch(
        FancyBboxPatch((x - 0.42, y - 0.22), 0.84, 0.44, boxstyle="round,pad=0.02",
                       facecolor=COLORS[kind] if filled else "white", edgecolor=COLORS[kind],
                       alpha=0.85, linestyle="-" if filled else "--")
    )  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=7, color="white" if filled else BLACK)


def main(metrics: str, *, cell: str) -> Drawing:
    """Draw a row per prediction with the scores of one cell; the table has all cells."""
    table = figure_table(read_metrics(metrics))
    of_cell = table[table["sample"] == cell].set_index("prediction").r
    figure, axes = new_figure(DOUBLE, 2.5)
    for number, (name, steps, (kind, reference), _) in enumerate(PREDICTIONS):
        y = -float(number)
        axes.text(-0.55, y, f"{number + 1}", fontsize=9, fontweight="bold", va="center")
        for index, (step, text) in enumerate(steps):
            x = 1.6 * index
            draw_box(axes, x, y, step, text)
            if index:
                axes.annotate("", (x - 0.46, y), (x - 1.14, y),
                              arrowprops={"arrowstyle": "-|>", "color": ORANGE})  # fmt: skip
                axes.text(x - 0.8, y + 0.06, ARROWS[steps[index - 1][0], step], ha="center",
                          va="bottom", fontsize=6)  # fmt: skip
        x = 1.6 * (len(steps) - 1)
        double_arrow = {"arrowstyle": "<|-|>", "color": GRAY}
        axes.annotate("", (5.18, y), (x + 0.46, y), arrowprops=double_arrow)
        score = f", r = {of_cell[name]:.2f}" if name in of_cell.index else ""
        axes.text((5.18 + x + 0.46) / 2, y + 0.06, f"compared{score}", ha="center",
                  va="bottom", fontsize=7)  # fmt: skip
        draw_box(axes, 5.6, y, kind, reference, filled=False)
    axes.set(xlim=(-0.65, 6.1), ylim=(-2.4, 0.5))
    axes.set_axis_off()
    return figure, table
