"""Readers of signal files; chromosomes are renamed as in the genome.

Coordinates are 0-based half-open bp.
"""

import gzip
import logging
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig
import pysam

from workflow_scripts.chromaloom.genomics.binning import Spans
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
# secondary and supplementary lines, reads failed by the sequencer's check, unmapped reads
SKIPPED, DUPLICATE = 0x100 | 0x800 | 0x200 | 0x4, 0x400
CHUNK = 2_000_000
PLACE = ["chrom", "start", "end"]
# first words of browser lines, comments, and the header of GSE22069
DISPLAY = ("#", "track", "browser", "seqname")


def read_bam(
    path: str | Path, sizes: dict[str, int], *, min_mapq: int, keep_duplicates: bool
) -> Spans:
    """Read the span of each alignment, from its first to its last base on the genome.

    Unmapped, secondary and supplementary lines, failed reads, reads below `min_mapq` and, unless
    `keep_duplicates`, marked duplicates are left out.

    Returns
    -------
    dict
        Chromosome → (starts, ends), int64.
    """
    skipped = SKIPPED if keep_duplicates else SKIPPED | DUPLICATE
    spans = {}
    with pysam.AlignmentFile(str(path), "rb") as bam:
        for name, chrom in match_chromosomes(bam.references, sizes, str(path)).items():
            found = [
                (read.reference_start, read.reference_end)
                for read in bam.fetch(name)
                if not read.flag & skipped and read.mapping_quality >= min_mapq
            ]
            pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
            spans[chrom] = (pairs[:, 0], pairs[:, 1])
            log.info("%s: %s: %d reads", path, chrom, len(pairs))
    return spans


def read_tagalign(path: str | Path, sizes: dict[str, int]) -> Spans:
    """Read tagAlign (BED of reads), without a filter.

    Returns
    -------
    dict
        Chromosome → (starts, ends), int64.
    """
    tags = read_bed(path, sizes)[PLACE]
    log.info("%s: %d reads", path, len(tags))
    return {
        str(chrom): (rows.start.to_numpy(), rows.end.to_numpy())
        for chrom, rows in tags.groupby("chrom", observed=True)
    }


def read_peaks(path: str | Path, sizes: dict[str, int]) -> pd.DataFrame:
    """Read peaks and their values.

    narrowPeak and broadPeak (10 and 9 columns) have signalValue in column 7; a region that is
    listed several times (once per summit) gets the highest value. Other BED files have no measured
    value: overlapping regions are merged with value 1, so that a bin's sum is its covered fraction.

    Returns
    -------
    pandas.DataFrame
        chrom, start, end (int64), value (float64).
    """
    import bioframe  # imported here: it takes half a second, and most jobs do not need it

    peaks = read_bed(path, sizes)
    columns = peaks.shape[1]
    if columns in (9, 10) and not _is_bed9(peaks):
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
        table = bioframe.merge(peaks[PLACE], min_dist=None)[PLACE].assign(value=1.0)
        log.info("%s: %d regions, %d merged, by coverage", path, len(peaks), len(table))
    return table.astype({"chrom": str, "start": "int64", "end": "int64"})


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
        lengths = self._file.chroms()
        names = match_chromosomes(lengths, sizes, str(path))
        self._names = {chrom: name for name, chrom in names.items()}
        self._lengths = lengths
        self.chroms = list(self._names)
        for name, chrom in names.items():
            if lengths[name] == sizes[chrom]:
                continue
            found = f"{path}: {name} has {lengths[name]} bp, in the genome {sizes[chrom]} bp"
            if not clip:
                raise UserError(f"{found}; the file is of another assembly")
            log.warning("%s; taken up to the shorter end", found)

    def fetch(self, chrom: str, start: int, end: int) -> np.ndarray:
        """Values of each base, float64, NaN where the file has none."""
        if chrom not in self._names:
            return np.full(end - start, np.nan)
        name, values = self._names[chrom], np.full(end - start, np.nan)
        if (last := min(end, self._lengths[name])) > start:
            values[: last - start] = self._file.values(name, start, last, numpy=True)
        return values

    def __enter__(self) -> "BigWig":
        return self

    def __exit__(self, *error) -> None:
        self._file.close()


