"""Compile TomTom, where this machine has not done so yet."""

import logging
import time

import numpy as np

from workflow_scripts.chromaloom.files import atomic_path
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.deepexpression.motif_search import compare

log = logging.getLogger("chromaloom")


def main(done: str) -> None:
    """Compare a few random motifs, so that the compiled code is kept for the jobs to come.

    It is a job of its own, and early, because two jobs that both found nothing compiled would both
    compile.
    """
    started, rng = time.monotonic(), np.random.default_rng(0)
    compare([rng.dirichlet(np.ones(4), 8) for _ in range(2)],
            [rng.dirichlet(np.ones(4), 10) for _ in range(30)])  # fmt: skip
    log.info("TomTom is ready, after %.1f s", time.monotonic() - started)
    with atomic_path(done) as temporary:
        temporary.touch()


if __name__ == "__main__":
    with script_job(snakemake):
        main(snakemake.output.done)
