"""Figure 4: how a map comes about: DNA and low resolution, both models, the head."""

import numpy as np
import pandas as pd
from matplotlib.patches import FancyBboxPatch

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
from workflow_scripts.enhancement.figures.style import (
    DIVERGING,
    SEQUENTIAL,
    draw_square,
    label,
    place_of,
    read_maps,
    square,
)

HIGH, SIDE = 3.95, 1.25  # inches: of the figure, of a map
ROWS = {"sequence": 2.85, "image": 0.8, "hybrid": 1.82}  # middles


def scheme_maps(image: pd.DataFrame, sequence: pd.DataFrame, model: str) -> dict[str, tuple]:
    """Maps of the scheme that there are: name → (rows of the window, column, colours)."""
    found = {}
    if len(image):
        rows = image[image.window == image.window.min()]
        for column in ("low", "image", "hybrid", "high"):
            if column in rows and rows[column].notna().any():
                found[column] = (rows, column, SEQUENTIAL)
        place = rows.iloc[0]
        same = sequence[(sequence.chrom == place.chrom) & (sequence.start == place.start)
                        & (sequence["map"] == place["map"])]  # fmt: skip
        if model in same and same[model].notna().any():
            found["sequence"] = (same, model, DIVERGING)
    return found


def main(image: str, sequence: str, layers: str, *, model: str) -> Drawing:
    """Draw the scheme of one test window with its maps; `model` is the hybrid's sequence model."""
    maps = scheme_maps(read_maps(image), read_maps(sequence), model)
    sizes = pd.read_csv(layers, sep="\t", keep_default_na=False)
    counts = sizes.groupby("network").parameters.sum()
    head = sizes[(sizes.network == "hybrid") & (sizes.part == "head")].parameters.sum()
    figure, axes = new_figure(DOUBLE, HIGH)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, DOUBLE), ylim=(0, HIGH))
    axes.set_axis_off()
    rows = maps["low"][0]
    first = rows.iloc[0]
    bins, place = int(rows.j.max()) + 1, place_of(rows)
    length = bins * int(first.resolution)
    box(axes, 0.95, ROWS["sequence"], f"DNA\n{length:,} bp\nA C G T as 0–3", GREY)
    box(axes, 2.75, ROWS["sequence"], text_of(label(model), counts.get(model)), ORANGE)
    box(axes, 2.75, ROWS["image"], text_of("img-to-img, G", counts.get("image")), BLUE)
    box(axes, 5.1, ROWS["hybrid"], text_of("Head: 2 convolutions,\nmade symmetric", head), GREEN,
        wide=1.15)  # fmt: skip
    shown = [
        ("low", 0.95, ROWS["image"], f"Low resolution, {bins} × {bins}"),
        ("sequence", 4.1, ROWS["sequence"], "O/E map"),
        ("image", 4.1, ROWS["image"], "Observed map"),
        ("hybrid", 6.45, ROWS["hybrid"] + 0.9, "Hybrid"),
        ("high", 6.45, ROWS["hybrid"] - 0.95, "Target"),
    ]
    for name, x, y, title in shown:
        thumbnail(figure, maps.get(name), x, y, title)
    half = SIDE / 2
    for x, y, u, v in [
        (1.5, ROWS["sequence"], 2.2, ROWS["sequence"]),
        (0.95 + half, ROWS["image"], 2.2, ROWS["image"]),
        (3.3, ROWS["sequence"], 4.1 - half, ROWS["sequence"]),
        (3.3, ROWS["image"], 4.1 - half, ROWS["image"]),
        (4.1 + half, ROWS["sequence"] - 0.2, 5.05, ROWS["hybrid"] + 0.32),
        (4.1 + half, ROWS["image"] + 0.2, 5.05, ROWS["hybrid"] - 0.32),
        (5.68, ROWS["hybrid"] + 0.1, 6.45 - half, ROWS["hybrid"] + 0.7),
    ]:
        axes.annotate("", (u, v), (x, y), arrowprops={"arrowstyle": "-|>", "color": BLACK,
                                                      "linewidth": 0.8})  # fmt: skip
    axes.annotate("", (6.45, ROWS["hybrid"] - 0.95 + half + 0.2),
                  (6.45, ROWS["hybrid"] + 0.9 - half - 0.03),
                  arrowprops={"arrowstyle": "<|-|>", "color": GREY, "linewidth": 0.8,
                              "linestyle": ":"})  # fmt: skip
    axes.text(0.05, HIGH - 0.12, place, fontsize=7, va="top", color=GREY)
    table = pd.DataFrame(
        [(name, *entry[0].iloc[0][["map", "chrom", "start"]], entry[1]) for name, entry in
         maps.items()], columns=["panel", "map", "chrom", "start", "source"],
    )  # fmt: skip
    return figure, table


def text_of(name: str, parameters) -> str:
    """Name of a network with its parameters, where they are known."""
    return f"{name}\n{int(parameters):,} parameters" if parameters else name


def box(axes, x: float, y: float, text: str, tone: str, wide: float = 1.1) -> None:
    """Draw a rounded box with text around a point."""
    shape = "round,pad=0,rounding_size=0.05"
    axes.add_patch(FancyBboxPatch((x - wide / 2, y - 0.3), wide, 0.6, facecolor=tone, alpha=0.25,
                                  edgecolor=tone, boxstyle=shape))  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=6.2)


def thumbnail(figure, entry: tuple | None, x: float, y: float, title: str) -> None:
    """Draw a map around a point in inches; an empty frame where there is none."""
    panel = figure.add_axes(
        ((x - SIDE / 2) / DOUBLE, (y - SIDE / 2) / HIGH, SIDE / DOUBLE, SIDE / HIGH)
    )
    panel.set_title(title, fontsize=6.5, pad=2)
    panel.set(xticks=[], yticks=[])
    if entry is None:
        panel.text(0.5, 0.5, "not made for\nthis window", ha="center", va="center", fontsize=6,
                   color=GREY, transform=panel.transAxes)  # fmt: skip
        return
    rows, column, colours = entry
    matrix, first = square(rows, column), rows.iloc[0]
    known = matrix[np.isfinite(matrix)]
    limits = tuple(np.quantile(known, [0.02, 0.995]))
    if colours == DIVERGING:
        limits = (-np.abs(limits).max(), np.abs(limits).max())
    draw_square(panel, matrix, start=int(first.start), resolution=int(first.resolution),
                limits=limits, cmap=colours)  # fmt: skip
    panel.set(xticks=[], yticks=[])
