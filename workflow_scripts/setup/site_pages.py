"""Hook of MkDocs: README.md is the site's first page, and the other top pages stand beside it.

Pages link to files by their path in the repository. In the site a link to a page becomes a link
within the site, and a file that is no page (LICENSE, a config) is copied into it.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
# pages of the top folder, by their name in the site
TOP_PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "CONTRIBUTING.md",
             "CHANGELOG.md": "CHANGELOG.md"}  # fmt: skip
LINK = re.compile(r"(?<=\]\()([\w./-]+)(?=[)#])")
NAMED_FENCE = re.compile(r"^```(\w+) ([\w./-]+)$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the top pages, and the files outside docs/ that any page links to."""
    for name, page in TOP_PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text()))
    linked: set[str] = set()
    for source in [*(ROOT / name for name in TOP_PAGES), *ROOT.glob("docs/**/*.md")]:
        linked |= set(map(_site_path, _targets(source)))
    for path in sorted(linked):
        if files.get_file_from_path(path) is None and (ROOT / path).is_file():
            files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Adapt a page: its links, and code blocks that carry the name of a file (```yaml my.yaml)."""
    sources = {name: source for source, name in TOP_PAGES.items()}
    path = page.file.src_uri
    markdown = NAMED_FENCE.sub(r'```\1 title="\2"', markdown)
    return relink(markdown, sources.get(path, f"docs/{path}"))


def relink(text: str, source: str) -> str:
    """Rewrite the links of a page.

    Args:
        text: Markdown whose links are relative to `source`.
        source: Path of the page in the repository.
    """
    start = posixpath.dirname(_site_path(source)) or "."

    def rewritten(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
        return posixpath.relpath(_site_path(target), start)

    return LINK.sub(rewritten, text)


def _site_path(path: str) -> str:
    """Where a file of the repository stands in the site."""
    return TOP_PAGES.get(path, path.removeprefix("docs/"))


def _targets(page: Path) -> list[str]:
    """Paths in the repository that a page links to."""
    folder = page.relative_to(ROOT).parent.as_posix()
    found = LINK.findall(page.read_text())
    return [posixpath.normpath(posixpath.join(folder, target)) for target in found]
