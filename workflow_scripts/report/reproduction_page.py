"""The reproduction table as a page of the report: real data and simulated data apart."""

import pandas as pd

from workflow_scripts.report.headlines import TITLES
from workflow_scripts.report.html_parts import STYLE, cell, table, text
from workflow_scripts.report.origin import NOTICE, REAL, SIMULATED

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Published and obtained</title>
<style>body {{ margin: 16px; background: #fff; }}
{style}</style>
</head>
<body><div class="overview">
<h1>Published and obtained</h1>
{body}
</div></body>
</html>
"""
SECTIONS = {
    REAL: ("Real data", "", "Published"),
    SIMULATED: (
        "Simulated data",
        f'<p class="notice">{NOTICE}</p>',
        "Published<small>for other data</small>",
    ),
}


def _value(value: object, digits: int = 4) -> str:
    """Some significant digits; a value that is not a number as it stands."""
    shown = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
    if pd.isna(shown):
        return text(value) if isinstance(value, str) and value else "–"
    whole = float(shown).is_integer()
    return (f"{shown:,.0f}" if whole else f"{shown:.{digits}g}").replace("-", "−")


def _row(row: pd.Series, data: str) -> list[str]:
    """Cells of one quantity: its name and origin, the run's value, the published one."""
    preset = f"preset {row.preset}" if row.preset and row.preset[:4] != "grid" else row.preset
    about = "; ".join(part for part in (row["item"], preset, row.note) if part)
    spread = "" if pd.isna(row.sd) else f" ± {_value(row.sd, 2)}"
    of = ", ".join(part for part in (row.unit, f"n = {row.n:g}") if part)
    elsewhere = ["elsewhere"] if data == SIMULATED else []
    return [
        cell(f"{text(row.quantity)}<small>{text(about)}</small>"),
        cell(f"{_value(row.obtained)}{spread}<small>{text(of)}</small>", "number", "strong"),
        cell(_value(row.published), "number", *elsewhere),
    ]


def reproduction_page(rows: pd.DataFrame, lacking: int) -> str:
    """HTML page of the rows of reproduction.tsv.

    Parameters
    ----------
    rows
        Columns of `tabulate_reproduction.COLUMNS`.
    lacking
        Number of published quantities that the run does not have.
    """
    parts = []
    for data, (title, notice, published) in SECTIONS.items():
        chosen = rows[rows.data == data]
        if chosen.empty:
            continue
        lines = []
        for paper, quantities in chosen.groupby("paper", sort=False):
            lines.append([cell(text(TITLES.get(paper, paper)))])
            lines += [_row(row, data) for _, row in quantities.iterrows()]
        head = ["Quantity", "This run", published]
        parts += [f"<h2>{title}</h2>", notice, table(head, lines, numbers=(1, 2))]
    if not parts:
        parts = ["<p>This run has no quantity that the papers publish.</p>"]
    if lacking:
        parts.append(
            f'<p class="quiet">Published quantities that are not part of this run: {lacking}.</p>'
        )
    return PAGE.format(style=STYLE, body="\n".join(parts))
