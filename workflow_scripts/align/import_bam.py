"""Import BAM files after checking that they match the genome."""

import logging
import os
from pathlib import Path

import pysam

from workflow_scripts.align.alignments import AlignmentStats, require_mapped, select_reads
from workflow_scripts.chromaloom.genomics.genome import read_sizes, some
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def main(
    *,
    sample: str,
    assembly: str,
    files: list[str],
    sizes: str,
    min_mapq: int,
    keep_duplicates: bool,
    min_mapping_rate: float,
    bam: str,
    bai: str,
    stats: str,
) -> None:
    """Link one BAM (several are merged) to `bam`, index it, and count its reads.

    The reads are not filtered here: the rules that count reads apply the common filter.

    Raises
    ------
    UserError
        Not a BAM, truncated, not sorted, of another assembly, or with a low mapping rate.
    """
    lengths = read_sizes(sizes)
    for path in files:
        check_bam(path, lengths, assembly)
    with atomic_path(bam) as temporary:
        if len(files) == 1:
            temporary.symlink_to(os.path.relpath(files[0], Path(bam).parent))
        else:
            pysam.merge("-f", "--no-PG", "-c", "-p", str(temporary), *files)
        with atomic_path(bai) as index:
            make_index(temporary, index, files)
            counts = AlignmentStats(sample, assembly)
            with pysam.AlignmentFile(temporary, "rb", index_filename=str(index)) as handle:
                reads = handle.fetch(until_eof=True)
                select_reads(reads, counts, min_mapq=min_mapq, keep_duplicates=keep_duplicates)
            require_mapped(counts, min_mapping_rate)
    counts.write(stats)


def check_bam(path: str, sizes: dict[str, int], assembly: str) -> None:
    """Reject files that are not BAM, truncated, not sorted, or of another genome."""
    try:
        # a BAM without its end marker is truncated
        pysam.quickcheck("-q", path)
        with pysam.AlignmentFile(path, "rb") as handle:
            order = handle.header.to_dict().get("HD", {}).get("SO", "unknown")
            found = dict(zip(handle.references, handle.lengths, strict=True))
    except (pysam.SamtoolsError, ValueError, OSError):
        raise UserError(
            f"{path}: not a BAM file, or truncated; expected: a complete BAM file"
        ) from None
    if order not in ("coordinate", "unknown"):
        raise UserError(f"{path}: sorted by {order}; expected: coordinate (samtools sort)")
    common = [name for name in found if name in sizes]
    if not common:
        raise UserError(
            f"{path}: none of its chromosomes ({some(found)}) is in assembly {assembly}"
            f" ({some(sizes)}); expected: alignments to that genome"
        )
    for name in common:
        if found[name] != sizes[name]:
            raise UserError(
                f"{path}: {name} has {found[name]} bp, in assembly {assembly} {sizes[name]} bp;"
                " the BAM is of another assembly"
            )
    if len(common) < len(found):
        log.info("%s: %d chromosomes are not in %s", path, len(found) - len(common), assembly)


def make_index(bam: Path, index: Path, files: list[str]) -> None:
    """Write the .bai, which fails on reads out of order."""
    try:
        pysam.index(str(bam), str(index))
    except pysam.SamtoolsError as error:
        last = str(error).strip().splitlines()[-1]
        raise UserError(
            f"{files[0]}: not sorted by coordinate ({last}); fix: samtools sort"
        ) from None


if __name__ == "__main__":
    run_script(main, snakemake, files=list(snakemake.input.bams))
