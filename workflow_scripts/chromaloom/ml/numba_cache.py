"""Folder of the functions that numba has compiled: a machine compiles once, not in every job.

Import this module before a module with `numba.njit(cache=True)`: numba reads the folder when a
function is decorated.
"""

import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_dir

log = logging.getLogger("chromaloom")
VARIABLE = "NUMBA_CACHE_DIR"


def prepare_cache() -> Path:
    """Name the folder of compiled code to numba, and make it.

    The environment's NUMBA_CACHE_DIR wins; else the user's cache folder, or where that cannot be
    written to, the folder for temporary files.

    Returns
    -------
    pathlib.Path
        The folder.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named)
    user = Path(user_cache_dir("chromaloom", appauthor=False))
    for place in (user, Path(tempfile.gettempdir(), f"chromaloom-{os.getuid()}")):
        folder = place / "numba"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # a folder may be there and yet be read-only
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        os.environ[VARIABLE] = str(folder)
        return folder
    raise RuntimeError(f"no writable folder for compiled code; fix: set {VARIABLE}")


@contextmanager
def compiling(what: str) -> Iterator[None]:
    """Log that something may have to be compiled, and how long that took."""
    log.info(
        "%s: compiled in the first run (up to some minutes) and kept in %s",
        what,
        prepare_cache(),
    )
    started = time.monotonic()
    yield
    log.info("%s: ready after %.1f s", what, time.monotonic() - started)


prepare_cache()
