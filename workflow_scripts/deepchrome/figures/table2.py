"""Table 2: the marks of the run, and what each stands for."""

from workflow_scripts.chromaloom.plot.style import SINGLE
from workflow_scripts.chromaloom.plot.text_table import draw_text_table
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepchrome.figures.mark_roles import role_table


def main(*, marks: list[str], svg: str, png: str, tsv: str) -> None:
    """Draw the marks in the order of the network's input, one a row."""
    draw_text_table(
        role_table(marks), widths=[1, 1.6, 1.1],
        heads=["Mark", "Functional category", "Goes with expression"], figure_width=SINGLE,
        svg=svg, png=png, tsv=tsv,
    )  # fmt: skip


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            marks=snakemake.params.marks,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            tsv=snakemake.output.tsv,
        )
