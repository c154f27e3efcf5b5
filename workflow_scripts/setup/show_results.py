"""Print the leading numbers of finished runs and the path of each report.

`python -m workflow_scripts.setup.show_results results/demo results/demo-deepexpression`
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from workflow_scripts.report.headlines import TITLES, Headline, headline_numbers


def result_lines(folders: Sequence[str | Path]) -> list[str]:
    """A line per leading number, each beside its baseline, and a line per report.

    Parameters
    ----------
    folders
        Folders of the runs, `results/<name>`. What a run lacks is left out: the report where only
        some targets were made, papers without metrics.
    """
    rows = [
        headline_cells(headline)
        for folder in folders
        for headline in headline_numbers(folder)
        if headline.lead
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    reports = [path for folder in folders if (path := Path(folder, "report.html")).exists()]
    return [*lines, *(f"Report: {path}" for path in reports)]


def headline_cells(headline: Headline) -> tuple[str, str, str, str]:
    """Paper, label, value and baseline of a number."""
    beside = ""
    if headline.baseline is not None:
        beside = f"{headline.baseline_label}: {headline.baseline:.3f}"
    return TITLES[headline.paper], headline.label, f"{headline.value:.3f}", beside


if __name__ == "__main__":
    print(*result_lines(sys.argv[1:]), sep="\n")
