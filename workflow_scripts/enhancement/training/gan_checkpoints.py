"""Checkpoints of trainings with several networks: variables, best weights, and a record."""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.chromaloom.workflow.provenance import Fingerprint

log = logging.getLogger("chromaloom")


def save(
    folder: Path, fingerprint: Fingerprint, variables: Sequence, best: Sequence[np.ndarray],
    record: dict[str, Any],
) -> None:  # fmt: skip
    """Write a checkpoint beside the last one and swap the two, so that one is always whole.

    Parameters
    ----------
    folder, fingerprint
        Where it goes and what it belongs to.
    variables
        Backend variables of networks and optimisers, in a fixed order.
    best
        Weights of the best epoch.
    record
        What JSON can hold.
    """
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


def load(
    folder: Path, fingerprint: Fingerprint, variables: Sequence, best: Sequence[np.ndarray]
) -> tuple[dict[str, Any], list[np.ndarray]] | None:
    """Put the last checkpoint into the variables; its record and best weights, or None.

    One of another fingerprint, or whose arrays have other shapes than `variables` and `best`, is
    not used.
    """
    for place in (folder, folder.with_name(f"{folder.name}.old")):
        if not (place / "state.json").is_file():
            continue
        record = json.loads((place / "state.json").read_text())
        arrays = []
        for name in ("last.npz", "best.npz"):
            with np.load(place / name) as found:
                arrays.append([found[key] for key in found.files])
        shapes = [[tuple(a.shape) for a in group] for group in (variables, best)]
        there = [[a.shape for a in group] for group in arrays]
        if record.pop("fingerprint") != fingerprint or there != shapes:
            log.info("the checkpoint in %s is of another config or data: starting anew", place)
            continue
        for variable, value in zip(variables, arrays[0], strict=True):
            variable.assign(value)
        return record, arrays[1]
    return None


def remove(folder: str | Path) -> None:
    """Remove a training's checkpoints."""
    for name in ("", ".new", ".old"):
        shutil.rmtree(f"{folder}{name}", ignore_errors=True)
