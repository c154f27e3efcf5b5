"""Motif logos with the known motifs that they match, a column of pairs per cell."""

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    STYLE,
    VERMILION,
)

BASE_COLORS = {"A": GREEN, "C": BLUE, "G": ORANGE, "T": VERMILION}
PAIR_HEIGHT = 1.25  # height of a motif and its match, inches


def bits(frequencies: pd.DataFrame) -> pd.DataFrame:
    """Heights of the bases: frequency × information content of the column, bits."""
    values = frequencies[list("ACGT")].to_numpy(float)
    inside = (values * np.log2(np.maximum(values, 1e-9))).sum(axis=1, keepdims=True) + 2
    return pd.DataFrame(
        values * inside, columns=list("ACGT"), index=frequencies.position.astype(int)
    )


def draw_pairs(table: pd.DataFrame, columns: list[str], max_drawn: int, max_evalue: float):
    """Draw pairs of aligned logos.

    Parameters
    ----------
    table
        Logos of `match_motifs` with columns `cell`, `key` and `label` (of the motif), in drawing
        order.
    columns
        Cells, left to right.
    max_drawn
        Maximum number of pairs per cell.
    max_evalue
        Motifs whose best E-value is not below are labeled as unmatched.
    """
    plt.rcParams.update(STYLE)
    pairs = {cell: list(part.groupby("key", sort=False)) for cell, part in table.groupby("cell")}
    rows = max([1, *(min(max_drawn, len(found)) for found in pairs.values())])
    figure = plt.figure(
        figsize=(max(DOUBLE / 2, DOUBLE / 4 * len(columns)), PAIR_HEIGHT * rows + 0.3)
    )
    grids = figure.subfigures(1, max(1, len(columns)), squeeze=False)[0]
    for grid, cell in zip(grids, columns, strict=False):
        grid.suptitle(cell, fontsize=9, fontweight="bold")
        # a narrow empty row separates the pairs
        panels = grid.subplots(3 * rows, 1, squeeze=False, height_ratios=[1, 1, 0.08] * rows)[:, 0]
        for axes in panels:
            axes.set_axis_off()
        found = pairs.get(cell, [])[:max_drawn]
        if not found:
            panels[0].text(0.5, 0.5, f"no match at E < {max_evalue:g}", ha="center", va="center",
                           color=GRAY, transform=panels[0].transAxes)  # fmt: skip
        for number, (_, pair) in enumerate(found):
            _draw_pair(panels[3 * number : 3 * number + 2], pair, max_evalue)
    return figure


def _draw_pair(panels, pair: pd.DataFrame, max_evalue: float) -> None:
    first = pair.iloc[0]
    limits = pair.position.min() - 0.5, pair.position.max() + 0.5
    matched = max_evalue > first.E
    titles = {
        "motif": first.label,
        "target": f"{first.name_}, E = {first.E:.1g}"
        if matched
        else f"no match (best E = {first.E:.1g})",
    }
    for axes, side in zip(panels, titles, strict=True):
        drawn = pair[pair.side == side]
        if side == "motif" or matched:
            axes.set_axis_on()
            logomaker.Logo(bits(drawn), ax=axes, color_scheme=BASE_COLORS, show_spines=False)
            axes.spines["left"].set_visible(True)
            axes.set(ylim=(0, 2), yticks=[0, 2], xticks=[])
            if side == "motif":
                axes.set_ylabel("bits", labelpad=-1, fontsize=7)
        axes.set_xlim(limits)
        axes.set_title(titles[side], fontsize=6.5, pad=2, loc="left",
                       color=BLACK if matched or side == "motif" else GRAY)  # fmt: skip
