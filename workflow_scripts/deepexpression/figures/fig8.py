"""Figure 8: first-layer motifs with their best JASPAR matches, and how often controls match."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.deepexpression.figures.logo_drawing import draw_pairs, matched_shares

KINDS = {"trained": "trained", "untrained": "untrained", "shuffled": "expression shuffled"}


def main(
    logos: str, summary: str, *, cells: list[str], max_drawn: int, max_evalue: float
) -> Drawing:
    """Draw the best matches of each cell's trained networks, each known factor once.

    Above them is the share of kernels that match, beside that of untrained networks and of networks
    trained on shuffled expression: a match alone is no evidence that a motif was learned.

    Parameters
    ----------
    logos, summary
        Tables of `match_motifs` for sets `cell/task/kind`; the first JASPAR release is used.
    cells, max_drawn
        Columns of the figure; maximum number of pairs per cell.
    max_evalue
        E-value below which a motif matches.
    """
    drawn = choose(pd.read_csv(logos, sep="\t"), cells, max_drawn, max_evalue)
    counts = pd.read_csv(summary, sep="\t")
    counts[["cell", "task", "kind"]] = counts["set"].str.split("/", expand=True)
    shares = matched_shares(counts, KINDS)
    table = pd.concat([shares.assign(side="share"), drawn])
    return draw_pairs(drawn, shares, cells, max_drawn, max_evalue), table


def choose(
    table: pd.DataFrame, cells: list[str], max_drawn: int, max_evalue: float
) -> pd.DataFrame:
    """Pairs to draw, best first in each cell, with the columns that `draw_pairs` needs."""
    table[["cell", "task", "kind"]] = table["set"].str.split("/", expand=True)
    table = table[(table.release == table.release.iloc[0]) & (table.kind == "trained")]
    table = table.rename(columns={"name": "name_"})
    # of several kernels that match a factor, the best is drawn
    best = table[max_evalue > table.E].sort_values(["E", "motif"], kind="stable")
    best = best.drop_duplicates(["cell", "name_"])[["cell", "task", "motif", "target"]]
    best = best[best.cell.isin(cells)].groupby("cell", sort=False).head(max_drawn)
    best["rank"] = range(len(best))
    drawn = best.merge(table, on=["cell", "task", "motif", "target"])
    drawn = drawn.sort_values(["rank", "side", "position"], ignore_index=True)
    drawn["key"] = drawn.cell + drawn.task + drawn.motif
    kernel = drawn.motif.str.extract(r"k0*(\d+)$")[0]
    drawn["label"] = "kernel " + kernel + ", " + drawn.task
    return drawn
