"""Figure 6: input, predictions of all methods and target of one test window, with a zoom."""

import math

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from workflow_scripts.chromaloom.plot.style import BLUE, DOUBLE, Drawing, new_figure
from workflow_scripts.enhancement.figures.style import (
    SEQUENTIAL,
    draw_square,
    label,
    read_maps,
    region_text,
    square,
)

METHODS = (
    "smoothed", "hicplus", "hicplus_published", "deephic", "deephic_published", "hicsr", "vehicle",
    "image", "hybrid",
)  # fmt: skip


def shown_sources(table: pd.DataFrame) -> list[str]:
    """Input, methods with maps in the table, and target."""
    found = [name for name in METHODS if name in table and table[name].notna().any()]
    return ["low", *found, "high"]


def zoom_start(matrix: np.ndarray, size: int) -> int:
    """First bin of the zoom: where the map varies most around its mean at each distance.

    Parameters
    ----------
    matrix : float array, shape=(n, n)
        The target; NaN is ignored.
    size
        Bins of the zoom.
    """
    n = len(matrix)
    rest = np.full((n, n), np.nan)
    for distance in range(1, size):
        values = np.diagonal(matrix, distance)
        at = np.arange(n - distance)
        known = values[np.isfinite(values)]
        rest[at, at + distance] = values - (known.mean() if known.size else 0)
    inside = np.flatnonzero(np.isfinite(np.diagonal(matrix)))
    first, last = inside[0], max(inside[0], inside[-1] + 1 - size)
    spread = [np.nanvar(rest[s : s + size, s : s + size]) for s in range(first, last + 1)]
    return int(first + np.argmax(spread))


def main(maps: str, *, window: int, zoom_bins: int) -> Drawing:
    """Draw each map of one window and its zoom below it (0 bins: a third of the window)."""
    table = read_maps(maps)
    rows = table[table.window == window]
    sources = shown_sources(rows)
    matrices = {source: square(rows, source) for source in sources}
    first, n = rows.iloc[0], len(matrices["high"])
    # all maps without the cropped margin
    inner = np.logical_and.reduce([np.isfinite(matrix) for matrix in matrices.values()])
    matrices = {name: np.where(inner, matrix, np.nan) for name, matrix in matrices.items()}
    size = min(zoom_bins or n // 3, int(inner.diagonal().sum()))
    corner = zoom_start(matrices["high"], size)
    columns = min(4, len(sources))
    blocks = math.ceil(len(sources) / columns)
    figure, grid = new_figure(
        DOUBLE, 0.25 + blocks * 2 * (DOUBLE - 0.7) / columns * 1.12, nrows=2 * blocks,
        ncols=columns, squeeze=False,
    )  # fmt: skip
    values = matrices["high"][inner]
    limits = tuple(np.quantile(values, [0.02, 0.995]))
    options = {"resolution": int(first.resolution), "limits": limits, "cmap": SEQUENTIAL}
    step = int(first.resolution) / 1e6
    for number in range(blocks * columns):
        whole = grid[2 * (number // columns), number % columns]
        zoomed = grid[2 * (number // columns) + 1, number % columns]
        if number >= len(sources):
            whole.set_axis_off()
            zoomed.set_axis_off()
            continue
        source = sources[number]
        image = draw_square(whole, matrices[source], start=int(first.start), **options)
        whole.set_title(label(source))
        left = first.start / 1e6 + corner * step
        whole.add_patch(Rectangle((left, left), size * step, size * step, fill=False,
                                  edgecolor=BLUE, linewidth=1.0))  # fmt: skip
        cut = slice(corner, corner + size)
        draw_square(zoomed, matrices[source][cut, cut],
                    start=int(first.start + corner * first.resolution), **options)  # fmt: skip
        for spine in zoomed.spines.values():
            spine.set(color=BLUE, linewidth=1.0)
        zoomed.set_xlabel("Mb")
        if number % columns == 0:
            whole.set_ylabel("Mb")
            zoomed.set_ylabel("Mb, zoom")
    figure.suptitle(region_text(rows), fontsize=8)
    figure.colorbar(image, ax=grid[:, -1].tolist(), label="Observed map (log contacts, 0–1)",
                    extend="both", shrink=0.5, aspect=30)  # fmt: skip
    return figure, rows
