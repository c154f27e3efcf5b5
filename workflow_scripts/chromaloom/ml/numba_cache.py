"""Cache folder of numba: functions are compiled once per machine, not once per job.

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
    """Create numba's cache folder and set it.

    The environment variable NUMBA_CACHE_DIR takes precedence; else the user's cache folder, or, if
    that is not writable, the folder for temporary files.

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
            # the folder may exist and be read-only
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        os.environ[VARIABLE] = str(folder)
        return folder
    raise RuntimeError(f"no writable folder for compiled code; fix: set {VARIABLE}")


@contextmanager
def compiling(what: str) -> Iterator[None]:
    """Log that functions may have to be compiled, and how long that took."""
    log.info(
        "%s: compiled in the first run (up to some minutes) and kept in %s",
        what,
        prepare_cache(),
    )
    started = time.monotonic()
    yield
    log.info("%s: ready after %.1f s", what, time.monotonic() - started)


prepare_cache()
