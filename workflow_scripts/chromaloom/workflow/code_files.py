"""Files of the workflow that a script depends on.

Snakemake re-runs a rule when a declared input changes; it does not look into a script's imports.
So each rule lists its script and the library modules that the script imports as inputs, found here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "workflow_scripts"


def code_files(script: str | Path, root: str | Path) -> list[str]:
    """List a script and the workflow's modules that it imports, directly or through one another.

    Parameters
    ----------
    script
        Path of the script, absolute or relative to `root`.
    root
        Folder that holds the package `workflow_scripts`.

    Returns
    -------
    list of str
        Sorted absolute paths, the script among them. Imports inside functions count too.
    """
    root = Path(root).resolve()
    todo, found = [root / script], set()
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            # cached, since many rules share modules; an edited file is read again
            todo.extend(_imported_modules(path, root, path.stat().st_mtime_ns))
    return sorted(map(str, found))


def imported_names(path: str | Path) -> set[str]:
    """Dotted names of all modules that a Python file imports, anywhere in the file."""
    names: set[str] = set()
    for node in _statements(ast.parse(Path(path).read_text(), str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            # `from package import module` names a module only in its list
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements within a module or a statement; expressions are skipped, they contain none."""
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        for inner in getattr(node, part, []):
            yield inner
            yield from _statements(inner)


@cache
def _imported_modules(path: Path, root: Path, changed: int) -> list[Path]:
    """Files of the workflow's package that one file imports; `changed` is its time."""
    modules = (name for name in imported_names(path) if name.split(".")[0] == PACKAGE)
    candidates = (root.joinpath(*name.split(".")).with_suffix(".py") for name in modules)
    return [candidate for candidate in candidates if candidate.is_file()]
