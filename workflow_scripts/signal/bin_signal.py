"""Track of one sample in the bins of a genome."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import read_sizes, some
from workflow_scripts.chromaloom.genomics.intervals import (
    PLACE,
    blacklisted_bases,
    overlaps_blacklist,
    read_bed,
    read_blacklist,
)
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.signal.background import require_control
from workflow_scripts.signal.call_peaks import count_spans, read_all
from workflow_scripts.signal.signal_files import outside_blacklist
from workflow_scripts.signal.track_files import open_track, read_gff3, read_segments
from workflow_scripts.signal.tracks import (
    average_bins,
    cover_bins,
    depth_of_reads,
    make_bins,
    mask_fetch,
    write_track,
)

log = logging.getLogger("chromaloom")
READS = ("fastq", "bam", "tagalign")


def main(
    *,
    sample: str,
    kind: str,
    files: list[str],
    names: list[str],
    control: list[str],
    sizes: str,
    resolution: int,
    settings: dict,
    out: str,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Write chrom, start, end, value of every bin; value is empty where unmeasured.

    Values: for peaks (and reads with value `fraction`, by their peaks), gff3 and segments the
    covered fraction of the bin; for reads with value `signal` the mean depth per million reads,
    divided by that of the control; for bigwig, bedgraph and binned tables the mean. A chromosome
    that a file lacks is unmeasured, with a warning; a bin without any segment has 0 of each state.
    Reads, peaks and features that overlap the blacklist are left out, values and segments there do
    not count; fractions and means are over the other bases, and a bin of which half or more is
    blacklisted is unmeasured.

    Parameters
    ----------
    sample, kind
        Name; kind of its runs.
    files
        Files of the runs; several are merged (intervals), summed (reads) or averaged (values). For
        reads with value `fraction` the called peaks.
    names
        The run sheet's file2, one per file: column of a binned table, name of a state, or the
        minus strand of a bigwig or bedgraph (absolute values of both strands are added).
    control
        For reads with value `signal`: files of the control's reads, or none.
    sizes, resolution
        Chromosome lengths of the assembly; bin size, bp.
    settings
        value, bases_without_value and beyond_end of the config's section signal.
    out
        Gzipped TSV.
    blacklist
        BED of regions, or none.

    Raises
    ------
    UserError
        A malformed file, one of another assembly, an unknown column or state.
    """
    lengths = read_sizes(sizes)
    bins, black = make_bins(lengths, resolution), read_blacklist(blacklist, lengths)
    clip = settings["beyond_end"] == "clip"
    allowed = allowed_fraction(bins, black)
    if kind in READS and settings["value"] == "signal":
        values = measure_reads(sample, bins, files, control, lengths, black, clip) / allowed
    elif kind in READS:
        # peaks called from reads: a chromosome without peaks was measured too; MACS2 extends reads
        # beyond a chromosome's end
        peaks = [
            read_bed(f, lengths, columns=3, clip=True) for f in files if Path(f).stat().st_size
        ]
        table = pd.concat(peaks) if peaks else pd.DataFrame(columns=PLACE)
        values = cover_bins(bins, table[~overlaps_blacklist(table, black)]) / allowed
    elif kind in ("peaks", "gff3", "segments"):
        values = cover(bins, kind, files, names, lengths, black, clip) / allowed
    else:
        skip = settings["bases_without_value"] == "unmeasured" or kind == "binned"
        layers = [
            average(bins, kind, file, name, lengths, black, clip, skip)
            for file, name in zip(files, names, strict=True)
        ]
        values = np.mean(layers, axis=0)
    values = np.where(np.isnan(allowed), np.nan, values)
    log_summary(sample, bins, values, files)
    write_track(out, bins, values)


def measure_reads(
    sample: str,
    bins: pd.DataFrame,
    files: list[str],
    control: list[str],
    sizes: dict[str, int],
    blacklist: pd.DataFrame,
    clip: bool,
) -> np.ndarray:
    """Mean depth per million reads, over the control's, with a pseudocount of one read per bin."""
    layers, added, numbers = [], [], []
    for paths in (files, control):
        if paths:
            reads = outside_blacklist(read_all(paths, sizes, clip=clip), blacklist)
            numbers.append(number := count_spans(reads))
            if paths is control and control:
                require_control(sample, numbers[0], some(control), number)
            if not number:
                raise UserError(f"{some(paths)}: no reads; expected: aligned reads")
            bases = sum(int((ends - starts).sum()) for starts, ends in reads.values())
            layers.append(depth_of_reads(bins, reads) * 1e6 / number)
            added.append(bases / number / (bins.end - bins.start).to_numpy() * 1e6 / number)
    if len(layers) == 1:
        return layers[0]
    # the larger of both, so that the ratio of empty bins does not depend on the depth
    one = np.maximum(*added)
    return (layers[0] + one) / (layers[1] + one)


