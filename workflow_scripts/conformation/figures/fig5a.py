"""Figure 5a: gradients of backward σ with respect to contacts, at positions of a region."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    GRAY,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.figures.map_drawing import (
    DIVERGING_CMAP,
    abs_quantile,
    add_top_colorbar,
    color_limit,
    draw_square_map,
    square_map,
)


def figure_table(maps: pd.DataFrame, sigma: pd.DataFrame) -> pd.DataFrame:
    """Pixels (observed as log2 O/E) and tracks in one table; column `panel` is map or sigma."""
    with np.errstate(divide="ignore"):
        logs = np.log2(maps.observed.clip(lower=0)).replace(-np.inf, np.nan)
    maps = maps.drop(columns="observed").assign(log2_observed=logs, panel="map")
    table = pd.concat([maps, sigma.assign(panel="sigma")], ignore_index=True)
    integers = table.columns.intersection(["start_i", "start_j", "k", "start_k", "start"])
    return table.astype(dict.fromkeys(integers, "Int64")).set_index("panel").reset_index()


def draw_tracks(axes, sigma: pd.DataFrame, resolution: int) -> None:
    """Draw σ from the profiles as a filled curve, and σ of the backward network as a line."""
    edges = np.append(sigma.start, sigma.start.iloc[-1] + resolution) / 1e6
    axes.stairs(sigma.sigma, edges, fill=True, color=GRAY, alpha=0.6, label="from the profiles")
    axes.stairs(sigma.backward, edges, baseline=None, color=VERMILION, linewidth=1,
                label="from the map (backward network)")  # fmt: skip
    axes.set(ylim=(0, 1.03), yticks=[0, 1])
    axes.set_box_aspect(0.25)


def main(maps: str, sigma: str, *, resolution: int) -> Drawing:
    """Draw the measured map and one gradient map per position, each with σ below."""
    pixels = pd.read_csv(maps, sep="\t", dtype={"chrom": str})
    table = figure_table(pixels, tracks := pd.read_csv(sigma, sep="\t"))
    drawn = table[table.panel == "map"]
    positions = list(drawn.groupby("k"))
    figure, panels = new_figure(
        DOUBLE, 3.2, nrows=2, ncols=1 + len(positions), sharex=True, sharey="row", squeeze=False,
        height_ratios=[4, 1],
    )  # fmt: skip
    measured, extent = square_map(positions[0][1], "log2_observed", resolution)
    extent = [edge / 1e6 for edge in extent]
    ends = dict(zip(("low", "high"), np.array([-1, 1]) * color_limit(measured), strict=True))
    image = draw_square_map(panels[0, 0], measured, extent, cmap=DIVERGING_CMAP, **ends)
    add_top_colorbar(figure, image, panels[0, 0], "Measured, log2 O/E", aspect=14, extend="both")
    limit = abs_quantile(drawn.gradient, quantile=0.995)
    for axes, (_, rows) in zip(panels[0, 1:], positions, strict=True):
        gradient, _ = square_map(rows, "gradient", resolution)
        image = draw_square_map(axes, gradient, extent, cmap=DIVERGING_CMAP, low=-limit, high=limit)
    add_top_colorbar(figure, image, panels[0, 1:].tolist(), "∂σ / ∂(O/E)", aspect=46,
            extend="both")  # fmt: skip
    for column, axes in enumerate(panels[1]):
        draw_tracks(axes, tracks, resolution)
        axes.set_xlabel(f"{pixels.chrom.iloc[0]} (Mb)")
        if column:
            position = (positions[column - 1][1].start_k.iloc[0] + resolution / 2) / 1e6
            axes.axvline(position, color=BLACK, linewidth=0.8)
            panels[0, column].set_title(f"σ at {position:.3f} Mb", pad=3)
            for draw in (panels[0, column].axvline, panels[0, column].axhline):
                draw(position, color=BLACK, linewidth=0.5, linestyle=":")
    panels[0, 0].set_ylabel("Position (Mb)")
    panels[1, 0].set_ylabel("σ")
    handles, names = panels[1, 0].get_legend_handles_labels()
    figure.legend(handles, [f"σ {n}" for n in names], loc="outside lower center", ncols=2)
    return figure, table
