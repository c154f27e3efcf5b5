"""Build the kallisto index of the transcripts."""

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import run_logged


def main(*, fasta: str, out: str) -> None:
    """Write the index of 31-mers, kallisto's default."""
    with atomic_path(out) as temporary:
        run_logged(["kallisto", "index", "-i", str(temporary), fasta])


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.index)
