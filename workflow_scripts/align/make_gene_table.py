"""Tables of genes, with their transcription starts, and of transcripts, from a GTF."""

import logging

from workflow_scripts.chromaloom.genomics.genes import (
    make_genes,
    make_transcripts,
    read_annotation,
)
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def main(
    *,
    gtf: str,
    sizes: str,
    fasta: str,
    assembly: str,
    prefix: str,
    strip_versions: bool,
    genes: str,
    transcripts: str,
) -> None:
    """Write both tables (TSV with header; 0-based half-open bp); `fasta` is named in messages."""
    lengths = read_sizes(sizes)
    rows = read_annotation(
        gtf, lengths, prefix=prefix, strip_versions=strip_versions, names=(fasta, assembly)
    )
    for path, make in ((genes, make_genes), (transcripts, make_transcripts)):
        table = make(rows, list(lengths))
        with atomic_path(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False)
        log.info("%s: %d rows", path, len(table))


if __name__ == "__main__":
    run_script(main, snakemake)
