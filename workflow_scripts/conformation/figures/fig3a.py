"""Figure 3a, a scheme: the three predictions, what each is compared with, and how it comes out."""

import pandas as pd
from matplotlib.patches import FancyBboxPatch

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    ORANGE,
    Drawing,
    new_figure,
)

COLOURS = {"profiles": GREY, "sigma": BLUE, "map": GREEN}
# Each prediction: its steps (kind, text), what it is compared with, and where the score stands
LANES = (
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
    """Score of each prediction on the test part: sample, prediction, compared, r, sd, seeds."""
    rows = []
    test = metrics[metrics.split == "test"]
    for name, steps, (_, other), (model, metric) in LANES:
        chosen = test[(test.model == model) & (test.metric == metric)]
        for sample, values in chosen.groupby("sample").value:
            rows.append((sample, name, f"{steps[-1][1]} with {other}", values.mean(), values.std(),
                         len(values)))  # fmt: skip
    return pd.DataFrame(rows, columns=["sample", "prediction", "compared", "r", "sd", "seeds"])


def draw_box(axes, x: float, y: float, kind: str, text: str, *, solid: bool = True) -> None:
    """Draw a box; what is measured or fitted is dashed where it is only compared with."""
    axes.add_patch(
        FancyBboxPatch((x - 0.42, y - 0.22), 0.84, 0.44, boxstyle="round,pad=0.02",
                       facecolor=COLOURS[kind] if solid else "white", edgecolor=COLOURS[kind],
                       alpha=0.85, linestyle="-" if solid else "--")
    )  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=7, color="white" if solid else BLACK)


def main(metrics: str, *, cell: str) -> Drawing:
    """Draw a lane per prediction; the scores are those of one cell, the table has all."""
    table = figure_table(read_metrics(metrics))
    mine = table[table["sample"] == cell].set_index("prediction").r
    figure, axes = new_figure(DOUBLE, 2.5)
    for number, (name, steps, (kind, other), _) in enumerate(LANES):
        y = -float(number)
        axes.text(-0.55, y, f"{number + 1}", fontsize=9, fontweight="bold", va="center")
        for place, (step, text) in enumerate(steps):
            x = 1.6 * place
            draw_box(axes, x, y, step, text)
            if place:
                axes.annotate("", (x - 0.46, y), (x - 1.14, y),
                              arrowprops={"arrowstyle": "-|>", "color": ORANGE})  # fmt: skip
                axes.text(x - 0.8, y + 0.06, ARROWS[steps[place - 1][0], step], ha="center",
                          va="bottom", fontsize=6)  # fmt: skip
        x = 1.6 * (len(steps) - 1)
        both = {"arrowstyle": "<|-|>", "color": GREY}
        axes.annotate("", (5.18, y), (x + 0.46, y), arrowprops=both)
        score = f", r = {mine[name]:.2f}" if name in mine.index else ""
        axes.text((5.18 + x + 0.46) / 2, y + 0.06, f"compared{score}", ha="center",
                  va="bottom", fontsize=7)  # fmt: skip
        draw_box(axes, 5.6, y, kind, other, solid=False)
    axes.set(xlim=(-0.65, 6.1), ylim=(-2.4, 0.5))
    axes.set_axis_off()
    return figure, table
