"""Motif logos above the known motifs that they match, a column of pairs for each cell."""

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    ORANGE,
    STYLE,
    VERMILION,
)

LETTERS = {"A": GREEN, "C": BLUE, "G": ORANGE, "T": VERMILION}
PAIR_HEIGHT = 1.25  # inches of a motif and its match


def bits(shares: pd.DataFrame) -> pd.DataFrame:
    """Heights of the letters: share × information of the column over equal letters, bits."""
    values = shares[list("ACGT")].to_numpy(float)
    inside = (values * np.log2(np.maximum(values, 1e-9))).sum(axis=1, keepdims=True) + 2
    return pd.DataFrame(values * inside, columns=list("ACGT"), index=shares.position.astype(int))


def draw_pairs(table: pd.DataFrame, columns: list[str], most: int, cutoff: float):
    """Draw pairs of logos, aligned column by column.

    Parameters
    ----------
    table
        Rows of `match_motifs`' logos with a column `cell` and one `label` (name of the motif), in
        the order in which pairs are drawn.
    columns
        Cells, left to right.
    most
        Pairs of a cell.
    cutoff
        A match whose E is not below it is drawn grey, and named as none.
    """
    plt.rcParams.update(STYLE)
    pairs = {cell: list(part.groupby("key", sort=False)) for cell, part in table.groupby("cell")}
    rows = max([1, *(min(most, len(found)) for found in pairs.values())])
    figure = plt.figure(
        figsize=(max(DOUBLE / 2, DOUBLE / 4 * len(columns)), PAIR_HEIGHT * rows + 0.3)
    )
    grids = figure.subfigures(1, max(1, len(columns)), squeeze=False)[0]
    for grid, cell in zip(grids, columns, strict=False):
        grid.suptitle(cell, fontsize=9, fontweight="bold")
        # each pair has a narrow empty row below it
        panels = grid.subplots(3 * rows, 1, squeeze=False, height_ratios=[1, 1, 0.08] * rows)[:, 0]
        for axes in panels:
            axes.set_axis_off()
        found = pairs.get(cell, [])[:most]
        if not found:
            panels[0].text(0.5, 0.5, f"no match at E < {cutoff:g}", ha="center", va="center",
                           color=GREY, transform=panels[0].transAxes)  # fmt: skip
        for number, (_, pair) in enumerate(found):
            _draw_pair(panels[3 * number : 3 * number + 2], pair, cutoff)
    return figure


def _draw_pair(panels, pair: pd.DataFrame, cutoff: float) -> None:
    first = pair.iloc[0]
    limits = pair.position.min() - 0.5, pair.position.max() + 0.5
    matched = cutoff > first.E
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
            logomaker.Logo(bits(drawn), ax=axes, color_scheme=LETTERS, show_spines=False)
            axes.spines["left"].set_visible(True)
            axes.set(ylim=(0, 2), yticks=[0, 2], xticks=[])
            if side == "motif":
                axes.set_ylabel("bits", labelpad=-1, fontsize=7)
        axes.set_xlim(limits)
        axes.set_title(titles[side], fontsize=6.5, pad=2, loc="left",
                       color=BLACK if matched or side == "motif" else GREY)  # fmt: skip
