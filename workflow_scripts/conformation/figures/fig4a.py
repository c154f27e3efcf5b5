"""Figure 4a: gradients of predicted contacts with respect to σ, for pairs of bins of a region."""

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.figures.map_drawing import color_limit, draw_map, table_band

COLORS = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, BLACK]


def figure_table(region: pd.DataFrame, profiles: pd.DataFrame) -> pd.DataFrame:
    """Pixels (log2 O/E) and gradients in one table; column `panel` is map or gradient."""
    with np.errstate(divide="ignore"):
        logs = np.log2(region[["observed", "predicted"]].clip(lower=0)).replace(-np.inf, np.nan)
    maps = region.drop(columns=["observed", "predicted"]).join(logs.add_prefix("log2_"))
    table = pd.concat(
        [maps.assign(panel="map"), profiles.assign(panel="gradient")], ignore_index=True
    )
    integers = ["i", "j", "start_i", "start_j", "pair", "start"]
    return table.astype(dict.fromkeys(integers, "Int64")).set_index("panel").reset_index()


def draw_maps(axes, maps: pd.DataFrame, resolution: int, w: int):
    """Draw the measured map, and the predicted map of the inner window mirrored below."""
    n, start = maps.j.max() + 1, int(maps.start_i.min())
    measured, predicted = (
        table_band(maps, f"log2_{name}", n, w) for name in ("observed", "predicted")
    )
    limit = color_limit(measured)
    image = draw_map(axes, measured, start=start, resolution=resolution, limit=limit)
    draw_map(
        axes, predicted, start=start, resolution=resolution, limit=limit, below=True, grid=False
    )
    depth = w * resolution / 1e3
    low, high = ((start + k * w * resolution) / 1e6 for k in (1, 2))
    axes.plot([low, (low + high) / 2, high, (low + high) / 2, low], [0, depth, 0, -depth, 0],
              color=GRAY, linewidth=0.7)  # fmt: skip
    axes.set(ylim=(-depth, depth), ylabel="Distance (kb)")
    axes.spines["bottom"].set_visible(False)
    axes.text(0.005, 0.97, "Measured", va="top", transform=axes.transAxes)
    axes.text(0.005, 0.03, "Predicted (one window)", va="bottom", transform=axes.transAxes)
    return image


def main(region: str, profiles: str, *, resolution: int) -> Drawing:
    """Draw the map, σ, and a panel per pair with the gradient of its predicted contact."""
    maps = pd.read_csv(region, sep="\t", dtype={"chrom": str})
    table = figure_table(maps, tracks := pd.read_csv(profiles, sep="\t"))
    pairs = list(tracks.groupby("pair"))
    figure, panels = new_figure(
        DOUBLE, 3.4 + 0.72 * len(pairs), nrows=2 + len(pairs), sharex=True,
        height_ratios=[3.2, 0.9, *[0.8] * len(pairs)],
    )  # fmt: skip
    drawn = table[table.panel == "map"].astype({"i": int, "j": int})
    w = int((drawn.j - drawn.i).max()) + 1
    image = draw_maps(panels[0], drawn, resolution, w)
    figure.colorbar(image, ax=panels[0], label="log2 O/E", extend="both", shrink=0.9, aspect=14)
    first = pairs[0][1]
    edges = np.append(first.start, first.start.iloc[-1] + resolution) / 1e6
    panels[1].stairs(first.sigma, edges, fill=True, color=GRAY)
    panels[1].set(ylim=(0, 1.03), ylabel="σ")
    limit = 1.1 * tracks.gradient.abs().max() or 1.0
    for axes, color, (_, rows) in zip(panels[2:], COLORS * len(pairs), pairs, strict=False):
        ends = (rows[["start_i", "start_j"]].iloc[0].to_numpy() + resolution / 2) / 1e6
        distance = (ends[1] - ends[0]) * 1e3
        for sign in (1, -1):
            for width, edge in ((2.8, "white"), (1.4, color)):
                panels[0].plot(ends.mean(), sign * distance, "o", markersize=5.5, color="none",
                               markeredgewidth=width, markeredgecolor=edge)  # fmt: skip
        axes.stairs(rows.gradient, edges, fill=True, color=color)
        axes.axhline(0, color=BLACK, linewidth=0.5)
        for end in ends:
            axes.axvline(end, color=BLACK, linewidth=0.7, linestyle=":")
        axes.set_ylim(-limit, limit)
        axes.yaxis.set_major_locator(MaxNLocator(3, symmetric=True))
        axes.set_title(f"{ends[0]:.3f} and {ends[1]:.3f} Mb ({distance:.0f} kb)", loc="left",
                       color=color, fontsize=7, pad=1)  # fmt: skip
    figure.align_ylabels(panels)
    panels[2 + (len(pairs) - 1) // 2].set_ylabel("∂(O/E) / ∂σ")
    panels[-1].set_xlabel(f"{maps.chrom.iloc[0]} (Mb)")
    return figure, table
