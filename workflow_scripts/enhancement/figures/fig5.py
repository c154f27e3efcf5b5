"""Figure 5: O/E maps of test windows and the predictions of the sequence models."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing, new_figure
from workflow_scripts.enhancement.figures.style import (
    DIVERGING,
    STYLES,
    draw_square,
    label,
    read_maps,
    region_text,
    square,
)


def correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Pearson correlation of two maps over common pixels, without the first two diagonals."""
    i, j = np.triu_indices(len(one), 2)
    known = np.isfinite(one[i, j]) & np.isfinite(two[i, j])
    if known.sum() < 3:
        return np.nan
    return float(np.corrcoef(one[i, j][known], two[i, j][known])[0, 1])


def shown_models(table: pd.DataFrame) -> list[str]:
    """Models with maps in the table, controls last."""
    found = [name for name in table.columns if name in STYLES and table[name].notna().any()]
    return sorted(found, key=lambda name: name.endswith("_shuffled"))


def main(maps: str) -> Drawing:
    """Draw a row per window: the target, and the map of each model with its correlation."""
    table = read_maps(maps)
    models = shown_models(table)
    sources = ["target", *models]
    windows = [rows for _, rows in table.groupby("window")]
    limit = float(np.ceil(10 * table.target.abs().quantile(0.98)) / 10) if len(table) else 1.0
    width = min(DOUBLE, 0.6 + 1.75 * len(sources))
    figure, grid = new_figure(
        width, 0.35 + (width - 0.6) / len(sources) * max(1, len(windows)) * 1.08, squeeze=False,
        nrows=max(1, len(windows)), ncols=len(sources), sharex="row", sharey="row",
    )  # fmt: skip
    image = None
    for line, rows in zip(grid, windows, strict=False):
        first = rows.iloc[0]
        target = square(rows, "target")
        # the target without the cropped margin
        inner = np.isfinite(square(rows, models[0])) if models else np.isfinite(target)
        for axes, source in zip(line, sources, strict=True):
            matrix = square(rows, source)
            image = draw_square(axes, np.where(inner, matrix, np.nan), start=int(first.start),
                                resolution=int(first.resolution), limits=(-limit, limit),
                                cmap=DIVERGING)  # fmt: skip
            title = label(source).replace(", sequences", ",\nsequences")
            if source != "target":
                title += f"\nr = {correlation(target, matrix):.2f}"
            axes.set_title(title)
        line[0].set_ylabel(f"{region_text(rows)}".replace(", ", "\n", 1))
    for axes in grid[-1]:
        axes.set_xlabel("Mb")
    if image is not None:
        figure.colorbar(image, ax=grid[:, -1].tolist(), label="ln O/E", extend="both", shrink=0.7,
                        aspect=25)  # fmt: skip
    return figure, table
