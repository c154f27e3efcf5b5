"""Import alignments (BAM or CRAM): check them, mark duplicates, and filter the reads."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pysam

from workflow_scripts.align.alignments import (
    NO_READ,
    AlignmentStats,
    read_header,
    readable,
    require_mapped,
    select_reads,
    unsorted_files,
)
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, read_sizes, some
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import pipeline

log = logging.getLogger("chromaloom")
PRIMARY = ["-F", "0x900"]  # neither secondary nor supplementary
UNPAIRED = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80  # flags that only mates have


def main(
    *,
    sample: str,
    assembly: str,
    files: list[str],
    sizes: str,
    fasta: str,
    min_mapq: int,
    keep_duplicates: bool,
    min_mapping_rate: float,
    threads: int,
    bam: str,
    bai: str,
    stats: str,
) -> None:
    """Write the kept reads sorted by position, their index, and the counts, as `align_reads` does.

    Files may be in any order; several are merged. Duplicates are marked over all files by samtools
    markdup, beside those that are marked already. Chromosomes have the genome's names; reads on
    others count as not mapped.

    Parameters
    ----------
    sample, assembly
        Names, for the counts and messages.
    files
        BAM or CRAM.
    sizes, fasta
        Chromosome lengths, and the indexed sequence with which CRAM is decoded.
    min_mapq, keep_duplicates, min_mapping_rate
        The config's section `align`.
    threads
        Threads of sorting.
    bam, bai, stats
        Outputs.

    Raises
    ------
    UserError
        Not an alignment file, truncated, wrongly said to be sorted, of another assembly, without
        reads, or with a low mapping rate.
    """
    counts, names = AlignmentStats(sample, assembly), {}
    orders = []
    for path in files:
        order, own = check_alignments(path, read_sizes(sizes), assembly, fasta)
        orders.append(order)
        names |= own
    with scratch_folder(bam) as folder:
        ready = [
            prepare_file(path, order, fasta, Path(folder, str(number)), threads)
            for number, (path, order) in enumerate(zip(files, orders, strict=True))
        ]
        commands = [["samtools", "merge", "--no-PG", "-c", "-p", "-u", "-o", "-", *ready]]
        if len(ready) == 1:
            commands = [["samtools", "view", "--no-PG", "-u", "--reference", fasta, *ready]]
        if not keep_duplicates:
            mark = ["samtools", "markdup", "--no-PG", "-u", "-T", f"{folder}/mark", "-", "-"]
            commands.append(mark)
        with (
            readable(files),
            pipeline(commands, Path(folder)) as (stream, _),
            atomic_path(bam) as temporary,
            pysam.AlignmentFile(stream, "rb") as marked,
        ):
            target = GenomeHeader(marked.header, names)
            with pysam.AlignmentFile(temporary, "wb", header=target.content) as kept:
                reads = in_order(marked, some(files))
                select_reads(
                    target.placed(reads), counts, min_mapq=min_mapq,
                    keep_duplicates=keep_duplicates, out=kept,
                )  # fmt: skip
            if not counts.total:
                raise UserError(f"{some(files)}: no reads; expected: aligned reads")
            require_mapped(counts, min_mapping_rate, elsewhere=target.elsewhere)
    pysam.index(bam, bai)
    counts.write(stats)


def check_alignments(
    path: str, sizes: dict[str, int], assembly: str, fasta: str
) -> tuple[str, dict[str, str]]:
    """Order of a BAM or CRAM, as its header says, and the genome's names of its chromosomes.

    Raises
    ------
    UserError
        As `read_header`, or of another genome.
    """
    header = read_header(path, fasta)
    found = dict(zip(header.references, header.lengths, strict=True))
    names = match_chromosomes(found, sizes, path)
    for name, chrom in names.items():
        if found[name] != sizes[chrom]:
            raise UserError(
                f"{path}: {name} has {found[name]} bp, in assembly {assembly} {sizes[chrom]} bp;"
                " the file is of another assembly"
            )
    return header.to_dict().get("HD", {}).get("SO", "unknown"), names


def prepare_file(path: str, order: str, fasta: str, out: Path, threads: int) -> str:
    """Alignments of one file in the order of the genome, mates with the tags of samtools fixmate.

    Parameters
    ----------
    path, order
        File, and the order that its header states.
    fasta
        Reference of CRAM.
    out
        File to write, if the given one cannot be used as it is.
    threads
        Threads of sorting.

    Returns
    -------
    str
        `path` or `out`.
    """
    view = ["--reference", fasta, path]
    with readable([path]):
        first, second = (
            int(pysam.view("-c", *PRIMARY, "-f", flag, *view)) for flag in ("0x41", "0x81")
        )
    extra = str(max(threads - 1, 0))
    sort = ["samtools", "sort", "--no-PG", "-u", "-@", extra, "-m", "500M", "-T", f"{out}.sort"]
    commands = [["samtools", "view", "--no-PG", "-u", *view]]
    if first and second:
        # markdup needs each mate's position and quality, which fixmate adds
        commands += [
            ["samtools", "collate", "--no-PG", "-u", "-O", "-", f"{out}.collate"],
            ["samtools", "fixmate", "--no-PG", "-u", "-m", "-", "-"],
        ]
    elif first or second:
        log.warning(
            "%s: %d reads are flagged as mates, and none has its mate; they are taken as single",
            path, first or second,
        )  # fmt: skip
        commands[0] += ["--remove-flags", str(UNPAIRED)]
    elif order == "coordinate":
        return path
    with readable([path]), pipeline([*commands, [*sort, "-o", str(out), "-"]], out.parent):
        pass
    return str(out)


def in_order(reads: Iterable[pysam.AlignedSegment], source: str) -> Iterator[pysam.AlignedSegment]:
    """Iterate over mapped reads, which must be sorted by coordinate."""
    before = (-1, -1)
    for read in reads:
        place = (read.reference_id, read.reference_start)
        if place < before and read.reference_id >= 0:
            raise UserError(unsorted_files(source))
        before = max(place, before)
        yield read


class GenomeHeader:
    """Header with the genome's names, and the reads on its chromosomes.

    Attributes
    ----------
    content
        Header as pysam takes it; without programs, comments and chromosomes that the genome lacks.
    elsewhere
        Number of mapped reads on other chromosomes so far.
    """

    def __init__(self, header: pysam.AlignmentHeader, names: dict[str, str]) -> None:
        known = [name for name in header.references if name in names]
        lengths = dict(zip(header.references, header.lengths, strict=True))
        self.content = {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": names[name], "LN": lengths[name]} for name in known],
            "RG": header.to_dict().get("RG", []),
        }
        self.elsewhere = 0
        rank = {name: number for number, name in enumerate(known)}
        self._places = [*(rank.get(name, -1) for name in header.references), -1]

    def placed(self, reads: Iterable[pysam.AlignedSegment]) -> Iterator[pysam.AlignedSegment]:
        """Move reads to the header's chromosomes; those on others become unmapped. Tags go."""
        for read in reads:
            mapped = not read.is_unmapped
            # index -1 is the last entry: no chromosome
            read.next_reference_id = self._places[read.next_reference_id]
            read.reference_id = self._places[read.reference_id]
            read.set_tags([])
            if read.reference_id < 0 and mapped:
                self.elsewhere += not read.flag & NO_READ
                read.is_unmapped = True
            yield read


if __name__ == "__main__":
    run_script(main, snakemake, files=list(snakemake.input.bams))