def cover(
    bins: pd.DataFrame,
    kind: str,
    files: list[str],
    names: list[str],
    sizes: dict[str, int],
    blacklist: pd.DataFrame,
    clip: bool,
) -> np.ndarray:
    """Fraction of each bin covered by the files' intervals; NaN on chromosomes that no file has."""
    intervals, chroms = [], set()
    for file, name in zip(files, names, strict=True):
        if kind == "gff3":
            table = read_gff3(file, sizes, clip=clip)
        elif kind == "peaks":
            table = read_bed(file, sizes, columns=3, clip=clip)
        else:
            table = read_segments(file, sizes, clip=clip)
        chroms |= set(table.chrom)
        if kind == "segments":
            empty = cover_bins(bins[bins.chrom.isin(set(table.chrom))], table) == 0
            log.info("%s: %d bins have no segment, and so 0 of every state", file, empty.sum())
            if not (table.state == name).any():
                raise UserError(
                    f"{file}: no state {name!r} on the assembly; available:"
                    f" {some(sorted(set(table.state)), 40)}"
                )
            table = table[table.state == name]
            table = outside_regions(table, blacklist)
        else:
            table = table[~overlaps_blacklist(table, blacklist)]
        intervals.append(table[PLACE])
    values = cover_bins(bins, pd.concat(intervals, ignore_index=True))
    return np.where(bins.chrom.isin(chroms), values, np.nan)


def average(
    bins: pd.DataFrame,
    kind: str,
    file: str,
    name: str,
    sizes: dict[str, int],
    blacklist: pd.DataFrame,
    clip: bool,
    skip: bool,
) -> np.ndarray:
    """Mean of one track over the bases of each bin that are not blacklisted; NaN on chromosomes
    that it lacks.
    """
    with ExitStack() as stack:
        fetch, chroms = open_track(kind, file, name, sizes, stack, clip=clip)
        values = np.full(len(bins), np.nan)
        here = bins.chrom.isin(chroms).to_numpy()
        if here.any():
            masked = mask_fetch(fetch, blacklist)
            values[here] = average_bins(bins[here], masked, measured_only=skip)
    return values if skip else values / allowed_fraction(bins, blacklist)


def outside_regions(table: pd.DataFrame, blacklist: pd.DataFrame) -> pd.DataFrame:
    """Parts of intervals outside blacklisted regions."""
    import bioframe  # imported here: it takes half a second, and most jobs do not need it

    if blacklist.empty:
        return table
    return bioframe.subtract(table[PLACE].astype({"chrom": str}), blacklist)[PLACE]


def allowed_fraction(bins: pd.DataFrame, blacklist: pd.DataFrame) -> np.ndarray:
    """Fraction of each bin outside blacklisted regions; NaN where it is half or less."""
    fraction = 1 - blacklisted_bases(bins, blacklist) / (bins.end - bins.start).to_numpy()
    return np.where(fraction > 0.5, fraction, np.nan)


def log_summary(sample: str, bins: pd.DataFrame, values: np.ndarray, files: list[str]) -> None:
    """Log the number of measured bins, chromosomes without data, and whether all values are 0."""
    measured = ~np.isnan(values)
    if not measured.any():
        raise UserError(
            f"sample {sample!r}: {some(files)} has no value in any bin; expected: data on the"
            " sample's assembly"
        )
    by_chrom = pd.Series(measured).groupby(bins.chrom, sort=False).any()
    if absent := list(by_chrom.index[~by_chrom]):
        log.warning("%s: chromosomes without data, left unmeasured: %s", sample, some(absent, 40))
    if not values[measured].any():
        log.warning("%s: 0 in every bin", sample)
    log.info(
        "%s: %d bins, %d of them unmeasured, mean %.4g, from %.4g to %.4g", sample, len(bins),
        (~measured).sum(), values[measured].mean(), values[measured].min(), values[measured].max(),
    )  # fmt: skip


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        control=list(snakemake.input.get("control", [])),
        blacklist=snakemake.input.get("blacklist", []),
        out=snakemake.output.track,
    )
