"""Small pieces of HTML for the report's own pages: escaped text, tables, one style."""

from collections.abc import Iterable, Sequence
from html import escape

# Every rule starts at .overview: the page of Snakemake's report around it keeps its own look
STYLE = """
.overview { max-width: 1080px; margin: 0 auto; padding: 4px 12px 32px; color: #1f2937;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.overview h1 { font-size: 26px; line-height: 1.25; font-weight: 650; margin: 4px 0 6px; }
.overview h2 { font-size: 18px; line-height: 1.3; font-weight: 650; margin: 34px 0 10px;
  padding-bottom: 5px; border-bottom: 1px solid #e5e7eb; }
.overview h3 { font-size: 15px; font-weight: 650; margin: 20px 0 8px; }
.overview p { margin: 6px 0; max-width: 75ch; }
.overview .notice b { font-weight: 650; color: inherit; }
.overview .quiet { color: #6b7280; font-size: 13px; }
.overview a { color: #0072B2; text-decoration: none; font-weight: inherit; }
.overview a:hover { text-decoration: underline; }
.overview .notice { background: #fdf6e3; border-left: 4px solid #E69F00; border-radius: 3px;
  padding: 8px 14px; margin: 12px 0; max-width: none; }
.overview .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(84px, 1fr));
  gap: 10px; margin: 16px 0 4px; padding: 0; }
.overview .tile { background: #f3f6f9; border-radius: 6px; padding: 9px 10px; line-height: 1.3; }
.overview .tile b { display: block; font-size: 20px; line-height: 1.25; font-weight: 650;
  white-space: nowrap; }
.overview .tile span { color: #6b7280; font-size: 13px; }
.overview .scroll { overflow-x: auto; }
.overview table { border-collapse: collapse; width: 100%; margin: 4px 0; font-size: 14px;
  line-height: 1.4; }
.overview th { text-align: left; font-weight: 500; color: #6b7280; font-size: 12.5px;
  padding: 4px 12px 4px 0; border-bottom: 1px solid #d1d5db; vertical-align: bottom; }
.overview td { padding: 6px 12px 6px 0; border-bottom: 1px solid #eef0f2; vertical-align: top; }
.overview th.number, .overview td.number { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.overview td:first-child { min-width: 110px; }
.overview th.number, .overview td.number small { white-space: normal; }
.overview td.strong { font-weight: 650; }
.overview td small, .overview th small { display: block; color: #6b7280; font-size: 12px;
  font-weight: 400; }
.overview .elsewhere { color: #6b7280; border-left: 1px solid #d1d5db; padding-left: 12px; }
.overview tr.group td { font-weight: 650; padding-top: 14px; border-bottom-color: #d1d5db; }
.overview .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(158px, 1fr));
  gap: 12px; margin: 8px 0; padding: 0; }
.overview a.card { display: flex; flex-direction: column; border: 1px solid #e5e7eb;
  border-radius: 6px; overflow: hidden; background: #fff; color: inherit; }
.overview a.card:hover, .overview a.card:focus { border-color: #0072B2; text-decoration: none; }
.overview a.card img { width: 100%; height: 112px; object-fit: contain; padding: 6px; margin: 0;
  background: #fff; }
.overview a.card span { display: block; padding: 5px 9px 7px; background: #f8fafb; flex: 1;
  font-size: 12.5px; line-height: 1.35; color: #6b7280; }
.overview a.card b { display: block; color: #1f2937; font-weight: 650; }
"""


def text(value: object) -> str:
    """A value as text that is safe inside HTML, and inside Jinja's block `raw` (`as_caption`)."""
    return escape(str(value)).replace("{%", "{&#37;")


def number(value: float | None, digits: int = 3) -> str:
    """A score with a fixed number of decimals and a true minus sign; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def count(value: float) -> str:
    """A count as people read it: 950, 1,000, 3.3 million."""
    if value >= 1e9:
        return f"{value / 1e9:.1f} billion"
    if value >= 1e6:
        return f"{value / 1e6:.1f} million"
    return f"{value:,.0f}"


def plural(value: int, noun: str) -> str:
    """A count and its noun: 1 cell, 4 cells."""
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def some(names: Sequence[str], separator: str = ", ", most: int = 12) -> str:
    """Names in a line, the first few of many."""
    more = f"{separator}and {len(names) - most} more" if len(names) > most else ""
    return separator.join(names[:most]) + more


def cell(content: str, *classes: str) -> str:
    """A table cell of ready HTML."""
    named = f' class="{" ".join(classes)}"' if classes else ""
    return f"<td{named}>{content}</td>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table that scrolls by itself where it is too wide.

    Parameters
    ----------
    head
        Ready HTML of the header cells.
    rows
        For each row its cells, made by `cell`; a row of one cell spans the table as a heading.
    numbers
        Header cells, counted from 0, that stand over numbers.
    """
    headers = "".join(
        f'<th class="number">{title}</th>' if place in numbers else f"<th>{title}</th>"
        for place, title in enumerate(head)
    )
    lines = []
    for row in rows:
        if len(row) == 1 < len(head):
            lines.append(
                f'<tr class="group">{row[0].replace("<td", f"<td colspan={len(head)}")}</tr>'
            )
        else:
            lines.append(f"<tr>{''.join(row)}</tr>")
    body = "\n".join(lines)
    return (
        f'<div class="scroll"><table><thead><tr>{headers}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )
