"""Contact maps as figures draw them: a band along the diagonal, turned by 45 degrees."""

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection

ABSENT = "#DDDDDD"  # what is not measured or not predicted; no colour of the map's scale
DIVERGING = "RdBu_r"  # told apart with all common kinds of colour blindness


def band_matrix(band: np.ndarray, w: int | None = None) -> np.ndarray:
    """Square map of a band.

    Parameters
    ----------
    band : array of float, shape=(K, D)
        `band[i, d]` belongs to bins i and i + d.
    w : int, optional
        Take distances below w bins alone.

    Returns
    -------
    array of float64, shape=(K, K)
        Symmetric; NaN beyond the band.
    """
    band = np.asarray(band, dtype=float)[:, :w]
    n = len(band)
    matrix = np.full((n, n), np.nan)
    for distance in range(min(band.shape[1], n)):
        at = np.arange(n - distance)
        matrix[at, at + distance] = matrix[at + distance, at] = band[: n - distance, distance]
    return matrix


def triangle_band(values: np.ndarray, w: int) -> np.ndarray:
    """Band, shape=(w, w), of a window's upper triangle, shape=(w(w+1)/2,), in row-major order."""
    i, j = np.triu_indices(w)
    band = np.full((w, w), np.nan)
    band[i, j - i] = values
    return band


def table_band(table: pd.DataFrame, column: str, n_bins: int, w: int) -> np.ndarray:
    """Band, shape=(n_bins, w), of a table's rows i, j (bins, 0 … n_bins - 1, i <= j) and a column.

    Pairs that the table lacks are NaN.
    """
    band = np.full((n_bins, w), np.nan)
    i, j = table.i.to_numpy(), table.j.to_numpy()
    band[i, j - i] = table[column]
    return band


def colour_limit(*bands: np.ndarray, quantile: float = 0.98, digits: int = 1) -> float:
    """One limit for maps side by side: the quantile of all finite sizes, rounded up."""
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
    cmap: str = DIVERGING,
    grid: bool = True,
) -> PolyCollection:
    """Draw a band as diamonds: position of a pair's middle (Mb) across, its distance (kb) up.

    Parameters
    ----------
    axes
        Where to draw; limits and the labels of its axes are set.
    band : array of float, shape=(K, D)
        `band[i, d]` belongs to bins i and i + d; NaN is drawn grey.
    start, resolution : int
        Start of the first bin, and size of a bin, bp.
    limit : float
        The colours run from -limit to limit.
    below : bool
        Draw downwards, to lie mirrored under another map.
    cmap : str
        Colours.
    grid : bool
        Draw grey what lies within the region and has no value.

    Returns
    -------
    PolyCollection
        For the colour bar.
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
        axes.add_collection(PolyCollection(corners[~known], facecolors=ABSENT, **same))
    drawn = PolyCollection(corners[known], array=values[known], cmap=cmap, **same)
    drawn.set_clim(-limit, limit)
    axes.add_collection(drawn)
    deep = depth * high
    axes.set(
        xlim=(start / 1e6, (start + n * resolution) / 1e6),
        ylim=(-deep, 0) if below else (0, deep),
    )
    if below:
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    return drawn
