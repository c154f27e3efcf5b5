"""Readers of signal files; chromosomes are renamed as in the genome.

Coordinates are 0-based half-open bp.
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig
import pysam

from workflow_scripts.chromaloom.genomics.binning import Spans
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes
from workflow_scripts.chromaloom.genomics.intervals import (
    BEYOND_FIX,
    PLACE,
    blacklisted_bases,
    read_bed,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")


def read_bam(path: str | Path, sizes: dict[str, int]) -> Spans:
    """Read the span of each alignment, from its first to its last base on the genome.

    All reads of the stage `align` count: the filter (`align.min_mapq`, `align.keep_duplicates`) was
    applied there, once for peaks, tracks and windows. A chromosome of the header without reads has
    empty arrays.

    Returns
    -------
    dict
        Chromosome → (starts, ends), int64.
    """
    spans = {}
    with pysam.AlignmentFile(str(path), "rb") as bam:
        lengths = dict(zip(bam.references, bam.lengths, strict=True))
        for name, chrom in match_chromosomes(lengths, sizes, str(path)).items():
            found = [(read.reference_start, read.reference_end) for read in bam.fetch(name)]
            pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
            spans[chrom] = (pairs[:, 0], pairs[:, 1])
            log.info("%s: %s: %d reads", path, chrom, len(pairs))
    return spans


def outside_blacklist(reads: Spans, blacklist: pd.DataFrame) -> Spans:
    """Reads that do not overlap a blacklisted region (chrom, start, end; as `read_blacklist`)."""
    if blacklist.empty:
        return reads
    kept = {}
    for chrom, (starts, ends) in reads.items():
        table = pd.DataFrame({"chrom": chrom, "start": starts, "end": ends})
        outside = blacklisted_bases(table, blacklist) == 0
        kept[chrom] = (starts[outside], ends[outside])
    before, after = (sum(len(starts) for starts, _ in part.values()) for part in (reads, kept))
    log.info("%d of %d reads overlap blacklisted regions and are left out", before - after, before)
    return kept


def read_tagalign(path: str | Path, sizes: dict[str, int], *, clip: bool = False) -> Spans:
    """Read tagAlign (BED of reads), without a filter; `clip` as in `read_bed`.

    Returns
    -------
    dict
        Chromosome → (starts, ends), int64.
    """
    tags = read_bed(path, sizes, clip=clip)[PLACE]
    log.info("%s: %d reads", path, len(tags))
    return {
        str(chrom): (rows.start.to_numpy(), rows.end.to_numpy())
        for chrom, rows in tags.groupby("chrom", observed=True)
    }


def read_peaks(path: str | Path, sizes: dict[str, int], *, clip: bool = False) -> pd.DataFrame:
    """Read peaks and their values; `clip` as in `read_bed`.

    narrowPeak and broadPeak (10 and 9 columns) have signalValue in column 7; a region that is
    listed several times (once per summit) gets the highest value. Other BED files have no measured
    value: overlapping regions are merged with value 1, so that a bin's sum is its covered fraction.

    Returns
    -------
    pandas.DataFrame
        chrom, start, end (int64), value (float64); `attrs["unit"]` is `peak signal` or
        `peak coverage`.
    """
    peaks = read_bed(path, sizes, clip=clip)
    columns = peaks.shape[1]
    valued = columns in (9, 10) and not _is_bed9(peaks)
    unit = "peak signal" if valued else "peak coverage"
    if valued:
        values = pd.to_numeric(peaks[6], errors="coerce")
        if not np.isfinite(values).all():
            line = int(np.flatnonzero(~np.isfinite(values))[0])
            raise UserError(
                f"{path}: peak {line + 1}: signalValue {peaks[6].iloc[line]!r} is not a number"
            )
        peaks = peaks.assign(value=values)
        regions = peaks.groupby(PLACE, sort=False, observed=True)
        table = regions.value.max().reset_index()
        log.info("%s: %d peaks, %d regions, by signalValue", path, len(peaks), len(table))
    else:
        table = merge_intervals(peaks)
        log.info("%s: %d regions, %d merged, by coverage", path, len(peaks), len(table))
    table = table.astype({"chrom": str, "start": "int64", "end": "int64"})
    table.attrs["unit"] = unit
    return table


def merge_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Merge overlapping intervals: chrom, start, end, and value 1, for the share covered."""
    import bioframe  # imported here: it takes half a second, and most jobs do not need it

    merged = bioframe.merge(table[PLACE], min_dist=None)[PLACE].assign(value=1.0)
    return merged.astype({"chrom": str, "start": "int64", "end": "int64"})


class BigWig:
    """Values of a bigWig by the genome's chromosome names; a context manager.

    With `clip` a chromosome may have another length than in the genome: what the file lacks has no
    value. `chroms` are the genome's chromosomes that the file has.
    """

    def __init__(self, path: str | Path, sizes: dict[str, int], *, clip: bool = False) -> None:
        try:
            self._file = pyBigWig.open(str(path))
        except RuntimeError:
            raise UserError(f"{path}: not a readable bigWig file") from None
        if self._file is None or not self._file.isBigWig():
            raise UserError(f"{path}: not a bigWig file")
        self._path, lengths = path, self._file.chroms()
        names = match_chromosomes(lengths, sizes, str(path))
        self._names = {chrom: name for name, chrom in names.items()}
        self._lengths = lengths
        self.chroms = list(self._names)
        for name, chrom in names.items():
            if lengths[name] == sizes[chrom]:
                continue
            found = f"{path}: {name} has {lengths[name]} bp, in the genome {sizes[chrom]} bp"
            if not clip:
                raise UserError(f"{found}; the file is of another assembly; fix: {BEYOND_FIX}")
            log.warning("%s; taken up to the shorter end", found)

    def fetch(self, chrom: str, start: int, end: int) -> np.ndarray:
        """Values of each base, float64, NaN where the file has none."""
        if chrom not in self._names:
            return np.full(end - start, np.nan)
        name, values = self._names[chrom], np.full(end - start, np.nan)
        if (last := min(end, self._lengths[name])) > start:
            try:
                values[: last - start] = self._file.values(name, start, last, numpy=True)
            except RuntimeError:
                raise UserError(
                    f"{self._path}: damaged at {name}:{start}-{last}; expected: a complete bigWig"
                    " file; fix: copy or download it again"
                ) from None
        return values

    def __enter__(self) -> "BigWig":
        return self

    def __exit__(self, *error) -> None:
        self._file.close()


def _is_bed9(peaks: pd.DataFrame) -> bool:
    """Whether columns 7 and 8 are thickStart and thickEnd of a BED9, not measured values."""
    if peaks.shape[1] != 9:
        return False
    thick = [pd.to_numeric(peaks[column], errors="coerce") for column in (6, 7)]
    return all(((part >= peaks.start) & (part <= peaks.end)).all() for part in thick)
