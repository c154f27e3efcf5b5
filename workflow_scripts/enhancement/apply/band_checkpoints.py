"""Bands of chromosomes that are done, kept until the whole map is: for a job that is killed."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint

log = logging.getLogger("chromaloom")

Made = tuple[np.ndarray | None, np.ndarray | None, dict]


class KeptBands:
    """Results of `enhance_chromosome` in a folder, one file each.

    Parameters
    ----------
    folder : path
        No output of the rule, or Snakemake would remove it when the job is killed.
    fingerprint : str
        What the bands belong to: those of another are not used.
    """

    def __init__(self, folder: str | Path, fingerprint: Fingerprint) -> None:
        self.folder, self.fingerprint = Path(folder), fingerprint

    def of(self, number: int, make: Callable[[], Made]) -> Made:
        """What was made of a chromosome before, or is made now; told by its number."""
        path = self.folder / f"{self.fingerprint[:16]}.{number}.npz"
        if path.is_file():
            with np.load(path) as found:
                facts = json.loads(str(found["facts"]))
                band, given = (found.get(name) for name in ("band", "given"))
            log.info("chromosome %d was done before", number)
            return band, given, facts
        band, given, facts = make()
        arrays = {"band": band, "given": given} if band is not None else {}
        with atomic_path(path) as temporary:
            np.savez(temporary, facts=json.dumps(facts), **arrays)
        return band, given, facts

    def remove(self) -> None:
        """Forget all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)
