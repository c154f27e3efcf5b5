"""Figure 4b: mean sensitivity of contacts to σ, by distance and place relative to the pair."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, Drawing, new_figure
from workflow_scripts.conformation.figures.gradient_drawing import add_bar, largest
from workflow_scripts.conformation.figures.map_drawing import DIVERGING


def half_bin_image(table: pd.DataFrame, column: str, resolution: int) -> tuple[np.ndarray, list]:
    """Image of a column, a row per distance, in steps of half a bin; and its extent, kb.

    The middle of a pair lies in a bin or between two, by turns: half bins hold both.
    """
    rows = [rows for _, rows in table.groupby("distance")]
    step = resolution / 2
    low = min(part.relative.min() for part in rows) - step
    high = max(part.relative.max() for part in rows) + step
    image = np.full((len(rows), round((high - low) / step)), np.nan)
    for number, part in enumerate(rows):
        left = ((part.relative - step - low) / step).round().astype(int).to_numpy()
        image[number, left] = image[number, left + 1] = part[column]
    depth = len(rows) * resolution
    return image, [low / 1e3, high / 1e3, -resolution / 2e3, (depth - resolution / 2) / 1e3]


def draw_image(axes, image: np.ndarray, extent: list, cmap: str, low: float, high: float):
    """Draw one image with the places of the pair's two bins."""
    drawn = axes.imshow(image, extent=extent, origin="lower", aspect="auto", cmap=cmap, vmin=low,
                        vmax=high, interpolation="nearest")  # fmt: skip
    deep = extent[3]
    for sign in (-1, 1):
        axes.plot(
            [0, sign * deep / 2],
            [0, deep],
            color=BLACK if low < 0 else "white",
            linewidth=0.7,
            linestyle=":",
        )
    axes.set(xlim=extent[:2], ylim=extent[2:], xlabel="Place of σ from the pair's middle, kb")
    return drawn


def main(distances: str, *, resolution: int) -> Drawing:
    """Draw the mean gradient, and beside it the mean square."""
    table = pd.read_csv(distances, sep="\t")
    figure, (left, right) = new_figure(DOUBLE, 2.9, ncols=2, sharey=True, width_ratios=[1.35, 1])
    mean, extent = half_bin_image(table, "mean", resolution)
    square, _ = half_bin_image(table, "mean_square", resolution)
    limit = largest(mean)
    for axes, image, cmap, low, high, label in (
        (left, mean, DIVERGING, -limit, limit, "Mean ∂P / ∂σ, O/E"),
        (right, square, "viridis", 0, largest(square), "Mean of (∂P / ∂σ)², (O/E)²"),
    ):
        drawn = draw_image(axes, image, extent, cmap, low, high)
        add_bar(figure, drawn, axes, label, aspect=30)
    left.set_ylabel("Distance of the pair, kb")
    return figure, table
