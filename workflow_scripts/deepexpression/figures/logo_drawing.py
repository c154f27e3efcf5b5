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
SHARES_HEIGHT = 0.5  # height of the bars above them, inches


def bits(frequencies: pd.DataFrame) -> pd.DataFrame:
    """Heights of the bases: frequency × information content of the column, bits."""
    values = frequencies[list("ACGT")].to_numpy(float)
    inside = (values * np.log2(np.maximum(values, 1e-9))).sum(axis=1, keepdims=True) + 2
    return pd.DataFrame(
        values * inside, columns=list("ACGT"), index=frequencies.position.astype(int)
    )


def matched_shares(summary: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Matching motifs of each cell and kind of set: cell, kind, label, matched, motifs, share.

    Parameters
    ----------
    summary
        Summary of `match_motifs` with columns cell and kind; its first JASPAR release is used, and
        the sets of one cell and kind are added up. Those without motifs are left out.
    kinds
        Label of each kind, in the order of the rows.
    """
    own = summary[(summary.release == summary.release.iloc[0]) & summary.kind.isin(kinds)]
    found = own.groupby(["cell", "kind"], as_index=False)[["matched", "motifs"]].sum()
    found = found[found.motifs > 0]
    found = found.assign(label=found.kind.map(kinds), share=found.matched / found.motifs)
    place = {kind: number for number, kind in enumerate(kinds)}
    return found.sort_values("kind", key=lambda column: column.map(place), kind="stable")


def draw_pairs(
    table: pd.DataFrame,
    shares: pd.DataFrame,
    columns: list[str],
    max_drawn: int,
    max_evalue: float,
):
    """Draw pairs of aligned logos, below the share of motifs that match and that of the controls.

    Parameters
    ----------
    table
        Logos of `match_motifs` with columns `cell`, `key` and `label` (of the motif), in drawing
        order.
    shares
        Table of `matched_shares`.
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
        figsize=(
            max(DOUBLE / 2, DOUBLE / 4 * len(columns)),
            PAIR_HEIGHT * rows + SHARES_HEIGHT + 0.4,
        )
    )
    grids = figure.subfigures(1, max(1, len(columns)), squeeze=False)[0]
    for grid, cell in zip(grids, columns, strict=False):
        grid.suptitle(cell, fontsize=9, fontweight="bold")
        # a narrow empty row separates the pairs
        head = 2 * SHARES_HEIGHT / PAIR_HEIGHT
        top, *panels = grid.subplots(
            1 + 3 * rows, 1, squeeze=False, height_ratios=[head, *([1, 1, 0.08] * rows)]
        )[:, 0]
        _draw_shares(top, shares[shares.cell == cell], max_evalue)
        for axes in panels:
            axes.set_axis_off()
        found = pairs.get(cell, [])[:max_drawn]
        if not found:
            panels[0].text(0.5, 0.5, f"no match at E < {max_evalue:g}", ha="center", va="center",
                           color=GRAY, transform=panels[0].transAxes)  # fmt: skip
        for number, (_, pair) in enumerate(found):
            _draw_pair(panels[3 * number : 3 * number + 2], pair, max_evalue)
    return figure


def _draw_shares(axes, rows: pd.DataFrame, max_evalue: float) -> None:
    """Draw a bar for each kind of set, the controls hollow."""
    for place, row in enumerate(rows.itertuples()):
        axes.barh(place, row.share, 0.7, edgecolor=BLUE, facecolor="white" if place else BLUE)
        axes.text(row.share + 0.02, place, f"{row.label}: {row.matched:g} of {row.motifs:g}",
                  fontsize=6, va="center")  # fmt: skip
    axes.set(xlim=(0, 1.9), ylim=(max(1, len(rows)) - 0.4, -0.6), xticks=[], yticks=[])
    axes.spines[["bottom"]].set_visible(False)
    axes.set_title(f"share that matches at E < {max_evalue:g}", fontsize=6.5, pad=2, loc="left")


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
