"""Plugin of pytest: write docs/errors.md from the error lines that the tests provoke.

    python -m pytest -p workflow_scripts.setup.record_errors --errors-page FILE tests/unit

Only tests that name an error, themselves or through a helper of the tests, are run. The page
shows the first line that comes from a place in the code, in the order of the tests. Nothing is
written when a test fails.
"""

import inspect
import os
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from workflow_scripts.chromaloom.workflow import failures
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.setup.errors_page import HELPERS, ROOT, Line, errors_page

LINES: list[Line] = []


def record(text: str, frame: Any) -> None:
    """Keep a line with the place of the code that made it, unless that is a test."""
    while frame.f_code.co_name in HELPERS:
        frame = frame.f_back
    path = Path(frame.f_code.co_filename)
    if path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "tests"):
        LINES.append((path.relative_to(ROOT).as_posix(), frame.f_lineno, text))


def _recorded_error(self: UserError, *args: object) -> None:
    Exception.__init__(self, *args)
    record(str(self), sys._getframe(1))


def _recorded_failure(function: Callable[[BaseException], str | None]) -> Callable:
    code = inspect.unwrap(function).__code__
    texts: list[str] = []  # each is shown

    def recorded(error: BaseException) -> str | None:
        text = function(error)
        if text and text not in texts:
            path = Path(code.co_filename).relative_to(ROOT).as_posix()
            LINES.append((path, code.co_firstlineno + len(texts), text))
            texts.append(text)
        return text

    return recorded


def _names_user_error(item: pytest.Function) -> bool:
    """Whether a test, or a function of the tests that it uses, names a kind of error."""
    seen: set[object] = set()
    waiting: list[object] = [
        item.function,
        *(getattr(item.module, n, None) for n in item.fixturenames),
    ]
    while waiting:
        found = waiting.pop()
        function = getattr(found, "_fixture_function", found)
        if not inspect.isfunction(function) or function in seen:
            continue
        if not Path(function.__code__.co_filename).is_relative_to(ROOT / "tests"):
            continue
        seen.add(function)
        try:
            source = inspect.getsource(function)
        except OSError:  # made by a decorator
            continue
        if re.search("UserError|SystemExit|_failure", source):
            return True
        names = set(re.findall(r"\w+", source))
        waiting += [value for name, value in function.__globals__.items() if name in names]
    return False


def pytest_addoption(parser: pytest.Parser) -> None:
    """The file to write."""
    parser.addoption("--errors-page", metavar="FILE", required=True)


def pytest_configure() -> None:
    """Listen, before any test module imports what is listened to."""
    UserError.__init__ = _recorded_error  # type: ignore[assignment, method-assign]
    for name in ("disk_failure", "memory_failure"):
        setattr(failures, name, _recorded_failure(getattr(failures, name)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out tests that provoke no error."""
    items[:] = [i for i in items if isinstance(i, pytest.Function) and _names_user_error(i)]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the page, without what differs between runs: folders, ports and the date."""
    if exitstatus != pytest.ExitCode.OK:
        return
    base = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    folder = re.compile(rf"{re.escape(str(base))}/[^/\s'\"]+/|{re.escape(str(ROOT))}/")
    today = str(date.today())
    data = os.environ.get("CHROMALOOM_REAL_DATA") or str(ROOT.parent / "shared" / "data")
    server = re.compile(r"(?<=://)(?:localhost|127\.0\.0\.1):\d+|(?<=port=)\d+")
    lines = [
        (path, number, " ".join(server.sub("host", folder.sub("", line)).split()))
        for path, number, text in LINES
        for line in text.replace(today, "2026-12-01").replace(data, "{data}").split("\n")
    ]
    Path(session.config.getoption("--errors-page")).write_text(errors_page(lines))
