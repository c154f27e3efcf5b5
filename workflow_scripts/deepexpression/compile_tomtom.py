"""Compile TomTom, where this machine has not done so yet."""

from workflow_scripts.chromaloom.files import atomic_path
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.deepexpression.motif_search import compile_tomtom


def main(done: str) -> None:
    """Compare a few random motifs, so that the compiled code is kept for the jobs to come.

    It is a job of its own, and early, because two jobs that both found nothing compiled would both
    compile.
    """
    compile_tomtom()
    with atomic_path(done) as temporary:
        temporary.touch()


if __name__ == "__main__":
    with script_job(snakemake):
        main(snakemake.output.done)
