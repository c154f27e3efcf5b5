"""Take in a loop table made elsewhere."""

import logging

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.loops.loop_tables import read_loop_table, write_loops

log = logging.getLogger("chromaloom")


def main(*, sample: str, table: str, sizes: str, resolution: int, out: str) -> None:
    """Write the table under the stage's columns and the genome's chromosome names.

    Parameters
    ----------
    sample
        Name.
    table
        Loop table; see `loop_tables.read_loop_table`, which also tells what is refused.
    sizes
        Chromosome lengths.
    resolution
        Size of the bins in bp.
    out
        Gzipped TSV of `chrom1 start1 end1 chrom2 start2 end2 count probability`.
    """
    loops = read_loop_table(table, read_sizes(sizes), resolution)
    log.info("%s: %d pairs of bins, %d of them with a probability", sample, len(loops),
             loops.probability.notna().sum())  # fmt: skip
    write_loops(loops, out)


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.loops)
