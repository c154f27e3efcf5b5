"""Checkpoints: a killed job resumes from its finished work.

There are three kinds: the training state between two epochs, the results of independent parts of a
job, and arrays. Whole networks are kept by training.py. Every checkpoint carries the fingerprint of
its settings and data; a job with a different fingerprint ignores it. Checkpoint folders must not be
outputs of a rule: Snakemake removes the outputs of a killed job.
"""

import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint

log = logging.getLogger("chromaloom")

Arrays = dict[str, np.ndarray]


# --- training state -------------------------------------------------------------------------------
def save_state(
    folder: str | Path,
    fingerprint: Fingerprint,
    *,
    variables: Sequence[Any],
    best: Sequence[np.ndarray],
    record: dict[str, Any],
) -> None:
    """Write the training state; the previous one is kept until this one is complete.

    Parameters
    ----------
    folder, fingerprint
        Folder of the checkpoint; fingerprint of settings and data.
    variables
        Backend variables of networks and optimizers, in a fixed order.
    best
        Weights of the best epoch so far; may be empty.
    record
        Anything else, serializable as JSON.
    """
    folder = Path(folder)
    fresh, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    np.savez(fresh / "last.npz", *[np.array(variable) for variable in variables])
    np.savez(fresh / "best.npz", *best)
    (fresh / "state.json").write_text(json.dumps({"fingerprint": fingerprint, **record}))
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_state(
    folder: str | Path,
    fingerprint: Fingerprint,
    *,
    variables: Sequence[Any],
    best: Sequence[np.ndarray],
) -> tuple[dict[str, Any], list[np.ndarray]] | None:
    """Load the last training state into the variables.

    Parameters
    ----------
    folder, fingerprint, variables
        As `save_state`.
    best
        Arrays with the shapes of the best weights.

    Returns
    -------
    record, best
        As they were saved; None if there is no checkpoint with this fingerprint and these shapes.
    """
    folder = Path(folder)
    for place in (folder, folder.with_name(f"{folder.name}.old")):
        if not (place / "state.json").is_file():
            continue
        record = json.loads((place / "state.json").read_text())
        arrays = []
        for name in ("last.npz", "best.npz"):
            with np.load(place / name) as found:
                arrays.append([found[key] for key in found.files])
        fits = _same_shapes(arrays[0], variables) and _same_shapes(arrays[1], best or arrays[1])
        if record.pop("fingerprint") != fingerprint or not fits:
            log.info(
                "the checkpoint in %s has another config or data; starting from epoch 1", place
            )
            continue
        for variable, value in zip(variables, arrays[0], strict=True):
            variable.assign(value)
        return record, arrays[1]
    return None


def remove_state(folder: str | Path) -> None:
    """Remove the checkpoints of a network."""
    for suffix in ("", ".new", ".old"):
        shutil.rmtree(f"{folder}{suffix}", ignore_errors=True)


def _same_shapes(arrays: Sequence[np.ndarray], variables: Sequence[Any]) -> bool:
    return [array.shape for array in arrays] == [tuple(v.shape) for v in variables]


# --- arrays ---------------------------------------------------------------------------------------
class ArrayStore:
    """Named results of a job: a dict of arrays and a dict of JSON values, one file per name.

    Parameters
    ----------
    folder, fingerprint
        Folder of the files; fingerprint of settings and data.
    """

    def __init__(self, folder: str | Path, fingerprint: Fingerprint) -> None:
        self.folder, self.fingerprint = Path(folder), fingerprint

    def get(
        self, name: str, make: Callable[[], tuple[Arrays, dict[str, Any]]]
    ) -> tuple[Arrays, dict[str, Any]]:
        """Load the result of that name, or compute it with `make` and save it."""
        path = self.folder / f"{self.fingerprint[:16]}.{name}.npz"
        if path.is_file():
            with np.load(path) as found:
                arrays = {key: found[key] for key in found.files if key != "facts"}
                facts = json.loads(str(found["facts"]))
            log.info("%s: already computed", name)
            return arrays, facts
        arrays, facts = make()
        with atomic_path(path) as temporary:
            np.savez(temporary, facts=json.dumps(facts), **arrays)
        return arrays, facts

    def remove(self) -> None:
        """Remove all saved results."""
        shutil.rmtree(self.folder, ignore_errors=True)


# --- parts of a job -------------------------------------------------------------------------------
def run_parts(
    parts: Mapping[str, Callable[[], dict[str, Any]]],
    *,
    folder: str | Path,
    fingerprint: Fingerprint,
    threads: int = 1,
    every: float = 2.0,
) -> dict[str, dict[str, Any]]:
    """Run the named parts of a job; each result is saved until all are done.

    Parameters
    ----------
    parts
        Function of each part; its result must be serializable as JSON. Parts are independent.
    folder, fingerprint
        Folder of the results, removed at the end; fingerprint of settings and data.
    threads
        Number of parts that run at the same time, in threads: for functions that release the GIL,
        as scikit-learn's support vector machines do. With 1, parts run one by one in this thread.
    every
        Minimum number of seconds between two progress lines.

    Returns
    -------
    dict
        Result by name, in the order of `parts`; the same whether resumed or not.
    """
    folder, results = Path(folder), {}
    for name in parts:
        if (found := _load_part(folder / f"{name}.json", fingerprint)) is not None:
            results[name] = found
    if results:
        log.info("resuming: %d of %d parts are done", len(results), len(parts))
    todo = [name for name in parts if name not in results]
    started = reported = time.monotonic()

    def keep(name: str, result: dict[str, Any]) -> None:
        nonlocal reported
        text = json.dumps({"fingerprint": fingerprint, "result": result})
        with atomic_path(folder / f"{name}.json") as temporary:
            temporary.write_text(text)
        results[name] = json.loads(text)["result"]
        left = len(parts) - len(results)
        if time.monotonic() - reported >= every or not left:
            reported = time.monotonic()
            pace = (reported - started) / (len(todo) - left)
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
    """Run the named parts of a job that write files; the files are moved to their paths at the end.

    Parameters
    ----------
    parts
        Function of each part. It gets one path to write per key of `files`.
    files
        Final paths of each key's files, in the order of `parts`.
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


def _load_part(path: Path, fingerprint: Fingerprint) -> dict[str, Any] | None:
    """Result of a part, or None if there is none with this fingerprint."""
    if not path.is_file():
        return None
    record = json.loads(path.read_text())
    return record["result"] if record["fingerprint"] == fingerprint else None
