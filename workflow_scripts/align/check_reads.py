"""Validate a run's FASTQ files before they are used."""

import logging

from workflow_scripts.chromaloom.io.fastq import check_run
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")
COLUMNS = ["run", "mate", "file", "gzip", "n_reads", "min_length", "mean_length", "max_length"]


def main(*, run: str, files: list[str], out: str) -> None:
    """Write one row of counts per file (lengths in bp).

    Raises
    ------
    UserError
        Empty, damaged or truncated file, malformed record, mates that do not match.
    """
    lines = ["\t".join(COLUMNS)]
    for mate, stats in enumerate(check_run(*files), start=1):
        log.info("%s: %d reads of %.1f bp", stats.file, stats.n_reads, stats.mean_length)
        row = [run, mate, stats.file, str(stats.gzip).lower(), stats.n_reads, stats.min_length]
        row += [f"{stats.mean_length:.2f}", stats.max_length]
        lines.append("\t".join(map(str, row)))
    with atomic_path(out) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    run_script(main, snakemake, files=list(snakemake.input.reads), out=snakemake.output.table)
