"""Dump the reads of an SRA archive as FASTQ, and check that the dump is complete."""

import logging
from pathlib import Path

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.download.sra_counts import check_whole, dump_of, spots_of
from workflow_scripts.download.sra_tools import run_tool

log = logging.getLogger("chromaloom")
BLOCK = 1 << 22


def main(*, run: str, archive: str, threads: int, outs: list[str]) -> None:
    """Write the reads of an archive, gzipped.

    Parameters
    ----------
    run
        Accession.
    archive
        Folder written by prefetch.
    threads
        Threads of fasterq-dump.
    outs
        One FASTQ for single reads; two for mates. Mates without partner are left out; the log has
        their number.

    Raises
    ------
    UserError
        Spots or reads are missing, or the run has another layout.
    """
    spots = spots_of(run_tool(["sra-stat", "--quick", "--xml", archive], run), run)
    with scratch_folder(outs[0]) as folder:
        plain = Path(folder, "plain")
        said = run_tool(
            ["fasterq-dump", "--split-3", "--skip-technical", "--threads", str(threads),
             "--temp", folder, "--outdir", str(plain), archive], run,
        )  # fmt: skip
        files = {path.name: path for path in sorted(plain.glob("*.fastq"))}
        wanted = wanted_files(run, list(files), len(outs))
        packed = {name: Path(folder, f"{name}.gz") for name in files}
        written = {name: pack(path, packed[name]) for name, path in files.items()}
        check_whole(run, spots=spots, dump=dump_of(said, run), written=written)
        if alone := sum(count for name, count in written.items() if name not in wanted):
            log.info("%s: %d mates without a partner left out", run, alone)
        for name, out in zip(wanted, outs, strict=True):
            with atomic_path(out) as temporary:
                packed[name].replace(temporary)
    log.info("%s: %d spots, %s reads", run, spots, " + ".join(str(written[n]) for n in wanted))


def wanted_files(run: str, found: list[str], number: int) -> list[str]:
    """Names of the dumped files to keep: one for single reads, two for mates."""
    mates = [f"{run}_1.fastq", f"{run}_2.fastq"]
    paired = set(mates) <= set(found)
    if paired != (number == 2):
        form = f"sra:{run}_1 and sra:{run}_2" if paired else f"sra:{run}"
        what = "mates" if paired else "single reads"
        raise UserError(f"{run} has {what}; expected in the sheets: {form}")
    wanted = mates if paired else [f"{run}.fastq"]
    if lacking := set(wanted) - set(found):
        raise UserError(f"{run}: fasterq-dump wrote no {sorted(lacking)[0]}")
    return wanted


def pack(plain: Path, out: Path) -> int:
    """Gzip a FASTQ and remove it; return its number of reads.

    Raises
    ------
    UserError
        The number of lines is not a multiple of four, or the last one is truncated.
    """
    lines, last = 0, b"\n"
    with plain.open("rb") as source, gzip_writer(out) as target:
        while block := source.read(BLOCK):
            lines += block.count(b"\n")
            last = block[-1:]
            target.write(block)
    if lines % 4 or last != b"\n":
        raise UserError(f"{plain.name}: truncated: {lines} lines, four a read, the last one ended")
    plain.unlink()
    return lines // 4


if __name__ == "__main__":
    run_script(main, snakemake, outs=list(snakemake.output.reads))
