"""Square maps and colour bars of the figures of gradients."""

import numpy as np
import pandas as pd

from workflow_scripts.conformation.figures.map_drawing import ABSENT


def square(rows: pd.DataFrame, column: str, resolution: int) -> tuple[np.ndarray, list[float]]:
    """Symmetric map of the rows' pixels (start_i <= start_j, bp), and its extent (bp)."""
    low, high = int(rows.start_i.min()), int(rows.start_j.max()) + resolution
    n = (high - low) // resolution
    image = np.full((n, n), np.nan)
    i, j = (((rows[name] - low) // resolution).to_numpy(int) for name in ("start_i", "start_j"))
    image[i, j] = image[j, i] = rows[column]
    return image, [low, high, high, low]


def draw_square(axes, image: np.ndarray, extent, *, cmap: str, low: float, high: float):
    """Draw a square map, first bin at the top left; extent in the axes' unit."""
    axes.set_facecolor(ABSENT)
    drawn = axes.imshow(
        image, extent=extent, cmap=cmap, vmin=low, vmax=high, interpolation="nearest", aspect="auto"
    )
    axes.set_box_aspect(1)
    axes.spines[["top", "right"]].set_visible(True)
    return drawn


def largest(*values, quantile: float = 1.0) -> float:
    """Quantile of the sizes of all finite values, for the end of a colour scale; 1 without any."""
    sizes = np.concatenate([np.abs(np.asarray(v, dtype=float)).ravel() for v in values])
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, quantile) or 1.0) if sizes.size else 1.0


def add_bar(figure, drawn, axes, label: str, **look):
    """Colour bar above axes; a power of ten goes into its label, not to its end."""
    bar = figure.colorbar(drawn, ax=axes, location="top", **look)
    power = int(np.floor(np.log10(max(abs(drawn.get_clim()[0]), abs(drawn.get_clim()[1])))))
    if -2 < power < 3:
        power = 0
    bar.ax.xaxis.set_major_formatter(
        lambda value, _: f"{value / 10.0**power:.3g}".replace("-", "−")
    )
    bar.set_label(label + (f" ($10^{{{power}}}$)" if power else ""))
    return bar
