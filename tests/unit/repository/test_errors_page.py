"""docs/errors.md shows an example of every error line that the code can end with."""

from pathlib import Path

import pytest

from workflow_scripts.setup.errors_page import (
    SECTIONS,
    composed_pieces,
    error_sites,
    errors_page,
    section_of,
    shown_lines,
)

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"
SITES = [site for site in error_sites() if site.is_fixed]


def test_every_place_that_rejects_input_is_shown_with_its_present_text():
    shown = shown_lines(PAGE.read_text())
    absent = [
        f"{site.path}:{site.line}: {' … '.join(site.pieces)}"
        for site in SITES
        if not any(map(site.matches, shown))
    ]
    advice = "run make docs; each needs a unit test that provokes it"
    assert not absent, "\n".join([advice, *absent])


def test_no_line_has_a_folder_of_the_machine_that_wrote_the_page():
    assert "/tmp/" not in PAGE.read_text()
    assert "shared/data" not in PAGE.read_text()


def test_nothing_is_shown_that_the_code_no_longer_says():
    pieces = {piece for piece in composed_pieces() if len(piece) >= 8}
    assert not [
        line
        for line in shown_lines(PAGE.read_text())
        if not any(site.matches(line) for site in SITES)
        and not any(piece in line for piece in pieces)
    ]


def test_sites_are_found_with_the_fixed_parts_of_their_text():
    assert len(SITES) > 250
    words = "is empty; expected: a file with content; fix: copy it again"
    (site,) = (s for s in SITES if s.pieces[-1] == words and "sheets" in s.path)
    assert site.matches(f"row 2: file 'a.fastq' {words}")
    assert not site.matches("row 2: file 'a.fastq' does not exist")
    assert not site.matches("is empty: file")


def test_lines_are_grouped_by_section_once_each_in_the_order_of_the_code():
    page = errors_page(
        [
            ("workflow_scripts/signal/a.py", 9, "second"),
            ("workflow_scripts/signal/a.py", 2, "first `key`"),
            ("workflow_scripts/signal/a.py", 2, "another run of the first"),
            ("rules/common.smk", 1, "config"),
        ]
    )
    assert shown_lines(page) == ["config", "first `key`", "second"]
    assert page.index("## Config and sheets") < page.index("## Signal")


@pytest.mark.parametrize("path", sorted({site.path for site in error_sites()}))
def test_every_module_belongs_to_a_section(path):
    assert section_of(path) in SECTIONS
