"""Motifs against JASPAR: matrices from pyjaspar, similarity by TomTom (memelite)."""

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

# Both before memelite brings numba. Numba asks for the folder of compiled code when a function is
# decorated; with fewer optimisations it compiles in half the time (62 s in place of 130), and a
# comparison of 128 motifs still takes half a second.
prepare_cache()
os.environ.setdefault("NUMBA_OPT", "1")
from memelite import tomtom  # noqa: E402

log = logging.getLogger("chromaloom")
NEWEST = "newest"
TOLD_EVERY = 10.0  # seconds between two lines while TomTom is compiled


@dataclass(frozen=True)
class Target:
    """A motif of JASPAR: matrix id with version, the factor's name, shares (width, 4)."""

    matrix: str
    name: str
    shares: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """Best alignment of each query (row) and target (column).

    p: p-value; offset: column of the target at which the query's first column lies, in the target's
    direction or, where `reverse`, in that of its reverse complement; overlap: aligned columns.
    """

    p: np.ndarray
    offset: np.ndarray
    overlap: np.ndarray
    reverse: np.ndarray


def read_jaspar(release: str, taxon: str) -> tuple[str, list[Target]]:
    """The CORE matrices of a taxon in a release (`newest`: the last that pyjaspar ships).

    Returns the release's name, too. The newest version of each matrix counts, as pyjaspar has it.

    Raises
    ------
    UserError
        A release or taxon that pyjaspar does not ship.
    """
    known = jaspardb().get_releases()
    release = known[0] if release == NEWEST else release
    if release not in known:
        raise UserError(
            f"config: deepexpression.motifs.releases: {release!r} is not shipped by pyjaspar;"
            f" allowed: {NEWEST}, {', '.join(known)}"
        )
    motifs = jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=[taxon])
    if not motifs:
        raise UserError(
            f"config: deepexpression.motifs.taxon: {release} has no CORE matrix of {taxon!r};"
            " allowed: vertebrates, insects, plants, fungi, nematodes, urochordates"
        )
    targets = []
    for motif in motifs:
        counts = np.array([motif.counts[base] for base in "ACGT"], dtype=float).T
        targets.append(
            Target(motif.matrix_id, motif.name, counts / counts.sum(axis=1, keepdims=True))
        )
    return release, sorted(targets, key=lambda target: target.matrix)


def compile_tomtom() -> None:
    """Have TomTom compiled, or loaded, by a comparison of a few random motifs."""
    started, rng = time.monotonic(), np.random.default_rng(0)
    compare([rng.dirichlet(np.ones(4), 8) for _ in range(2)],
            [rng.dirichlet(np.ones(4), 10) for _ in range(30)])  # fmt: skip
    log.info("TomTom is ready, after %.1f s", time.monotonic() - started)


def compare(queries: list[np.ndarray], targets: list[np.ndarray], threads: int = 1) -> Comparison:
    """Run TomTom (Gupta 2007) of motifs against targets, on both strands of the targets.

    Queries and targets have shape (width, 4). The first call on a machine compiles for about a
    minute, which the log says; the code is kept (`chromaloom/ml/numba_cache.py`), and
    later calls take a fraction of a second.
    """
    if not queries:
        empty = np.zeros((0, len(targets)))
        return Comparison(empty, empty.astype(int), empty.astype(int), empty.astype(bool))
    with waiting("TomTom is being compiled, once per machine (about a minute)"):
        p, _, offset, overlap, strand = tomtom(
            [query.T for query in queries], [target.T for target in targets], n_jobs=threads
        )
    return Comparison(p, offset.astype(int), overlap.astype(int), strand.astype(bool))


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Tell every few seconds that a block is still at work."""
    done, started = threading.Event(), time.monotonic()

    def tell() -> None:
        while not done.wait(TOLD_EVERY):
            log.info("%s: %.0f s so far", what, time.monotonic() - started)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
