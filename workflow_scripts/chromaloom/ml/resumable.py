"""Long jobs made of independent parts: run side by side, told as they go, kept after a kill."""

import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint

log = logging.getLogger("chromaloom")


def run_parts(
    parts: Mapping[str, Callable[[], dict[str, Any]]],
    *,
    folder: str | Path,
    fingerprint: Fingerprint,
    threads: int = 1,
    every: float = 2.0,
) -> dict[str, dict[str, Any]]:
    """Run named parts, each result kept in a file of its own until all are done.

    Parameters
    ----------
    parts
        Function of each part; returns what JSON can hold. A part must not depend on another.
    folder, fingerprint
        Where results are kept, and what they belong to: one of another fingerprint is not used.
        The folder is removed at the end. It must be no output of the rule, or Snakemake would
        remove it when the job is killed.
    threads
        Parts at a time. Threads, not processes: for functions that release Python's lock, as
        scikit-learn's support vector machines do. With 1, parts run one by one in this thread.
    every
        Least seconds between two lines of progress.

    Returns
    -------
    dict
        Result by name, in the order of `parts`; the same whether resumed or not.
    """
    folder, results = Path(folder), {}
    for name in parts:
        if (found := _load(folder / f"{name}.json", fingerprint)) is not None:
            results[name] = found
    if results:
        log.info("resuming: %d of %d parts are done", len(results), len(parts))
    todo = [name for name in parts if name not in results]
    started = told = time.monotonic()

    def keep(name: str, result: dict[str, Any]) -> None:
        nonlocal told
        text = json.dumps({"fingerprint": fingerprint, "result": result})
        with atomic_path(folder / f"{name}.json") as temporary:
            temporary.write_text(text)
        results[name] = json.loads(text)["result"]
        left = len(parts) - len(results)
        if time.monotonic() - told >= every or not left:
            told = time.monotonic()
            pace = (told - started) / (len(todo) - left)
            log.info(
                "%s: %d/%d done, %.2f s each, about %.0f s left",
                name, len(results), len(parts), pace, pace * left,
            )  # fmt: skip

    if threads == 1:
        for name in todo:
            keep(name, parts[name]())
    else:
        with ThreadPoolExecutor(threads) as pool:
            running = {pool.submit(parts[name]): name for name in todo}
            try:
                for future in as_completed(running):
                    keep(running[future], future.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    shutil.rmtree(folder, ignore_errors=True)
    return {name: results[name] for name in parts}


def write_parts(
    parts: Mapping[str, Callable[..., None]],
    *,
    files: Mapping[str, Sequence[str | Path]],
    folder: str | Path,
    fingerprint: Fingerprint,
) -> None:
    """Run named parts that write files, one by one, each part's files kept until all are done.

    Parameters
    ----------
    parts
        Function of each part, which takes the keywords of `files`: a path to write for each.
    files
        Where the files of each keyword go at the end, in the order of `parts`.
    folder, fingerprint
        As `run_parts`; the folder and the files are on one file system.
    """
    folder = Path(folder)
    places = {
        name: {
            key: (folder / name / f"{key}.{Path(paths[number]).name}", Path(paths[number]))
            for key, paths in files.items()
        }
        for number, name in enumerate(parts)
    }

    def part(name: str) -> Callable[[], dict[str, Any]]:
        def run() -> dict[str, Any]:
            parts[name](**{key: kept for key, (kept, _) in places[name].items()})
            return {}

        return run

    run_parts(
        {name: part(name) for name in parts},
        folder=folder / "done", fingerprint=fingerprint, every=0,
    )  # fmt: skip
    for kept, path in (pair for pairs in places.values() for pair in pairs.values()):
        path.parent.mkdir(parents=True, exist_ok=True)
        kept.replace(path)
    shutil.rmtree(folder)


def _load(path: Path, fingerprint: Fingerprint) -> dict[str, Any] | None:
    """Read the result of a part, if it is of this very job."""
    if not path.is_file():
        return None
    record = json.loads(path.read_text())
    return record["result"] if record["fingerprint"] == fingerprint else None