def read_bed(
    path: str | Path, sizes: dict[str, int], *, columns: int | None = None, clip: bool = False
) -> pd.DataFrame:
    """Read a BED-like file: chrom (category), start, end, then columns 3… as text, by number.

    Browser lines (track, browser) and comments are skipped.

    Parameters
    ----------
    path
        BED, plain or gzip.
    sizes
        Chromosome lengths of the assembly, bp.
    columns
        Number of columns to read; by default all, or 3 of a BED6.
    clip
        Whether to clip intervals at a chromosome's end instead of raising an error.

    Raises
    ------
    UserError
        Not a BED, or one of another assembly.
    """
    try:
        with open_text(path) as handle:
            head = 0
            for line in handle:
                if line.strip() and not line.startswith(DISPLAY):
                    break
                head += 1
            else:
                raise UserError(f"{path}: no interval; expected: BED")
            width = len(line.rstrip("\n").split("\t"))
        if width < max(columns or 3, 3):
            found = line.strip()[:60]
            raise UserError(
                f"{path}: line {head + 1}: {found!r}; expected: BED, {columns or 3} columns or more"
            )
        # only the positions of reads are needed
        taken = range(columns or (3 if width == 6 else width))
        with open_text(path) as handle:
            chunks = pd.read_csv(
                handle, sep="\t", header=None, names=range(width), usecols=taken, dtype=str,
                keep_default_na=False, skiprows=head, comment="#", quoting=3, chunksize=CHUNK,
            )  # fmt: skip
            parts = []
            for chunk in chunks:
                parts.append(_parse_bed(chunk, path, head))
                log.info("%s: %d lines read", path, sum(map(len, parts)))
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError, pd.errors.ParserError) as e:
        raise UserError(f"{path}: not a readable BED: {e}") from None
    bed = pd.concat(parts, ignore_index=True).astype({"chrom": "category"})
    return fit_intervals(bed, sizes, path, clip=clip)


def fit_intervals(
    table: pd.DataFrame,
    sizes: dict[str, int],
    path: str | Path,
    *,
    clip: bool = False,
    whole_bins: bool = False,
) -> pd.DataFrame:
    """Keep the intervals on the genome's chromosomes, renamed as in the genome.

    Parameters
    ----------
    table
        chrom (category), start, end (bp), and more.
    sizes, path
        Chromosome lengths, bp; the file, for messages.
    clip
        Whether to clip intervals at a chromosome's end, with a warning, instead of raising an
        error.
    whole_bins
        Whether intervals are bins of equal width: the last one of a chromosome may extend beyond
        its end.

    Raises
    ------
    UserError
        No chromosome in common, or, without `clip`, an interval beyond its chromosome's end.
    """
    names = match_chromosomes(table.chrom.cat.categories, sizes, str(path))
    known = table.chrom.isin(list(names))
    if not known.all():
        log.warning(
            "%s: %d intervals are on chromosomes that the genome lacks", path, (~known).sum()
        )
    table = table[known].assign(chrom=table.chrom[known].astype(str).map(names))
    if whole_bins:
        ends = np.minimum(table.end, table.chrom.map(sizes))
        table = table.assign(end=table.end.where(table.start >= ends, ends))
    beyond = table.end > table.chrom.map(sizes)
    if not beyond.any():
        return table
    row = table[beyond].iloc[0]
    if not clip:
        raise UserError(
            f"{path}: {row.chrom}:{row.start}-{row.end} lies beyond the chromosome's end"
            f" ({sizes[row.chrom]} bp); the file is of another assembly"
        )
    log.warning(
        "%s: %d intervals are cut off at their chromosome's end, the first %s:%d-%d (%d bp)",
        path, beyond.sum(), row.chrom, row.start, row.end, sizes[row.chrom],
    )  # fmt: skip
    table = table.assign(end=np.minimum(table.end, table.chrom.map(sizes)))
    return table[table.end > table.start]


def _parse_bed(chunk: pd.DataFrame, path: str | Path, head: int) -> pd.DataFrame:
    chunk = chunk[~chunk[0].str.startswith(DISPLAY)]  # several tracks have several headers
    start, end = (pd.to_numeric(chunk[column], errors="coerce") for column in (1, 2))
    bad = ~((start >= 0) & (end > start))
    if bad.any():
        line = bad[bad].index[0]
        raise UserError(
            f"{path}: line {line + head + 1}: start {chunk[1][line]!r}, end {chunk[2][line]!r};"
            " expected: 0 ≤ start < end"
        )
    rest = chunk.drop(columns=[0, 1, 2])
    placed = {"chrom": chunk[0], "start": start.astype("int64"), "end": end.astype("int64")}
    return pd.concat([pd.DataFrame(placed), rest], axis=1)


def _is_bed9(peaks: pd.DataFrame) -> bool:
    """Whether columns 7 and 8 are thickStart and thickEnd of a BED9, not measured values."""
    if peaks.shape[1] != 9:
        return False
    thick = [pd.to_numeric(peaks[column], errors="coerce") for column in (6, 7)]
    return all(((part >= peaks.start) & (part <= peaks.end)).all() for part in thick)
