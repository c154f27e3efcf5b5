"""Figure 4b: mean gradient of contacts with respect to σ, by distance and relative position."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, Drawing, new_figure
from workflow_scripts.conformation.figures.map_drawing import (
    DIVERGING_CMAP,
    abs_quantile,
    add_top_colorbar,
)


def half_bin_image(table: pd.DataFrame, column: str, resolution: int) -> tuple[np.ndarray, list]:
    """Image of a column with one row per distance and steps of half a bin, and its extent (kb).

    The middle of a pair is the center of a bin or a border of two, depending on the distance; steps
    of half a bin represent both.
    """
    rows = [rows for _, rows in table.groupby("distance")]
    step = resolution / 2
    low = min(row.relative.min() for row in rows) - step
    high = max(row.relative.max() for row in rows) + step
    image = np.full((len(rows), round((high - low) / step)), np.nan)
    for number, row in enumerate(rows):
        left = ((row.relative - step - low) / step).round().astype(int).to_numpy()
        image[number, left] = image[number, left + 1] = row[column]
    depth = len(rows) * resolution
    return image, [low / 1e3, high / 1e3, -resolution / 2e3, (depth - resolution / 2) / 1e3]


def draw_image(axes, image: np.ndarray, extent: list, cmap: str, low: float, high: float):
    """Draw one image, with dotted lines at the two bins of the pair."""
    drawn = axes.imshow(image, extent=extent, origin="lower", aspect="auto", cmap=cmap, vmin=low,
                        vmax=high, interpolation="nearest")  # fmt: skip
    depth = extent[3]
    for sign in (-1, 1):
        axes.plot(
            [0, sign * depth / 2],
            [0, depth],
            color=BLACK if low < 0 else "white",
            linewidth=0.7,
            linestyle=":",
        )
    axes.set(xlim=extent[:2], ylim=extent[2:], xlabel="Position of σ relative to the pair (kb)")
    return drawn


def main(distances: str, *, resolution: int) -> Drawing:
    """Draw the mean gradient and the mean squared gradient."""
    table = pd.read_csv(distances, sep="\t")
    figure, (left, right) = new_figure(DOUBLE, 2.9, ncols=2, sharey=True, width_ratios=[1.35, 1])
    mean, extent = half_bin_image(table, "mean", resolution)
    square, _ = half_bin_image(table, "mean_square", resolution)
    limit = abs_quantile(mean)
    for axes, image, cmap, low, high, label in (
        (left, mean, DIVERGING_CMAP, -limit, limit, "Mean ∂(O/E) / ∂σ"),
        (right, square, "viridis", 0, abs_quantile(square), "Mean of (∂(O/E) / ∂σ)²"),
    ):
        drawn = draw_image(axes, image, extent, cmap, low, high)
        add_top_colorbar(figure, drawn, axes, label, aspect=30)
    left.set_ylabel("Distance of the pair (kb)")
    return figure, table
