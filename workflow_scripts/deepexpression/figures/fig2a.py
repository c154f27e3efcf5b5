"""Figure 2a: sum of loop signals against expression, a point per gene."""

from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.deepexpression.figures.loop_scatter import draw_scatters, read_genes


def main(genes: str, *, cells: list[str]) -> Drawing:
    """Draw a panel per cell with HiChIP."""
    table = read_genes(genes, cells)
    figure = draw_scatters(table, "loop_sum", "Sum of loop signals, log2(1 + count)")
    columns = ["cell", "gene", "loop_sum", "expression"]
    return figure, table[columns]
