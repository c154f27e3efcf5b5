"""Compile TomTom in a job of its own, so that parallel jobs do not all compile it."""

import logging
import time

import numpy as np

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.motifs.motif_search import compare_motifs

log = logging.getLogger("chromaloom")


def main() -> None:
    """Compile TomTom, or load the compiled code, by comparing a few random motifs."""
    started, rng = time.monotonic(), np.random.default_rng(0)
    compare_motifs([rng.dirichlet(np.ones(4), 8) for _ in range(2)],
                   [rng.dirichlet(np.ones(4), 10) for _ in range(30)])  # fmt: skip
    log.info("TomTom is ready after %.1f s", time.monotonic() - started)


if __name__ == "__main__":
    run_script(main, snakemake)
