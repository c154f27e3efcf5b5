"""JASPAR matrices (pyjaspar) and motif comparison by TomTom (memelite)."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from pyjaspar import jaspardb

from workflow_scripts.chromaloom.ml.numba_cache import prepare_cache
from workflow_scripts.chromaloom.workflow.errors import UserError

# Both before memelite imports numba, which reads the cache folder when a function is decorated.
# With fewer optimizations it compiles in half the time (62 s instead of 130 s), and comparing 128
# motifs still takes half a second.
prepare_cache()
os.environ.setdefault("NUMBA_OPT", "1")
from memelite import tomtom  # noqa: E402

log = logging.getLogger("chromaloom")
NEWEST = "newest"
LOG_SECONDS = 10.0  # seconds between log lines while TomTom is compiled


@dataclass(frozen=True)
class Target:
    """A JASPAR motif: matrix ID with version, name of the factor, base frequencies (width, 4)."""

    matrix: str
    name: str
    frequencies: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """Best alignment of each query (row) and target (column).

    p: p-value; offset: target column that aligns with the query's first column, counted on the
    target or, if `reverse`, on its reverse complement; overlap: number of aligned columns.
    """

    p: np.ndarray
    offset: np.ndarray
    overlap: np.ndarray
    reverse: np.ndarray


def read_jaspar(release: str, taxon: str) -> tuple[str, list[Target]]:
    """Read the CORE matrices of a taxon in a release (`newest`: the latest in pyjaspar).

    Returns the name of the release and the matrices, each in its latest version.

    Raises
    ------
    UserError
        pyjaspar does not have the release or the taxon.
    """
    known = jaspardb().get_releases()
    release = known[0] if release == NEWEST else release
    if release not in known:
        raise UserError(
            f"deepexpression.motifs.jaspar_releases: pyjaspar does not have {release!r}; expected:"
            f" {NEWEST}, {', '.join(known)}; fix: use one of these"
        )
    motifs = jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=[taxon])
    if not motifs:
        raise UserError(
            f"deepexpression.motifs.taxon: {release} has no CORE matrix of {taxon!r}; expected:"
            " vertebrates, insects, plants, fungi, nematodes or urochordates; fix: use one of these"
        )
    targets = []
    for motif in motifs:
        counts = np.array([motif.counts[base] for base in "ACGT"], dtype=float).T
        targets.append(
            Target(motif.matrix_id, motif.name, counts / counts.sum(axis=1, keepdims=True))
        )
    return release, sorted(targets, key=lambda target: target.matrix)


def compare_motifs(
    queries: list[np.ndarray], targets: list[np.ndarray], threads: int = 1
) -> Comparison:
    """Compare motifs with targets on both strands by TomTom (Gupta et al. 2007).

    Queries and targets have shape (width, 4). The first call on a machine compiles for about a
    minute; compiled code is cached (`chromaloom/ml/numba_cache.py`), and later calls take a
    fraction of a second.
    """
    if not queries:
        empty = np.zeros((0, len(targets)))
        return Comparison(empty, empty.astype(int), empty.astype(int), empty.astype(bool))
    with log_progress("compiling TomTom (once per machine, about a minute)"):
        p, _, offset, overlap, strand = tomtom(
            [query.T for query in queries], [target.T for target in targets], n_jobs=threads
        )
    return Comparison(p, offset.astype(int), overlap.astype(int), strand.astype(bool))


@contextmanager
def log_progress(what: str) -> Iterator[None]:
    """Log every few seconds that a block is still running."""
    done, started = threading.Event(), time.monotonic()

    def report() -> None:
        while not done.wait(LOG_SECONDS):
            log.info("%s: %.0f s elapsed", what, time.monotonic() - started)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
