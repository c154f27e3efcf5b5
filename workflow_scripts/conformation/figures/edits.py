"""In-silico edits: the predicted map before and after, and its change."""

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
from workflow_scripts.conformation.figures.map_drawing import colour_limit, draw_map

MOST = 6  # edits that one figure shows; the tables hold all
CHANGES = "PuOr_r"  # other colours than those of O/E
LABELS = {"forward": "forward network", "forward_pairwise": "pairwise network"}


def band_of(rows: pd.DataFrame, values: pd.Series, resolution: int) -> np.ndarray:
    """Band (n, w) of a model's pixels."""
    i = (rows.start1 - rows.start1.min()) // resolution
    d = (rows.start2 - rows.start1) // resolution
    band = np.full((i.max() + 1, d.max() + 1), np.nan)
    band[i, d] = values
    return band


def panel_values(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """What the panels of one edit show: title to values of the first model, then others' change."""
    models = list(dict.fromkeys(rows.model))
    with np.errstate(divide="ignore"):
        log2 = np.log2(rows[["before", "after"]].clip(lower=0.01))
    first = rows.model == models[0]
    panels = {"Predicted": log2.before[first], "Predicted after the edit": log2.after[first]}
    for model in models:
        panels[f"Change, {LABELS.get(model, model)}"] = rows.log2_ratio[rows.model == model]
    return panels


def mark_edit(axes, rows: pd.DataFrame) -> None:
    """Mark the edited bins by a bar, and the pixels that have one of them by lines."""
    edited = rows[rows.edited1 == 1]
    low, high = edited.start1.min() / 1e6, edited.end1.max() / 1e6
    deep = axes.get_ylim()[1]
    axes.plot([low, high], [0, 0], color=VERMILION, linewidth=5, solid_capstyle="butt",
              clip_on=False)  # fmt: skip
    for end in (low, high):
        for sign in (-1, 1):
            axes.plot([end, end + sign * deep / 2e3], [0, deep], color=BLACK, linewidth=0.5,
                      linestyle=":")  # fmt: skip


def main(tables: dict[str, str], *, said: dict[str, str], resolution: int) -> Drawing:
    """Draw the first edits side by side, O/E on one scale, the change of each edit on its own.

    `tables` and `said` give each edit's table, as `predict_edits` wrote it, and what it does.
    """
    read = {name: pd.read_csv(path, sep="\t", dtype={"chrom": str, "cell": str})
            for name, path in list(tables.items())[:MOST]}  # fmt: skip
    panels = {name: panel_values(rows) for name, rows in read.items()}
    bands = {
        name: {
            title: band_of(read[name].loc[values.index], values, resolution)
            for title, values in found.items()
        }
        for name, found in panels.items()
    }
    each = len(next(iter(bands.values())))
    columns = min(2, len(read))
    blocks = -(-len(read) // columns)
    figure, grid = new_figure(
        DOUBLE if columns > 1 else SINGLE + 1, (0.9 + 0.95 * each) * blocks, nrows=each * blocks,
        ncols=columns, squeeze=False,
    )  # fmt: skip
    limit = colour_limit(*(band for found in bands.values() for band in list(found.values())[:2]))
    for axes in grid.ravel():
        axes.set_axis_off()
    for number, (name, found) in enumerate(bands.items()):
        top = number // columns * each
        own = grid[top : top + each, number % columns]
        start = int(read[name].start1.min())
        # an edit has a scale of its own: a weak one would vanish beside a strong one
        change = colour_limit(*list(found.values())[2:], quantile=0.995, digits=2)
        for row, (axes, (title, band)) in enumerate(zip(own, found.items(), strict=True)):
            axes.set_axis_on()
            look = {"limit": limit} if row < 2 else {"limit": change, "cmap": CHANGES}
            drawn = draw_map(axes, band, start=start, resolution=resolution, **look)
            mark_edit(axes, read[name])
            head = f"{name}: {said[name]} ({read[name].cell.iloc[0]})\n" if row == 0 else ""
            axes.set_title(head + title, loc="left", fontsize=7, pad=2)
            if number % columns == 0:
                axes.set_ylabel("Distance, kb")
            axes.tick_params(labelbottom=row == each - 1)
            if number == 0 and row == 1:
                figure.colorbar(drawn, ax=grid[:, -1].tolist(), label="log2 O/E", extend="both",
                                aspect=25, shrink=1 / blocks, pad=0.02)  # fmt: skip
        own[-1].set_xlabel(f"{read[name].chrom.iloc[0]}, Mb")
        look = {"location": "bottom", "aspect": 30, "shrink": 0.8, "pad": 0.02}
        label = "Change, log2 (after / before)"
        figure.colorbar(drawn, ax=own.tolist(), label=label, extend="both", **look)
    table = pd.concat([rows.assign(said=said[name]) for name, rows in read.items()])
    return figure, table
