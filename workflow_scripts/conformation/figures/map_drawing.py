"""Contact maps in figures: bands rotated by 45 degrees, square maps, and their color scales."""

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection

MISSING_COLOR = "#DDDDDD"  # pixels without a value; not a color of the scales
DIVERGING_CMAP = "RdBu_r"  # suitable for color-blind readers


def table_band(table: pd.DataFrame, column: str, n_bins: int, w: int) -> np.ndarray:
    """Band (n_bins, w) of a column of a table with rows i <= j (bins, 0 … n_bins - 1).

    Missing pairs are NaN.
    """
    band = np.full((n_bins, w), np.nan)
    i, j = table.i.to_numpy(), table.j.to_numpy()
    band[i, j - i] = table[column]
    return band


def color_limit(*bands: np.ndarray, quantile: float = 0.98, digits: int = 1) -> float:
    """Common limit of several maps: quantile of the absolute finite values, rounded up."""
    sizes = np.concatenate([np.abs(band[np.isfinite(band)]) for band in bands])
    if not sizes.size:
        return 1.0
    step = 10.0**-digits
    return float(max(step, np.ceil(np.quantile(sizes, quantile) / step) * step))


def draw_map(
    axes,
    band: np.ndarray,
    *,
    start: int,
    resolution: int,
    limit: float,
    below: bool = False,
    cmap: str = DIVERGING_CMAP,
    grid: bool = True,
) -> PolyCollection:
    """Draw a band as diamonds: x is the middle of the pair (Mb), y its distance (kb).

    Parameters
    ----------
    axes
        Axes to draw on; their limits are set.
    band : array of float, shape=(K, D)
        `band[i, d]` belongs to bins i and i + d; NaN is drawn in gray.
    start, resolution : int
        Start of the first bin, and size of a bin, bp.
    limit : float
        Colors range from -limit to limit.
    below : bool
        Draw downwards, mirrored below another map.
    cmap : str
        Color map.
    grid : bool
        Draw pixels without a value in gray.

    Returns
    -------
    PolyCollection
        The drawn pixels, for a color bar.
    """
    band = np.asarray(band, dtype=float)
    n, depth = band.shape
    i, d = np.meshgrid(np.arange(n), np.arange(depth), indexing="ij")
    inside = i + d < n
    i, d, values = i[inside], d[inside], band[inside]
    # corners of the pixel (i, i + d): left, top, right, bottom
    middle = (start + (i + d / 2 + 0.5) * resolution) / 1e6
    half, high = resolution / 2e6, resolution / 1e3
    x = np.stack([middle - half, middle, middle + half, middle], axis=1)
    y = np.stack([d, d + 1, d, d - 1], axis=1) * high * (-1 if below else 1)
    corners = np.stack([x, y], axis=2)
    known = np.isfinite(values)
    same = dict(edgecolors="none", antialiased=False, rasterized=True)
    if grid:
        axes.add_collection(PolyCollection(corners[~known], facecolors=MISSING_COLOR, **same))
    drawn = PolyCollection(corners[known], array=values[known], cmap=cmap, **same)
    drawn.set_clim(-limit, limit)
    axes.add_collection(drawn)
    height = depth * high
    axes.set(
        xlim=(start / 1e6, (start + n * resolution) / 1e6),
        ylim=(-height, 0) if below else (0, height),
    )
    if below:
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    return drawn


def square_map(rows: pd.DataFrame, column: str, resolution: int) -> tuple[np.ndarray, list[float]]:
    """Symmetric map of a column of pixels (start_i <= start_j, bp), and its extent (bp)."""
    low, high = int(rows.start_i.min()), int(rows.start_j.max()) + resolution
    n = (high - low) // resolution
    image = np.full((n, n), np.nan)
    i, j = (((rows[name] - low) // resolution).to_numpy(int) for name in ("start_i", "start_j"))
    image[i, j] = image[j, i] = rows[column]
    return image, [low, high, high, low]


def draw_square_map(axes, image: np.ndarray, extent, *, cmap: str, low: float, high: float):
    """Draw a square map with the first bin at the top left; extent in the unit of the axes."""
    axes.set_facecolor(MISSING_COLOR)
    drawn = axes.imshow(
        image, extent=extent, cmap=cmap, vmin=low, vmax=high, interpolation="nearest", aspect="auto"
    )
    axes.set_box_aspect(1)
    axes.spines[["top", "right"]].set_visible(True)
    return drawn


def abs_quantile(*values, quantile: float = 1.0) -> float:
    """Quantile of the absolute finite values, for the limit of a color scale; 1 of none."""
    sizes = np.concatenate([np.abs(np.asarray(v, dtype=float)).ravel() for v in values])
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, quantile) or 1.0) if sizes.size else 1.0


def add_top_colorbar(figure, drawn, axes, label: str, **kwargs):
    """Color bar above the axes; a power of ten is part of its label."""
    bar = figure.colorbar(drawn, ax=axes, location="top", **kwargs)
    power = int(np.floor(np.log10(max(abs(drawn.get_clim()[0]), abs(drawn.get_clim()[1])))))
    if -2 < power < 3:
        power = 0
    bar.ax.xaxis.set_major_formatter(
        lambda value, _: f"{value / 10.0**power:.3g}".replace("-", "−")
    )
    bar.set_label(label + (f" ($10^{{{power}}}$)" if power else ""))
    return bar
