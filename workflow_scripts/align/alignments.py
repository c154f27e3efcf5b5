"""Filter of alignments: one rule for reads aligned here and for imported BAM and CRAM files."""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import pysam

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
# secondary and supplementary lines are not separate reads; reads that failed the sequencer's check
NO_READ = 0x100 | 0x800 | 0x200
UNMAPPED, DUPLICATE, PAIRED = 0x4, 0x400, 0x1
REPORT_SECONDS = 10.0


@dataclass
class AlignmentStats:
    """Counts of reads (each mate is one). unmapped + multi + duplicates + kept = total, unless
    duplicates are kept: then `kept` contains them.
    """

    sample: str
    assembly: str
    layout: str = ""
    total: int = 0
    mapped: int = 0
    multi: int = 0  # mapped, but below the minimum mapping quality
    duplicates: int = 0  # mapped, but a duplicate of another read
    kept: int = 0

    @property
    def mapping_rate(self) -> float:
        return self.mapped / self.total if self.total else 0.0

    def write(self, path: str | Path) -> None:
        """Write the counts as TSV, a header and one row."""
        names = [field.name for field in fields(self)]
        names.insert(names.index("mapped") + 1, "mapping_rate")
        cells = [getattr(self, name) for name in names]
        cells = [f"{cell:.6f}" if isinstance(cell, float) else str(cell) for cell in cells]
        with atomic_path(path) as temporary:
            temporary.write_text("\t".join(names) + "\n" + "\t".join(cells) + "\n")


def select_reads(
    reads: Iterable[pysam.AlignedSegment],
    stats: AlignmentStats,
    *,
    min_mapq: int,
    keep_duplicates: bool,
    out: pysam.AlignmentFile | None = None,
) -> AlignmentStats:
    """Count reads in `stats` and write the kept ones to `out`.

    Mapped reads with a mapping quality of `min_mapq` or more are kept, without marked duplicates
    unless `keep_duplicates`.
    """
    reported, layouts = time.monotonic(), set()
    for read in reads:
        flag = read.flag
        if flag & NO_READ:
            continue
        stats.total += 1
        layouts.add("paired" if flag & PAIRED else "single")
        if stats.total % 100_000 == 0 and time.monotonic() - reported >= REPORT_SECONDS:
            reported = time.monotonic()
            log.info("%s: %d reads filtered", stats.sample, stats.total)
        if flag & UNMAPPED:
            continue
        stats.mapped += 1
        if read.mapping_quality < min_mapq:
            stats.multi += 1
            continue
        if flag & DUPLICATE:
            stats.duplicates += 1
            if not keep_duplicates:
                continue
        stats.kept += 1
        if out is not None:
            out.write(read)
    stats.layout = "+".join(sorted(layouts))
    return stats


def require_mapped(stats: AlignmentStats, floor: float, *, elsewhere: int = 0) -> None:
    """Log the counts, and reject a sample with a low mapping rate.

    `elsewhere` is the number of reads on chromosomes that the assembly lacks; they count as not
    mapped.
    """
    log.info(
        "%s on %s: %d reads, %d mapped (%.4f), %d of low mapping quality, %d duplicates, %d kept",
        stats.sample, stats.assembly, stats.total, stats.mapped, stats.mapping_rate, stats.multi,
        stats.duplicates, stats.kept,
    )  # fmt: skip
    if elsewhere:
        log.warning(
            "%s: %d reads are on chromosomes that %s lacks; they count as not mapped",
            stats.sample, elsewhere, stats.assembly,
        )  # fmt: skip
    if stats.mapping_rate < floor:
        why = "probably the reads are of another species, or mostly adapter"
        if elsewhere > stats.total / 2:
            why = f"{elsewhere} reads are on chromosomes that the assembly lacks"
        raise UserError(
            f"sample {stats.sample!r}: {stats.mapping_rate:.1%} of {stats.total} reads map to"
            f" {stats.assembly}; expected: align.min_mapping_rate {floor:.0%} or more; {why}"
        )


def plain_header(header: pysam.AlignmentHeader) -> dict:
    """Header without command lines, whose paths and thread counts would change the bytes."""
    content = header.to_dict()
    programs = content.get("PG", [])
    content["PG"] = [{k: v for k, v in row.items() if k in ("ID", "PN", "VN")} for row in programs]
    return content


def read_header(path: str, fasta: str) -> pysam.AlignmentHeader:
    """Header of a BAM or CRAM; `fasta` is the reference of CRAM.

    Raises
    ------
    UserError
        Not an alignment file, truncated, or without chromosomes.
    """
    # a CRAM of another reference is an error, not a download from the EBI
    os.environ["REF_PATH"] = os.devnull
    try:
        # a file without its end marker is truncated
        pysam.quickcheck("-q", "-u", path)
        with pysam.AlignmentFile(path, "r", reference_filename=fasta, check_sq=False) as handle:
            header = handle.header
            if not (handle.is_bam or handle.is_cram):
                raise ValueError("plain text")
    except (pysam.SamtoolsError, ValueError, OSError):
        raise UserError(
            f"{path}: not a BAM or CRAM file, or truncated; expected: a complete BAM or CRAM file"
        ) from None
    if not header.references:
        raise UserError(
            f"{path}: no chromosomes in its header (@SQ), so its reads are not aligned; expected:"
            " reads aligned to the genome"
        )
    return header


@contextmanager
def readable(files: list[str]) -> Iterator[None]:
    """Turn samtools' errors about the files into one line."""
    try:
        yield
    except (pysam.SamtoolsError, RuntimeError) as error:
        words, text = str(error).lower(), " ".join(str(error).split())
        if "sorted" in words or "out of order" in words:
            raise UserError(unsorted_files(some(files))) from None
        crams = [file for file in files if file.endswith(".cram") or _is_cram(file)]
        if crams and any(part in words for part in ("reference", "md5", "cram", "slice")):
            raise UserError(
                f"{some(crams)}: cannot be decoded with the assembly's FASTA ({text[-200:]});"
                " expected: a CRAM of that sequence; fix: give the FASTA that the reads were"
                " aligned to, or convert the file to BAM"
            ) from None
        if any(part in words for part in ("truncated", "corrupt", "error reading", "bgzf")):
            raise UserError(
                f"{some(files)}: damaged ({text[-200:]}); expected: a complete BAM or CRAM file"
            ) from None
        raise


def _is_cram(path: str) -> bool:
    with Path(path).open("rb") as handle:
        return handle.read(4) == b"CRAM"


def unsorted_files(source: str) -> str:
    """Message about files whose header states another order than their reads have."""
    return f"{source}: its header says sorted by coordinate, its reads are not; fix: samtools sort"
