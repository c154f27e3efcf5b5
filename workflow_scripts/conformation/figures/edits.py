"""In-silico edits: predicted maps before and after, and their change."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    SINGLE,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.figures.map_drawing import color_limit, draw_map

MAX_EDITS = 6  # of one figure; the tables contain all edits
CHANGE_CMAP = "PuOr_r"  # different from that of O/E
MODEL_LABELS = {"forward": "forward network", "forward_pairwise": "pairwise network"}


def edit_band(rows: pd.DataFrame, values: pd.Series, resolution: int) -> np.ndarray:
    """Band (n, w) of the pixels of one model."""
    i = (rows.start1 - rows.start1.min()) // resolution
    d = (rows.start2 - rows.start1) // resolution
    band = np.full((i.max() + 1, d.max() + 1), np.nan)
    band[i, d] = values
    return band


def panel_values(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Values of the panels of one edit by title: maps of the first model, then changes of all."""
    models = list(dict.fromkeys(rows.model))
    with np.errstate(divide="ignore"):
        log2 = np.log2(rows[["before", "after"]].clip(lower=0.01))
    first = rows.model == models[0]
    panels = {"Predicted": log2.before[first], "Predicted after the edit": log2.after[first]}
    for model in models:
        panels[f"Change, {MODEL_LABELS.get(model, model)}"] = rows.log2_ratio[rows.model == model]
    return panels


def mark_edit(axes, rows: pd.DataFrame) -> None:
    """Mark the edited bins by a bar, and the pixels that contain them by lines."""
    edited = rows[rows.edited1 == 1]
    low, high = edited.start1.min() / 1e6, edited.end1.max() / 1e6
    depth = axes.get_ylim()[1]
    axes.plot([low, high], [0, 0], color=VERMILION, linewidth=5, solid_capstyle="butt",
              clip_on=False)  # fmt: skip
    for end in (low, high):
        for sign in (-1, 1):
            axes.plot([end, end + sign * depth / 2e3], [0, depth], color=BLACK, linewidth=0.5,
                      linestyle=":")  # fmt: skip


def main(tables: dict[str, str], *, descriptions: dict[str, str], resolution: int) -> Drawing:
    """Draw the first edits side by side: O/E on a common scale, changes on a scale per edit.

    `tables` and `descriptions` are by the name of the edit; tables are those of `predict_edits`.
    """
    read = {name: pd.read_csv(path, sep="\t", dtype={"chrom": str, "cell": str})
            for name, path in list(tables.items())[:MAX_EDITS]}  # fmt: skip
    panels = {name: panel_values(rows) for name, rows in read.items()}
    bands = {
        name: {
            title: edit_band(read[name].loc[values.index], values, resolution)
            for title, values in found.items()
        }
        for name, found in panels.items()
    }
    n_panels = len(next(iter(bands.values())))
    columns = min(2, len(read))
    blocks = -(-len(read) // columns)
    figure, grid = new_figure(
        DOUBLE if columns > 1 else SINGLE + 1, (0.9 + 0.95 * n_panels) * blocks,
        nrows=n_panels * blocks, ncols=columns, squeeze=False,
    )  # fmt: skip
    limit = color_limit(*(band for found in bands.values() for band in list(found.values())[:2]))
    for axes in grid.ravel():
        axes.set_axis_off()
    for number, (name, found) in enumerate(bands.items()):
        top = number // columns * n_panels
        of_edit = grid[top : top + n_panels, number % columns]
        start = int(read[name].start1.min())
        # one scale per edit: on a common one, weak changes would be invisible beside strong ones
        change = color_limit(*list(found.values())[2:], quantile=0.995, digits=2)
        for row, (axes, (title, band)) in enumerate(zip(of_edit, found.items(), strict=True)):
            axes.set_axis_on()
            scale = {"limit": limit} if row < 2 else {"limit": change, "cmap": CHANGE_CMAP}
            drawn = draw_map(axes, band, start=start, resolution=resolution, **scale)
            mark_edit(axes, read[name])
            header = f"{name}: {descriptions[name]} ({read[name].cell.iloc[0]})\n"
            axes.set_title((header if row == 0 else "") + title, loc="left", fontsize=7, pad=2)
            if number % columns == 0:
                axes.set_ylabel("Distance (kb)")
            axes.tick_params(labelbottom=row == n_panels - 1)
            if number == 0 and row == 1:
                figure.colorbar(drawn, ax=grid[:, -1].tolist(), label="log2 O/E", extend="both",
                                aspect=25, shrink=1 / blocks, pad=0.02)  # fmt: skip
        of_edit[-1].set_xlabel(f"{read[name].chrom.iloc[0]} (Mb)")
        figure.colorbar(drawn, ax=of_edit.tolist(), label="Change, log2(after / before)",
                        extend="both", location="bottom", aspect=30, shrink=0.8,
                        pad=0.02)  # fmt: skip
    table = pd.concat([rows.assign(description=descriptions[name]) for name, rows in read.items()])
    return figure, table
