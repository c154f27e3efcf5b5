"""Print the leading numbers of finished runs and the path of each report.

`python -m workflow_scripts.setup.show_results results/demo results/demo-deepexpression`

Of a run that applies bundles (`make apply`), also what the logs of these jobs say, such as how the
data differ from those that the model was trained on, and the files.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from workflow_scripts.report.applied_models import applied_messages
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
    applied = [line for folder in folders for line in applied_lines(folder)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    reports = [path for folder in folders if (path := Path(folder, "report.html")).exists()]
    return [*lines, *applied, *(f"Report: {path}" for path in reports)]


def applied_lines(folder: str | Path) -> list[str]:
    """Of each entry of `apply`, a line per message of its job, and one with its files."""
    lines = []
    for entry in sorted(Path(folder, "apply").glob("[!.]*")):
        messages = applied_messages(Path(folder), entry.name)
        lines += [f"{entry.name}: {message}" for message in messages]
        files = sorted(path.name for path in entry.glob("[!.]*"))
        lines.append(f"{entry.name}: {entry}/: {', '.join(files)}")
    return lines


def headline_cells(headline: Headline) -> tuple[str, str, str, str]:
    """Paper, label, value and baseline of a number."""
    beside = ""
    if headline.baseline is not None:
        beside = f"{headline.baseline_label}: {headline.baseline:.3f}"
    return TITLES[headline.paper], headline.label, f"{headline.value:.3f}", beside


if __name__ == "__main__":
    print(*result_lines(sys.argv[1:]), sep="\n")
