"""Text tables drawn as figures."""

import textwrap
from collections.abc import Iterable

import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, GRAY, Drawing, new_figure

LINE = 0.145  # inches per line of text


def draw_text_table(
    table: pd.DataFrame,
    *,
    widths: list[float],
    heads: list[str],
    figure_width: float,
) -> Drawing:
    """Draw a table with wrapped, left-aligned text; return the figure and the table.

    Parameters
    ----------
    table
        Table to be drawn; its column names are the header of the TSV.
    widths, heads
        Relative width and heading of each column.
    figure_width
        Inches.
    """
    per_inch = 17.5  # letters at 7 points, with some room
    shares = [width / sum(widths) for width in widths]
    letters = [max(4, int(share * figure_width * per_inch)) for share in shares]

    def wrap(row: Iterable[object]) -> list[str]:
        return [textwrap.fill(str(text), most) for text, most in zip(row, letters, strict=True)]

    # bold letters are wider
    head = [
        textwrap.fill(text, max(4, int(0.85 * n))) for text, n in zip(heads, letters, strict=True)
    ]
    rows = [head, *(wrap(row) for row in table.itertuples(index=False))]
    lines = [max(text.count("\n") + 1 for text in row) for row in rows]
    total = sum(lines) * LINE + len(rows) * 0.09
    figure, axes = new_figure(figure_width, total + 0.1)
    axes.set(xlim=(0, 1), ylim=(total, 0))
    axes.set_axis_off()
    top = 0.0
    for number, (row, count) in enumerate(zip(rows, lines, strict=True)):
        left = 0.0
        for text, share in zip(row, shares, strict=True):
            weight = "bold" if number == 0 else "normal"
            # line by line, on common baselines: the position of a block would depend on its tallest
            # letter
            for line, words in enumerate(text.split("\n")):
                axes.text(left, top + 0.02 + LINE * (line + 0.75), words, va="baseline",
                          fontsize=7, fontweight=weight)  # fmt: skip
            left += share
        top += count * LINE + 0.09
        if number < len(rows) - 1:
            axes.axhline(top, color=BLACK if number == 0 else GRAY,
                         linewidth=0.8 if number == 0 else 0.3)  # fmt: skip
    return figure, table
