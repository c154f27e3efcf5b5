"""Table 2: the histone marks of the run and their roles."""

from workflow_scripts.chromaloom.plot.style import SINGLE, Drawing
from workflow_scripts.chromaloom.plot.text_table import draw_text_table
from workflow_scripts.deepchrome.interpretation.mark_roles import role_table


def main(*, marks: list[str]) -> Drawing:
    """Draw one mark per row, in the order of the network's input."""
    return draw_text_table(
        role_table(marks), widths=[1, 1.6, 1.1],
        heads=["Mark", "Associated with", "Expression"], figure_width=SINGLE,
    )  # fmt: skip
