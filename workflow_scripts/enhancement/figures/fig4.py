"""Figure 4: prediction of the hybrid: DNA and low resolution, both models, the head."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    Drawing,
    new_figure,
)
from workflow_scripts.enhancement.figures.schematics import draw_arrow, draw_box, draw_thumbnail
from workflow_scripts.enhancement.figures.style import (
    DIVERGING,
    SEQUENTIAL,
    label,
    read_maps,
    region_text,
)

HEIGHT, SIDE = 3.95, 1.25  # of the figure, of a map (inches)
ROWS = {"sequence": 2.85, "image": 0.8, "hybrid": 1.82}  # centers of the rows


def scheme_maps(
    image: pd.DataFrame, sequence: pd.DataFrame, model: str, image_model: str, hybrid: str
) -> dict[str, tuple]:
    """Maps of the scheme that exist: name → (rows of the window, column, color map)."""
    found = {}
    columns = {"low": "low", "image": image_model, "hybrid": hybrid, "high": "high"}
    if len(image):
        rows = image[image.window == image.window.min()]
        for name, column in columns.items():
            if column in rows and rows[column].notna().any():
                found[name] = (rows, column, SEQUENTIAL)
        first = rows.iloc[0]
        same = sequence[(sequence.chrom == first.chrom) & (sequence.start == first.start)
                        & (sequence["map"] == first["map"])]  # fmt: skip
        if model in same and same[model].notna().any():
            found["sequence"] = (same, model, DIVERGING)
    return found


def main(
    image: str, sequence: str, layers: str, *, model: str, image_model: str, hybrid: str
) -> Drawing:
    """Draw the scheme with the maps of one test window.

    Parameters
    ----------
    image, sequence, layers
        Example maps of both kinds; layers of the networks.
    model, image_model, hybrid
        Sequence and image model that the hybrid joins, and the hybrid.
    """
    maps = scheme_maps(read_maps(image), read_maps(sequence), model, image_model, hybrid)
    sizes = pd.read_csv(layers, sep="\t", keep_default_na=False)
    counts = sizes.groupby("network").parameters.sum()
    head = sizes[(sizes.network == hybrid) & (sizes.part == "head")].parameters.sum()
    figure, axes = new_figure(DOUBLE, HEIGHT)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, DOUBLE), ylim=(0, HEIGHT))
    axes.set_axis_off()
    rows = maps["low"][0]
    first = rows.iloc[0]
    bins, region = int(rows.j.max()) + 1, region_text(rows)
    length = bins * int(first.resolution)
    for x, row, text, color, width in (
        (0.95, "sequence", f"DNA\n{length:,} bp\nA C G T as 0–3", GRAY, 1.1),
        (2.75, "sequence", model_text(label(model), counts.get(model)), ORANGE, 1.1),
        (2.75, "image", model_text(label(image_model), counts.get(image_model)), BLUE, 1.1),
        (5.1, "hybrid", model_text("Head: 2 convolutions,\nsymmetrized", head), GREEN, 1.15),
    ):
        draw_box(axes, x, ROWS[row], text, color, width=width, size=6.2)
    shown = [
        ("low", 0.95, ROWS["image"], f"Low resolution, {bins} × {bins}"),
        ("sequence", 4.1, ROWS["sequence"], "O/E map"),
        ("image", 4.1, ROWS["image"], "Observed map"),
        ("hybrid", 6.45, ROWS["hybrid"] + 0.9, label(hybrid)),
        ("high", 6.45, ROWS["hybrid"] - 0.95, "Target"),
    ]
    for name, x, y, title in shown:
        draw_map(figure, maps.get(name), x, y, title)
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
        draw_arrow(axes, (x, y), (u, v))
    axes.annotate("", (6.45, ROWS["hybrid"] - 0.95 + half + 0.2),
                  (6.45, ROWS["hybrid"] + 0.9 - half - 0.03),
                  arrowprops={"arrowstyle": "<|-|>", "color": GRAY, "linewidth": 0.8,
                              "linestyle": ":"})  # fmt: skip
    axes.text(0.05, HEIGHT - 0.12, region, fontsize=7, va="top", color=GRAY)
    table = pd.DataFrame(
        [(name, *entry[0].iloc[0][["map", "chrom", "start"]], entry[1]) for name, entry in
         maps.items()], columns=["panel", "map", "chrom", "start", "source"],
    )  # fmt: skip
    return figure, table


def model_text(name: str, parameters) -> str:
    """Name of a network with its number of parameters, if known."""
    return f"{name}\n{int(parameters):,} parameters" if parameters else name


def draw_map(figure, entry: tuple | None, x: float, y: float, title: str) -> None:
    """Draw a map at a point in inches; an empty frame with a note if there is none."""
    rows, column, cmap = entry or ([], "", SEQUENTIAL)
    panel = draw_thumbnail(figure, rows, column, x=x, y=y, side=SIDE, height=HEIGHT, title=title,
                           cmap=cmap)  # fmt: skip
    if entry is None:
        panel.text(0.5, 0.5, "not predicted for\nthis window", ha="center", va="center",
                   fontsize=6, color=GRAY, transform=panel.transAxes)  # fmt: skip
