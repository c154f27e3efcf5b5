"""Figure 1: from a genome and contact maps to windows, models and scores, with the run's counts."""

import numpy as np
import pandas as pd
from matplotlib.patches import FancyBboxPatch

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    Drawing,
    new_figure,
)
from workflow_scripts.enhancement.figures.style import (
    DIVERGING,
    SEQUENTIAL,
    draw_square,
    part_label,
    parts_in_order,
    read_maps,
    square,
)

HIGH, SIDE = 3.75, 1.0


def window_counts(windows: pd.DataFrame) -> pd.DataFrame:
    """Windows by kind and part, and by reason those left out: kind, part, reason, windows, maps."""
    table = windows.fillna({"part": "", "reason": ""})
    found = table.groupby(["kind", "kept", "part", "reason"]).agg(
        windows=("start", "size"), maps=("map", "nunique")
    ).reset_index()  # fmt: skip
    return found.sort_values(["kind", "kept", "windows"], ascending=[True, False, False])


def count_text(counts: pd.DataFrame, kind: str) -> str:
    """Lines of a kind's kept windows by part, and of those left out."""
    own = counts[counts.kind == kind]
    kept = own[own.kept].groupby("part").windows.sum()
    lines = [f"{part_label(part)}: {kept[part]:,}" for part in parts_in_order(kept.index) if part]
    if unused := int(kept.get("", 0)):
        lines.append(f"in no part: {unused:,}")
    if left := int(own.windows[~own.kept].sum()):
        lines.append(f"left out: {left:,}")
    return "\n".join(lines)


def main(
    windows: str, image: str, sequence: str, *, resolution: int, window_bins: int, low: str
) -> Drawing:
    """Draw the scheme.

    Parameters
    ----------
    windows, image, sequence
        Every candidate window; example maps of both kinds.
    resolution, window_bins
        Bin size (bp) and bins of a window.
    low
        How low resolution is made, as text.
    """
    counts = window_counts(pd.read_csv(windows, sep="\t", dtype={"map": str, "chrom": str}))
    figure, axes = new_figure(DOUBLE, HIGH)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, DOUBLE), ylim=(0, HIGH))
    axes.set_axis_off()
    up, down = 3.1, 1.3
    size = f"{resolution / 1000:g} kb"
    box(axes, 0.65, up, f"Genome\n{window_bins} × {size}\nwithout N", GREY)
    box(axes, 0.65, down, f"Contact map\n{size}, balanced,\ncoarse-grained", GREY)
    box(axes, 4.45, up, "Sequence models\nAkita-like, graph head", ORANGE, wide=1.3)
    box(axes, 4.45, down, "Image models\nVEHiCLE form; HiCPlus,\nDeepHiC, HiCSR", BLUE, wide=1.3)
    box(axes, 5.95, (up + down) / 2, "Hybrid head", GREEN, wide=0.85)
    box(axes, 6.6, (up + down) / 2 - 1.45, "Scores on\nheld-out windows", PURPLE, wide=0.95)
    thumbnail(figure, read_maps(sequence), "target", 2.2, up, "O/E map", DIVERGING)
    images = read_maps(image)
    thumbnail(figure, images, "low", 1.95, down, f"Low: {low}", SEQUENTIAL)
    thumbnail(figure, images, "high", 3.12, down, "Observed map", SEQUENTIAL)
    for start, end in [
        ((1.17, up), (2.2 - SIDE / 2 - 0.03, up)),
        ((0.65, down + 0.33), (2.2 - SIDE / 2 - 0.05, up - 0.35)),
        ((1.17, down), (1.95 - SIDE / 2 - 0.03, down)),
        ((2.2 + SIDE / 2 + 0.04, up), (3.78, up)),
        ((3.12 + SIDE / 2 + 0.04, down), (3.78, down)),
        ((5.12, up - 0.1), (5.8, (up + down) / 2 + 0.33)),
        ((5.12, down + 0.1), (5.8, (up + down) / 2 - 0.33)),
        ((6.1, (up + down) / 2 - 0.33), (6.5, (up + down) / 2 - 1.11)),
    ]:
        axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": BLACK,
                                                  "linewidth": 0.8})  # fmt: skip
    for x, y, kind, title in [
        (3.8, up - 0.36, "sequence", "Sequence windows"),
        (3.8, down - 0.36, "image", "Image windows"),
    ]:
        axes.text(x, y, f"{title}\n{count_text(counts, kind)}", fontsize=6, va="top",
                  linespacing=1.25)  # fmt: skip
    return figure, counts


def box(axes, x: float, y: float, text: str, tone: str, wide: float = 1.0) -> None:
    """Draw a rounded box with text around a point."""
    shape = "round,pad=0,rounding_size=0.05"
    axes.add_patch(FancyBboxPatch((x - wide / 2, y - 0.3), wide, 0.6, facecolor=tone, alpha=0.25,
                                  edgecolor=tone, boxstyle=shape))  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=6.5)


def thumbnail(figure, table: pd.DataFrame, column: str, x: float, y: float, title: str, cmap: str):
    """Draw the first window's map around a point in inches."""
    panel = figure.add_axes(
        ((x - SIDE / 2) / DOUBLE, (y - SIDE / 2) / HIGH, SIDE / DOUBLE, SIDE / HIGH)
    )
    panel.set_title(title, fontsize=6.5, pad=2)
    if len(table):
        rows = table[table.window == table.window.min()]
        matrix, first = square(rows, column), rows.iloc[0]
        limits = tuple(np.nanquantile(matrix, [0.02, 0.995]))
        if cmap == DIVERGING:
            limits = (-max(map(abs, limits)), max(map(abs, limits)))
        draw_square(panel, matrix, start=int(first.start), resolution=int(first.resolution),
                    limits=limits, cmap=cmap)  # fmt: skip
    panel.set(xticks=[], yticks=[])
