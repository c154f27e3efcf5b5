"""Align a sample's reads with bowtie2, mark duplicates, and filter the reads."""

import logging
from pathlib import Path

import pysam

from workflow_scripts.align.alignments import (
    AlignmentStats,
    plain_header,
    require_mapped,
    select_reads,
)
from workflow_scripts.chromaloom.io.fastq import link_by_content
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import pipeline, share_read, ticking

log = logging.getLogger("chromaloom")


def main(
    *,
    sample: str,
    assembly: str,
    reads: list[str],
    mates: list[str],
    index: str,
    preset: str,
    max_fragment: int,
    min_mapq: int,
    keep_duplicates: bool,
    min_mapping_rate: float,
    threads: int,
    bam: str,
    bai: str,
    stats: str,
) -> None:
    """Write the kept reads sorted by position, their index, and the counts.

    Parameters
    ----------
    sample, assembly
        Names, for the read group, the counts and messages.
    reads, mates
        FASTQ files of the lanes; `mates` is empty for single-end reads.
    index
        Prefix of the bowtie2 index.
    preset, max_fragment, min_mapq, keep_duplicates, min_mapping_rate
        The config's section `align`; `max_fragment` in bp.
    threads
        Threads of bowtie2 and of sorting.
    bam, bai, stats
        Outputs.

    Raises
    ------
    UserError
        The mapping rate is below `min_mapping_rate`.
    """
    counts = AlignmentStats(sample, assembly)
    with scratch_folder(bam) as folder:
        aligner = bowtie2(
            sample=sample, reads=link_by_content(reads, folder, "1"),
            mates=link_by_content(mates, folder, "2"), index=index, preset=preset,
            max_fragment=max_fragment, threads=threads,
        )  # fmt: skip
        commands = [aligner, *sort_and_mark(folder, paired=bool(mates), threads=threads)]
        with pipeline(commands, Path(folder)) as (stream, pids):

            def report(seconds: float) -> None:
                share = share_read(pids[0], reads)
                part = "" if share is None else f", {share:.0%} of the reads taken in"
                log.info("%s: aligning and sorting for %.0f s%s", sample, seconds, part)

            with (
                ticking(report),
                atomic_path(bam) as temporary,
                pysam.AlignmentFile(stream, "rb") as marked,
            ):
                header = plain_header(marked.header)
                with pysam.AlignmentFile(temporary, "wb", header=header) as kept:
                    select_reads(
                        marked, counts, min_mapq=min_mapq, keep_duplicates=keep_duplicates, out=kept
                    )
                require_mapped(counts, min_mapping_rate)
    pysam.index(bam, bai)
    counts.write(stats)


def bowtie2(
    *,
    sample: str,
    reads: list[str],
    mates: list[str],
    index: str,
    preset: str,
    max_fragment: int,
    threads: int,
) -> list[str]:
    """Command of the aligner; the output is in the order of the reads for any number of threads."""
    command = ["bowtie2", f"--{preset}", "--threads", str(threads), "--reorder", "--seed", "0"]
    command += ["-x", index, "--rg-id", sample, "--rg", f"SM:{sample}"]
    if mates:
        pairs = ["-1", ",".join(reads), "-2", ",".join(mates)]
        return [*command, "--maxins", str(max_fragment), *pairs]
    return [*command, "-U", ",".join(reads)]


def sort_and_mark(folder: str, *, paired: bool, threads: int) -> list[list[str]]:
    """Commands from the aligner's SAM to a sorted BAM stream with duplicates marked."""
    extra = str(max(threads - 1, 0))
    sort = ["samtools", "sort", "--no-PG", "-u", "-@", extra, "-m", "500M", "-T", f"{folder}/sort"]
    mark = ["samtools", "markdup", "--no-PG", "-u", "-T", f"{folder}/mark", "-", "-"]
    # markdup needs each mate's position and quality, which fixmate adds
    fix = ["samtools", "fixmate", "--no-PG", "-u", "-m", "-", "-"]
    return [fix, [*sort, "-"], mark] if paired else [[*sort, "-"], mark]


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        mates=list(snakemake.input.get("mates", [])),
        index=snakemake.input.index[0].removesuffix(".1.bt2"),
    )
