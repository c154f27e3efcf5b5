"""Figure 9: CisModule's enhancer motifs with their best JASPAR matches."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.deepexpression.figures.logo_drawing import draw_pairs, matched_shares

KINDS = {"found": "enhancers", "control": "background"}


def main(
    logos: str, summary: str, *, cells: list[str], max_drawn: int, max_evalue: float
) -> Drawing:
    """Draw the motifs of each cell, best matches first, below the share that matches.

    Parameters
    ----------
    logos, summary
        Tables of `match_motifs` for sets `cell/found` and `cell/control`, sequences drawn from the
        background; the first JASPAR release is used.
    cells, max_drawn
        Columns of the figure; maximum number of motifs per cell.
    max_evalue
        E-value below which a motif matches.
    """
    drawn = choose(pd.read_csv(logos, sep="\t"), cells)
    counts = pd.read_csv(summary, sep="\t")
    counts[["cell", "kind"]] = counts["set"].str.split("/", expand=True)
    shares = matched_shares(counts, KINDS)
    table = pd.concat([shares.assign(side="share"), drawn])
    return draw_pairs(drawn, shares, cells, max_drawn, max_evalue), table


def choose(table: pd.DataFrame, cells: list[str]) -> pd.DataFrame:
    """Pairs to draw, best first in each cell, with the columns that `draw_pairs` needs."""
    table[["cell", "kind"]] = table["set"].str.split("/", expand=True)
    table = table[(table.release == table.release.iloc[0]) & (table.kind == "found")]
    table = table[table.cell.isin(cells)].rename(columns={"name": "name_"})
    table["key"] = table.cell + table.motif
    table["label"] = "motif " + table.motif.str.removeprefix("m")
    return table.sort_values(["cell", "E", "motif", "side", "position"], ignore_index=True)
