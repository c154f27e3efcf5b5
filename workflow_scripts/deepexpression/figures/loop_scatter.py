"""Figures 2a and 2b: loops of each gene against its expression."""

import numpy as np
import pandas as pd
from scipy.stats import gaussian_kde

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, SINGLE, VERMILION, new_figure

EXPRESSION = "Expression, log10(count + pseudocount)"
MAX_POINTS = 2000  # genes from which the density is estimated


def read_genes(path: str, cells: list[str]) -> pd.DataFrame:
    """Read the genes of some cells: cell, gene, loops, loop_sum, expression, label."""
    table = pd.read_csv(path, sep="\t", dtype={"cell": str, "gene": str}, keep_default_na=False)
    return table[table.cell.isin(cells)].reset_index(drop=True)


def density(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Relative density of points at each point, 0 to 1, shape=(n,), by a Gaussian kernel.

    Estimated from at most `MAX_POINTS` points, evenly spaced among the genes; 1 for all points if x
    or y is constant.
    """
    step = -(-len(x) // MAX_POINTS)
    if min(np.ptp(x[::step]), np.ptp(y[::step])) == 0 or len(x[::step]) < 3:
        return np.ones(len(x))
    scaled = np.stack([(v - v.mean()) / v.std() for v in (x, y)])
    try:
        found = gaussian_kde(scaled[:, ::step])(scaled)
    except np.linalg.LinAlgError:  # all points on one line
        return np.ones(len(x))
    return found / found.max()


def draw_scatters(table: pd.DataFrame, column: str, title: str):
    """Draw a panel per cell: genes colored by density, least-squares line, r and n."""
    cells = list(dict.fromkeys(table.cell))
    across = min(3, len(cells))
    down = -(-len(cells) // across)
    figure, grid = new_figure(
        SINGLE if across == 1 else DOUBLE, 2.6 * down + 0.2, nrows=down, ncols=across,
        squeeze=False, sharey=True, sharex=True,
    )  # fmt: skip
    for axes in grid.flat[len(cells) :]:
        axes.set_visible(False)
    image = None
    for cell, axes in zip(cells, grid.flat, strict=False):
        own = table[table.cell == cell]
        x, y = own[column].to_numpy("float64"), own.expression.to_numpy("float64")
        thick = density(x, y)
        order = np.argsort(thick, kind="stable")  # densest points on top
        image = axes.scatter(x[order], y[order], c=thick[order], s=4, cmap="cividis", vmin=0,
                             vmax=1, linewidths=0, rasterized=True)  # fmt: skip
        correlation = "r not defined"
        if min(np.ptp(x), np.ptp(y)) > 0:
            slope, start = np.polyfit(x, y, 1)
            ends = np.array([x.min(), x.max()])
            axes.plot(ends, start + slope * ends, color=VERMILION, linewidth=1.2)
            correlation = f"r = {np.corrcoef(x, y)[0, 1]:.3f}"
        axes.set_title(f"{cell}: {correlation}, {len(own):,} genes", loc="left", color=BLACK)
        axes.set_xlabel(title)
    for axes in grid[:, 0]:
        axes.set_ylabel(EXPRESSION)
    if image is not None:
        figure.colorbar(image, ax=grid, label="Relative density of genes", shrink=0.8, pad=0.02)
    return figure
