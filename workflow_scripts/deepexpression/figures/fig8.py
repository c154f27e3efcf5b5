"""Figure 8: motifs of the first layer beside the known motifs that they match."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.deepexpression.figures.logo_drawing import draw_pairs


def main(logos: str, *, cells: list[str], most: int, cutoff: float) -> Drawing:
    """Draw the best matches of each cell's trained network, each known factor once.

    Parameters
    ----------
    logos
        Table of `match_motifs` on sets `cell/task/kind`; of the first release named in it.
    cells, most
        Columns of the figure; pairs of each.
    cutoff
        Largest E.
    """
    drawn = choose(pd.read_csv(logos, sep="\t"), cells, most, cutoff)
    return draw_pairs(drawn, cells, most, cutoff), drawn


def choose(table: pd.DataFrame, cells: list[str], most: int, cutoff: float) -> pd.DataFrame:
    """Pairs to draw, best first in each cell, with the columns that `draw_pairs` wants."""
    table[["cell", "task", "kind"]] = table["set"].str.split("/", expand=True)
    table = table[(table.release == table.release.iloc[0]) & (table.kind == "trained")]
    table = table.rename(columns={"name": "name_"})
    # a factor that several kernels match is drawn with the best of them
    best = table[cutoff > table.E].sort_values(["E", "motif"], kind="stable")
    best = best.drop_duplicates(["cell", "name_"])[["cell", "task", "motif", "target"]]
    best = best[best.cell.isin(cells)].groupby("cell", sort=False).head(most)
    best["rank"] = range(len(best))
    drawn = best.merge(table, on=["cell", "task", "motif", "target"])
    drawn = drawn.sort_values(["rank", "side", "position"], ignore_index=True)
    drawn["key"] = drawn.cell + drawn.task + drawn.motif
    kernel = drawn.motif.str.extract(r"k0*(\d+)$")[0]
    drawn["label"] = "kernel " + kernel + ", " + drawn.task
    return drawn
