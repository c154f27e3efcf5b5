"""Figure 2, a schematic: the layers of the network with the sizes of the config."""

import pandas as pd
from matplotlib.patches import Rectangle

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    SKY,
    Drawing,
    new_figure,
)

COLORS = {"input": GRAY, "convolution": BLUE, "pooling": SKY, "flat": GRAY, "dense": ORANGE,
           "classes": GREEN}  # fmt: skip


def layer_table(
    *,
    n_bins: int,
    n_marks: int,
    filters: int,
    kernel: int,
    pool: int,
    hidden: list[int],
    dropout: float,
) -> pd.DataFrame:
    """Return the layers: layer, kind, length, channels, parameters, what (lines joined by `; `).

    Sizes are those of `build_network`, computed without building the network.
    """
    convolved = n_bins - kernel + 1
    pooled = convolved // pool
    flat = pooled * filters
    rows = [
        ("input", "input", n_bins, n_marks, 0, f"{n_marks} marks; in {n_bins} bins"),
        ("convolution", "convolution", convolved, filters, (n_marks * kernel + 1) * filters,
         f"{filters} filters,; {kernel} bins wide; ReLU"),
        ("pooling", "pooling", pooled, filters, 0, f"maximum of; {pool} positions"),
        ("flat", "flat", flat, 1, 0, f"flattened; dropout {dropout:g}"),
    ]  # fmt: skip
    width = flat
    for number, units in enumerate(hidden, start=1):
        rows.append((f"hidden {number}", "dense", units, 1, (width + 1) * units,
                     f"{units} units; ReLU"))  # fmt: skip
        width = units
    rows.append(("classes", "classes", 2, 1, (width + 1) * 2, "log-softmax; low, high"))
    names = ["layer", "kind", "length", "channels", "parameters", "what"]
    return pd.DataFrame(rows, columns=names)


def draw_layer(axes, x: float, row, *, height: float, width: float) -> None:
    """Draw one layer as a box, height by length and width by channels, with its labels."""
    axes.add_patch(
        Rectangle((x - width / 2, -height / 2), width, height, facecolor=COLORS[row.kind],
                  edgecolor=BLACK, linewidth=0.8, alpha=0.85)
    )  # fmt: skip
    shape = f"{row.length} × {row.channels}" if row.channels > 1 else f"{row.length}"
    axes.text(x, 1.12, f"{row.layer}\n{shape}", ha="center", va="bottom", fontsize=7)
    axes.text(x, -1.12, row.what.replace("; ", "\n"),
              ha="center", va="top", fontsize=6.5)  # fmt: skip
    if row.parameters:
        axes.text(x, -1.95, f"{row.parameters:,}", ha="center", va="top", fontsize=6.5, color=GRAY)


def main(*, sizes: dict) -> Drawing:
    """Draw the layers from left to right, on a square-root scale."""
    table = layer_table(**sizes)
    figure, axes = new_figure(DOUBLE, 2.4)
    longest, widest = table.length.max() ** 0.5, table.channels.max() ** 0.5
    for x, row in enumerate(table.itertuples()):
        width = 0.14 + 0.4 * (row.channels**0.5 / widest if row.channels > 1 else 0)
        draw_layer(axes, x, row, height=2 * row.length**0.5 / longest, width=width)
        if x:
            axes.annotate("", (x - 0.32, 0), (x - 0.62, 0),
                          arrowprops={"arrowstyle": "-|>", "color": BLACK})  # fmt: skip
    axes.text(-0.75, -1.95, "parameters", va="top", ha="left", fontsize=6.5, color=GRAY)
    axes.set(xlim=(-0.8, len(table) - 0.3), ylim=(-2.2, 1.65))
    axes.set_title(f"{table.parameters.sum():,} parameters in total", loc="left")
    axes.set_axis_off()
    return figure, table
