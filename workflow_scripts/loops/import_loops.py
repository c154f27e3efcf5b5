"""Import a loop table."""

import logging

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.loops.loop_tables import read_loop_table, write_loops

log = logging.getLogger("chromaloom")


def main(*, sample: str, table: str, sizes: str, resolution: int, loops: str) -> None:
    """Write the table with the stage's columns and the genome's chromosome names.

    Parameters
    ----------
    sample
        Name of the sample.
    table
        Loop table, see `loop_tables.read_loop_table`.
    sizes
        Chromosome lengths.
    resolution
        Bin size (bp).
    loops
        Gzipped TSV of `chrom1 start1 end1 chrom2 start2 end2 count probability`.
    """
    found = read_loop_table(table, read_sizes(sizes), resolution)
    log.info("%s: %d pairs of bins, %d of them with a probability", sample, len(found),
             found.probability.notna().sum())  # fmt: skip
    write_loops(found, loops)


if __name__ == "__main__":
    run_script(main, snakemake)
