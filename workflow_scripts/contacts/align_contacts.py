"""Align a run's Hi-C mates separately with bowtie2 and write the pairs of positions."""

import json
import logging
import sys
from pathlib import Path

from workflow_scripts.chromaloom.genomics.restriction import ligation_junction
from workflow_scripts.chromaloom.io.fastq import link_by_content
from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer, scratch_folder
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import pipeline, share_read, ticking
from workflow_scripts.contacts import join_mates
from workflow_scripts.contacts.pairs_files import copy_pairs, write_table
from workflow_scripts.contacts.programs import python_program

log = logging.getLogger("chromaloom")


def main(
    *,
    run: str,
    assembly: str,
    reads: list[str],
    index: str,
    sizes: str,
    mode: str,
    enzyme: str,
    preset: str,
    min_length: int,
    min_mapq: int,
    threads: int,
    pairs: str,
    stats: str,
) -> None:
    """Write the run's pairs, in the order of the reads, and its counts.

    Parameters
    ----------
    run, assembly
        Names, for the counts and messages.
    reads
        FASTQ files of first and second mates.
    index
        Prefix of the bowtie2 index.
    sizes
        Chromosomes; their order decides which end of a pair comes first.
    mode, enzyme, preset, min_length, min_mapq
        Config section `contacts.mapping`.
    threads
        Of bowtie2.
    pairs, stats
        Outputs: .pairs.gz (4DN's format, unsorted, all pairs of reads), and TSV.

    Raises
    ------
    UserError
        The enzyme is unknown.
    """
    with scratch_folder(pairs) as folder:
        counts, trimming = f"{folder}/counts.json", f"{folder}/trimming.json"
        links = link_by_content(reads, folder, "hic")
        commands = [
            trim_command(links, mode=mode, enzyme=enzyme, report=trimming),
            bowtie2_command(index, mode=mode, preset=preset, threads=threads),
            [sys.executable, join_mates.__file__, "--min-length", str(min_length),
             "--counts", counts],
            [python_program("pairtools"), "parse", "--chroms-path", sizes, "--assembly", assembly,
             "--min-mapq", str(min_mapq), "--drop-sam", "--drop-readid"],
        ]  # fmt: skip
        with pipeline(commands, Path(folder)) as (stream, pids):

            def report(seconds: float) -> None:
                share = share_read(pids[0], reads[:1])
                part = "" if share is None else f", {share:.0%} of the reads taken in"
                done = read_counts(counts)["pairs"]
                log.info("%s: aligning for %.0f s, %d pairs done%s", run, seconds, done, part)

            with (
                ticking(report),
                atomic_path(pairs) as temporary,
                gzip_writer(temporary) as handle,
            ):
                copy_pairs(stream, handle)
        found = read_counts(counts)
        found["trimmed"] = count_trimmed(trimming)
    total = 2 * found["pairs"]
    rate = found["mapped"] / total if total else 0.0
    log.info(
        "%s on %s: %d pairs of reads; of %d reads %d mapped (%.4f), %d trimmed, %d too short",
        run, assembly, found["pairs"], total, found["mapped"], rate, found["trimmed"],
        found["short"],
    )  # fmt: skip
    counts = {"run": run, "reads": total, "mapping_rate": rate, **found}
    columns = ["run", "pairs", "reads", "mapped", "mapping_rate", "trimmed", "short"]
    write_table([{column: counts[column] for column in columns}], stats)


def trim_command(reads: list[str], *, mode: str, enzyme: str, report: str) -> list[str]:
    """Command of cutadapt: mates interleaved in one stream, trimmed at the ligation junction.

    The whole junction is removed, though its first half belongs to the read; the loss is a few
    bases. A partial junction at a read's end is trimmed if it is longer than this half: the half
    alone may be any uncut site.
    """
    command = [python_program("cutadapt"), "--quiet", "--interleaved", "--json", report]
    if mode == "trim":
        junction = ligation_junction(enzyme)
        log.info("reads are trimmed at %s, the ligation junction of %s", junction, enzyme)
        overlap = str(len(junction) // 2 + 1)
        command += ["-a", junction, "-A", junction, "--overlap", overlap, "-e", "0"]
    return [*command, *reads]


def bowtie2_command(index: str, *, mode: str, preset: str, threads: int) -> list[str]:
    """Command of bowtie2 for single reads; the output keeps their order for any `threads`."""
    effort = [f"--{preset}"] if mode == "trim" else ["--local", f"--{preset}-local"]
    # quiet: bowtie2 would print a warning for every read that is empty after trimming
    command = ["bowtie2", *effort, "--quiet", "--threads", str(threads), "--reorder"]
    return [*command, "--seed", "0", "-x", index, "-U", "-"]


def read_counts(path: str) -> dict[str, int]:
    """Counts so far."""
    if not Path(path).exists():
        return {"pairs": 0, "mapped": 0, "short": 0}
    return json.loads(Path(path).read_text())


def count_trimmed(path: str) -> int:
    """Number of reads in which cutadapt found a junction."""
    counts = json.loads(Path(path).read_text())["read_counts"]
    return sum(counts[f"read{mate}_with_adapter"] or 0 for mate in (1, 2))


if __name__ == "__main__":
    run_script(main, snakemake, index=snakemake.input.index[0].removesuffix(".1.bt2"))
