"""Call the peaks of one ChIP sample with MACS2."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pysam

from workflow_scripts.chromaloom.genomics.binning import Spans
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, read_sizes, some
from workflow_scripts.chromaloom.genomics.intervals import (
    PLACE,
    overlaps_blacklist,
    read_blacklist,
)
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import run_logged
from workflow_scripts.signal.background import background_ratio, require_control
from workflow_scripts.signal.signal_files import outside_blacklist, read_bam, read_tagalign

log = logging.getLogger("chromaloom")


def main(
    *,
    sample: str,
    target: str,
    reads: list[str],
    control: list[str],
    sizes: str,
    settings: dict,
    out: str,
    clip: bool = False,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Write the sample's peaks as narrowPeak, or as broadPeak for targets with broad domains.

    MACS2 (Zhang et al. 2008) counts each read once (duplicates were removed after alignment),
    extended to `extsize` bp. Broad targets are called with a window of `broad_extsize`, MACS2's
    broad linking, and the control in the same window only. MACS2 uses one end of paired reads. The
    genome size is the sum of all chromosomes. A sample without peaks gives an empty file and a
    warning.

    Parameters
    ----------
    sample, target
        Names; the target determines whether peaks are broad.
    reads, control
        BAM or tagAlign files of the sample and of its input control; `[]` without control.
    sizes
        Chromosome lengths of the assembly.
    settings
        The config's section signal.peaks.
    out
        narrowPeak or broadPeak content, 0-based half-open bp.
    clip
        Whether reads of tagAlign files beyond a chromosome's end are clipped (signal.beyond_end).
    blacklist
        BED of regions, or none. Peaks that overlap them are left out, as ENCODE does.

    Raises
    ------
    UserError
        Sample and control enter at different stages, or one of them has no reads.
    """
    lengths, broad = read_sizes(sizes), target in settings["broad"]
    black = read_blacklist(blacklist, lengths)
    command = peak_command(sample, reads, control, sum(lengths.values()), settings, broad)
    require_tags(sample, reads)
    if control:
        require_tags(f"{sample}'s control", control)
        chip, inputs = (
            outside_blacklist(read_all(files, lengths, clip=clip), black)
            for files in (reads, control)
        )
        require_control(sample, count_spans(chip), some(control), count_spans(inputs))
        if settings["background"] == "depleted":
            ratio = background_ratio(chip, inputs, lengths)
            log.info("%s: background has %.3f reads per read of the control", sample, ratio)
            if np.isfinite(ratio):
                command += ["--ratio", f"{ratio:.4f}"]
    with scratch_folder(out) as folder:
        run_logged([*command, "--outdir", folder, "--tempdir", folder])
        peaks = Path(folder, f"{sample}_peaks.{'broad' if broad else 'narrow'}Peak")
        with atomic_path(out) as temporary:
            temporary.write_text(without_blacklisted(peaks.read_text(), lengths, black, sample))
    spans = [line.split("\t")[1:3] for line in Path(out).read_text().splitlines()]
    bases = sum(int(end) - int(start) for start, end in set(map(tuple, spans)))
    if not spans:
        log.warning("%s: no region of %s is enriched: its track is 0 everywhere", sample, target)
    log.info(
        "%s: %d %s regions of %s, %.2f %% of the genome", sample, len(spans),
        "broad" if broad else "narrow", target, 100 * bases / sum(lengths.values()),
    )  # fmt: skip


def peak_command(
    sample: str, reads: list[str], control: list[str], size: int, settings: dict, broad: bool
) -> list[str]:
    """Command of MACS2, without its output folder."""
    tags = not reads[0].endswith(".bam")
    if any(file.endswith(".bam") == tags for file in [*reads, *control]):
        raise UserError(
            f"sample {sample!r} and its control are of different kinds; expected: both aligned"
            " reads, or both tagalign"
        )
    command = ["macs2", "callpeak", "-n", sample, "-t", *reads, "-f", "BED" if tags else "BAM"]
    command += ["-g", str(size), "--nomodel", "--keep-dup", "all", "-q", str(settings["qvalue"])]
    command += ["--verbose", "1"]  # warnings only
    if control:
        command += ["-c", *control]
    if not broad:
        return [*command, "--extsize", str(settings["extsize"])]
    command += ["--extsize", str(settings["broad_extsize"]), "--slocal", "0", "--llocal", "0"]
    return [*command, "--broad", "--broad-cutoff", str(settings["broad_qvalue"])]


def without_blacklisted(
    peaks: str, sizes: dict[str, int], blacklist: pd.DataFrame, sample: str
) -> str:
    """Lines of peaks that do not overlap a blacklisted region."""
    lines = peaks.splitlines(keepends=True)
    if blacklist.empty or not lines:
        return peaks
    rows = [line.split("\t")[:3] for line in lines]
    table = pd.DataFrame(rows, columns=PLACE).astype({"start": int, "end": int})
    names = match_chromosomes(table.chrom.value_counts(), sizes, f"peaks of {sample}")
    bad = overlaps_blacklist(table.assign(chrom=table.chrom.map(names)), blacklist)
    log.info("%s: %d of %d peaks overlap blacklisted regions and are left out",
             sample, bad.sum(), len(bad))  # fmt: skip
    return "".join(line for line, out in zip(lines, bad, strict=True) if not out)


def require_tags(sample: str, files: list[str]) -> None:
    """Reject BAM files without a read that MACS2 counts: a single one, or a proper pair's first."""
    bams = [file for file in files if file.endswith(".bam")]
    single, first, both = (
        sum(int(pysam.view("-c", *flags, file)) for file in bams)
        for flags in (["-F", "0x1"], ["-f", "0x43", "-F", "0x8"], ["-f", "0x1"])
    )
    if bams and not single + both:
        raise UserError(f"sample {sample!r}: no reads; expected: aligned reads ({some(files)})")
    if bams and not single + first:
        raise UserError(
            f"sample {sample!r}: none of its {both} paired reads is of a proper pair (flag 0x2),"
            " the pairs from which MACS2 calls peaks; expected: mates on one chromosome that face"
            f" each other; fix: align again, or set signal.value: signal ({some(files)})"
        )


def count_spans(spans: Spans) -> int:
    """Number of reads."""
    return sum(len(starts) for starts, _ in spans.values())


def read_all(files: list[str], sizes: dict[str, int], *, clip: bool = False) -> Spans:
    """Read all reads of several files."""
    parts = [
        read_bam(file, sizes) if file.endswith(".bam") else read_tagalign(file, sizes, clip=clip)
        for file in files
    ]
    return {
        chrom: tuple(
            np.concatenate([p[chrom][side] for p in parts if chrom in p]) for side in (0, 1)
        )
        for chrom in dict.fromkeys(chrom for part in parts for chrom in part)
    }


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        blacklist=snakemake.input.get("blacklist", []),
        out=snakemake.output.peaks,
    )
