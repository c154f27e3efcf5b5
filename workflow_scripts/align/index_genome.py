"""Build the bowtie2 index of a genome."""

import logging
from pathlib import Path

from workflow_scripts.chromaloom.io.files import scratch_folder
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import run_logged

log = logging.getLogger("chromaloom")


def main(*, fasta: str, out: list[str], threads: int) -> None:
    """Write the six index files `out`, all or none of them."""
    with scratch_folder(out[0]) as temporary:
        prefix = Path(temporary, "bowtie2")
        run_logged(["bowtie2-build", "--threads", str(threads), "--quiet", fasta, str(prefix)])
        for path in map(Path, out):
            Path(temporary, path.name).replace(path)
    log.info("%s: %.1f MB of index", fasta, sum(Path(path).stat().st_size for path in out) / 1e6)


if __name__ == "__main__":
    run_script(main, snakemake, out=list(snakemake.output))
