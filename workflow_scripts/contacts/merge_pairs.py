"""Merge and sort the pairs of a sample's runs, and drop duplicates."""

import logging
import sys
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import pipeline, run_logged, ticking
from workflow_scripts.contacts import chain_pairs
from workflow_scripts.contacts.pairs_files import copy_pairs
from workflow_scripts.contacts.programs import python_program

log = logging.getLogger("chromaloom")


def main(
    *,
    sample: str,
    assembly: str,
    runs: list[str],
    tables: list[str],
    min_mapping_rate: float,
    deduplicate: bool,
    max_mismatch: int,
    threads: int,
    memory_mb: int,
    pairs: str,
    stats: str,
) -> None:
    """Write the sample's valid pairs, sorted by position, and the counts of all its pairs.

    Parameters
    ----------
    sample, assembly
        Names, for messages.
    runs, tables
        .pairs.gz of the runs, and their counts.
    min_mapping_rate
        Minimum fraction of mapped reads; runs that enter as pairs have no number of reads and are
        not checked.
    deduplicate
        Whether to remove duplicates; rows marked as duplicates (DD) are always dropped.
    max_mismatch
        Maximum distance (bp) between the ends of duplicates.
    threads, memory_mb
        Of sorting.
    pairs, stats
        Outputs: .pairs.gz with both ends mapped uniquely, without duplicates; and the table of
        `pairtools stats` over all pairs.

    Raises
    ------
    UserError
        The mapping rate is below `min_mapping_rate`, or no pair is left.
    """
    counts = add_counts(tables)
    require_mapped(sample, assembly, counts, min_mapping_rate)
    with (
        scratch_folder(pairs) as folder,
        atomic_path(stats) as counted,
        atomic_path(pairs) as temporary,
    ):
        pairtools = python_program("pairtools")
        sort = [pairtools, "sort", "--nproc", str(threads), "--memory", f"{memory_mb}M",
                "--compress-program", "gzip", "--tmpdir", folder]  # fmt: skip
        commands = [[sys.executable, chain_pairs.__file__, *runs], sort]
        if not deduplicate:
            # marked duplicates are counted first, then the valid pairs are selected
            run_logged_sorted(commands, f"{folder}/all.pairs", Path(folder))
            run_logged([pairtools, "stats", "-o", str(counted), f"{folder}/all.pairs"])
            valid = '(chrom1 != "!") and (chrom2 != "!") and (pair_type != "DD")'
            commands = [[pairtools, "select", valid, f"{folder}/all.pairs"]]
        else:
            commands.append([pairtools, "dedup", "--max-mismatch", str(max_mismatch),
                             "--output-stats", str(counted)])  # fmt: skip
        with (
            ticking(lambda seconds: log.info("%s: sorting for %.0f s", sample, seconds)),
            pipeline(commands, Path(folder)) as (stream, _),
            gzip_writer(temporary) as out,
        ):
            copy_pairs(stream, out)
        require_pairs(sample, read_stats(counted), counts["pairs"])


def add_counts(tables: list[str]) -> dict[str, int]:
    """Sum `pairs`, `reads` and `mapped` of the runs; runs that enter as pairs have no `reads`."""
    runs = pd.concat([pd.read_csv(path, sep="\t", dtype={"run": str}) for path in tables])
    return {key: int(runs[key].sum()) for key in ("pairs", "reads", "mapped") if key in runs}


def require_mapped(sample: str, assembly: str, counts: dict[str, int], floor: float) -> None:
    """Reject a sample with a low mapping rate; single lanes may be lower."""
    if "reads" not in counts:
        return
    rate = counts["mapped"] / counts["reads"]
    log.info("%s: %.1f %% of %d reads map", sample, 100 * rate, counts["reads"])
    if rate < floor:
        raise UserError(
            f"sample {sample!r}: {rate:.1%} of {counts['reads']} reads map to {assembly}; expected:"
            f" contacts.mapping.min_mapping_rate {floor:.0%} or more; probably the reads are of"
            " another genome, or mostly adapter"
        )


def run_logged_sorted(commands: list[list[str]], out: str, folder: Path) -> None:
    """Run a pipeline of pairs into a file."""
    with pipeline(commands, folder) as (stream, _), Path(out).open("wb") as handle:
        copy_pairs(stream, handle)


def read_stats(path: str | Path) -> dict[str, str]:
    """Read a table of `pairtools stats`: key → value."""
    rows = (line.split("\t") for line in Path(path).read_text().splitlines())
    return dict(rows)


def require_pairs(sample: str, stats: dict[str, str], given: int) -> None:
    """Log the counts, and reject a sample without valid pairs."""
    names = ("total", "total_mapped", "total_dups", "total_nodups", "cis", "trans", "cis_1kb+")
    log.info("%s: %s", sample, ", ".join(f"{name} {stats[name]}" for name in names))
    if int(stats["total"]) != given:
        raise RuntimeError(f"{sample}: {stats['total']} pairs counted of {given} in its runs")
    if int(stats["total_nodups"]) == 0:
        raise UserError(
            f"sample {sample!r}: of {stats['total']} pairs none has both ends mapped uniquely;"
            " expected: one or more; look at contacts.mapping.min_mapq and min_length"
        )


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        pairs=snakemake.output.pairs,
        runs=list(snakemake.input.pairs),
        memory_mb=snakemake.resources.mem_mb // 2,
    )
