"""Figure 9: motifs that CisModule finds in enhancers, beside the known motifs that they match."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.deepexpression.figures.logo_drawing import draw_pairs


def main(logos: str, *, cells: list[str], most: int, cutoff: float) -> Drawing:
    """Draw all motifs of each cell, the best matched first.

    Parameters
    ----------
    logos
        Table of `match_motifs` on sets `cell/found` and `cell/control`; of the first release.
    cells, most
        Columns of the figure; motifs of each.
    cutoff
        Largest E of a match.
    """
    drawn = choose(pd.read_csv(logos, sep="\t"), cells)
    return draw_pairs(drawn, cells, most, cutoff), drawn


def choose(table: pd.DataFrame, cells: list[str]) -> pd.DataFrame:
    """Pairs to draw, best first in each cell, with the columns that `draw_pairs` wants."""
    table[["cell", "kind"]] = table["set"].str.split("/", expand=True)
    table = table[(table.release == table.release.iloc[0]) & (table.kind == "found")]
    table = table[table.cell.isin(cells)].rename(columns={"name": "name_"})
    table["key"] = table.cell + table.motif
    table["label"] = "motif " + table.motif.str.removeprefix("m")
    return table.sort_values(["cell", "E", "motif", "side", "position"], ignore_index=True)
