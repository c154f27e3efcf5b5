"""Write the loops that a model reads as BEDPE, for genome browsers."""

import logging

from workflow_scripts.chromaloom.genomics.browser_files import write_bedpe
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.interactions import vector_loops

log = logging.getLogger("chromaloom")


def main(data: str, chrom_sizes: str, *, orient_by_strand: bool, bedpe: str) -> None:
    """Write a row per gene and loop.

    Parameters
    ----------
    data
        `ExpressionData` of prepare_application.
    chrom_sizes
        Table of chromosome lengths.
    orient_by_strand
        Of the bundle's `hichip`.
    bedpe
        Output: BEDPE whose name is the gene and whose score is the count normalized by library
        size; further columns are the distance (bp) from the bin of the transcription start and the
        value that the networks read.
    """
    found = ExpressionData.load(data)
    loops = vector_loops(
        found.hichip, found.genes, found.chrom, found.tss, found.strand, read_sizes(chrom_sizes),
        resolution=found.resolution, orient_by_strand=orient_by_strand,
    )  # fmt: skip
    write_bedpe(loops, bedpe)
    log.info("%d loops of %d genes", len(loops), loops.name.nunique())


if __name__ == "__main__":
    run_script(main, snakemake)
