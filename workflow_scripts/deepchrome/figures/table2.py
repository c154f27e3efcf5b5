"""Table 2: the marks of the run, and what each stands for."""

from workflow_scripts.chromaloom.plot.style import SINGLE, Drawing
from workflow_scripts.chromaloom.plot.text_table import draw_text_table
from workflow_scripts.deepchrome.figures.mark_roles import role_table


def main(*, marks: list[str]) -> Drawing:
    """Draw the marks in the order of the network's input, one a row."""
    return draw_text_table(
        role_table(marks), widths=[1, 1.6, 1.1],
        heads=["Mark", "Functional category", "Goes with expression"], figure_width=SINGLE,
    )  # fmt: skip
