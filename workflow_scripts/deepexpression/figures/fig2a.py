"""Figure 2a: sum of a gene's loop signals against its expression, as a density scatter."""

from workflow_scripts.chromaloom.plot.style import save_figure
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepexpression.figures.loop_scatter import draw_scatters, read_genes


def main(genes: str, *, cells: list[str], svg: str, png: str, tsv: str) -> None:
    """Draw a panel per cell with HiChIP."""
    table = read_genes(genes, cells)
    figure = draw_scatters(table, "loop_sum", "Sum of loop signals, log2(1 + count)")
    columns = ["cell", "gene", "loop_sum", "expression"]
    save_figure(figure, table[columns], svg=svg, png=png, tsv=tsv)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.genes,
            cells=snakemake.params.cells,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            tsv=snakemake.output.tsv,
        )
