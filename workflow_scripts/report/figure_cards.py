"""Thumbnails of figures on a page within Snakemake's report, and links from it into the report."""

import re
from pathlib import Path
from typing import NamedTuple

from workflow_scripts.report.headlines import TITLES
from workflow_scripts.report.html_parts import text
from workflow_scripts.report.thumbnails import thumbnail_uri


class Figure(NamedTuple):
    """A figure of the report: its SVG file, category, and labels."""

    path: str
    category: str
    item: str
    what: str


def _script(value: str) -> str:
    """A string of JavaScript inside an HTML attribute."""
    return text("'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'")


def show_result(path: str, category: str) -> str:
    """Attributes of a link that shows a figure, and its category in the menu beside it."""
    name, result = _script(category), _script(path)
    return (
        f'href="#" onclick="app.setView({{navbarMode: &quot;subcategory&quot;, category: {name},'
        f" subcategory: Object.keys(categories[{name}])[0], content: &quot;img&quot;,"
        f' contentPath: results[{result}].data_uri, resultPath: {result}}}); return false"'
    )


def show_category(category: str) -> str:
    """Attributes of a link that opens a category of the menu."""
    return f'href="#" onclick="app.showCategory({_script(category)}); return false"'


def _figure_order(figure: Figure) -> tuple[int, list[tuple[int, str]]]:
    """Figures and tables of the papers before what goes beyond them, each by number."""
    kind = 0 if figure.item.startswith("Figure") else 1 if figure.item.startswith("Table") else 2
    parts = re.findall(r"(\d*)(\D*)", figure.item)
    return kind, [(int(digits or 0), rest) for digits, rest in parts]


def figure_cards(figures: list[Figure]) -> str:
    """Thumbnails of all figures, by category; each opens its figure."""
    titles = [*TITLES.values(), "Reads"]
    categories = dict.fromkeys(figure.category for figure in figures)
    parts = []
    for category in sorted(categories, key=lambda c: titles.index(c) if c in titles else 99):
        cards = [
            f'<a class="card" {show_result(figure.path, category)}'
            f' title="{text(figure.item)}: {text(figure.what)}">'
            f'<img alt="" src="{thumbnail_uri(Path(figure.path).with_suffix(".png"))}">'
            f"<span><b>{text(figure.item)}</b>{text(figure.what)}</span></a>"
            for figure in sorted(figures, key=_figure_order)
            if figure.category == category
        ]
        parts.append(f'<h3>{text(category)}</h3><div class="cards">{"".join(cards)}</div>')
    return "<h2>Figures</h2>" + "\n".join(parts) if parts else ""
