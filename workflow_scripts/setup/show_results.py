"""Print the path of each run's report and its leading numbers.

`python -m workflow_scripts.setup.show_results results/demo results/demo-deepexpression`
"""

import sys
from pathlib import Path

from workflow_scripts.report.headlines import TITLES, Headline, headline_numbers


def result_lines(folder: str | Path) -> list[str]:
    """The report's path and the leading numbers of a run, each beside its baseline.

    Parameters
    ----------
    folder
        Folder of the run, `results/<name>`. What it lacks is left out: the report where only
        some targets were made, papers without metrics.
    """
    leading = [headline for headline in headline_numbers(folder) if headline.lead]
    report = Path(folder, "report.html")
    lines = [f"Report: {report}"] if report.exists() else []
    if leading:
        cells = [headline_cells(headline) for headline in leading]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            columns = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append(f"  {'  '.join(columns)}".rstrip())
    return lines


def headline_cells(headline: Headline) -> tuple[str, str, str, str]:
    """Paper, label, value and baseline of a number."""
    beside = ""
    if headline.baseline is not None:
        beside = f"{headline.baseline_label}: {headline.baseline:.3f}"
    return TITLES[headline.paper], headline.label, f"{headline.value:.3f}", beside


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        print(*result_lines(folder), sep="\n")
