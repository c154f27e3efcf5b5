"""Enhancer sequences at a cell's loop anchors, away from promoters."""

import logging
from bisect import bisect_left

import numpy as np
import pandas as pd
import pysam

from workflow_scripts.chromaloom.genomics.genes import read_genes
from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")
PEAK_COLUMNS = ["chrom", "start", "end"]


def main(
    loops: str,
    peaks: list[str],
    genes: str,
    fasta: str,
    *,
    cell: str,
    merge_distance: int,
    window_width: int,
    min_tss_distance: int,
    max_windows: int,
    sequences: str,
) -> None:
    """Write the sequences that CisModule searches for motifs.

    Parameters
    ----------
    loops
        Loops of the cell (chrom1, start1, end1, chrom2, start2, end2, value).
    peaks
        Narrow or broad peaks of an enhancer mark; without any (`[]`), whole anchors are used.
    genes, fasta
        Genes with their TSS; indexed genome.
    cell
        Name, for messages.
    merge_distance
        Peaks up to this far apart (bp) are merged, because histone marks flank enhancers.
    window_width
        Length of the window around the center of a peak (bp).
    min_tss_distance
        Windows closer than this to a TSS (bp) are left out; whole anchors are trimmed.
    max_windows
        Maximum number of windows, from the anchors with the largest sum of loop values.
    sequences
        Output FASTA (gzip) with headers `chrom:start-end`, 0-based half-open bp.

    Raises
    ------
    UserError
        No window is left.
    """
    table = pd.read_csv(loops, sep="\t", dtype={"chrom1": str, "chrom2": str})
    anchors = anchor_values(table)
    starts = read_genes(genes)
    tss = {chrom: np.sort(rows.tss.to_numpy()) for chrom, rows in starts.groupby("chrom")}
    windows = peak_windows(peaks, anchors, merge_distance, window_width) if peaks else anchors
    away = away_from_tss(windows, tss, min_tss_distance, whole=bool(peaks))
    chosen = away.sort_values(["value", "chrom", "start"], ascending=[False, True, True])
    chosen = chosen.iloc[:max_windows].sort_values(["chrom", "start"])
    log.info(
        "%s: %d loops have %d anchors with %d %s; %d of them are away from promoters, %d are used"
        " (%d bp)", cell, len(table), len(anchors), len(windows), "peaks" if peaks else "anchors",
        len(away), len(chosen), (chosen.end - chosen.start).sum(),
    )  # fmt: skip
    if chosen.empty:
        raise UserError(
            f"{loops}: cell {cell!r} has no enhancer at a loop anchor ({len(anchors)} anchors,"
            f" {len(windows)} {'peaks' if peaks else 'anchors'}, none {min_tss_distance} bp or more"
            " from a TSS); expected: at least one; fix: change deepexpression.enhancer_motifs or"
            " loops.cutoff"
        )
    with (
        pysam.FastaFile(fasta) as genome,
        atomic_path(sequences) as temporary,
        gzip_writer(temporary) as handle,
    ):
        for row in chosen.itertuples():
            text = genome.fetch(row.chrom, max(row.start, 0), row.end).upper()
            handle.write(f">{row.chrom}:{max(row.start, 0)}-{row.end}\n{text}\n".encode())


def anchor_values(loops: pd.DataFrame) -> pd.DataFrame:
    """Loop anchors: chrom, start, end, value (sum over the anchor's loops)."""
    ends = [
        loops[[f"chrom{k}", f"start{k}", f"end{k}", "value"]].set_axis(
            [*PEAK_COLUMNS, "value"], axis=1
        )
        for k in (1, 2)
    ]
    return pd.concat(ends).groupby(PEAK_COLUMNS, as_index=False, sort=True).value.sum()


def peak_windows(
    peaks: list[str], anchors: pd.DataFrame, merge_distance: int, width: int
) -> pd.DataFrame:
    """Windows around the centers of merged peaks in an anchor, with the anchor's value.

    Of overlapping windows, the one with the larger value is kept, then the first.
    """
    spans = pd.concat(
        pd.read_csv(file, sep="\t", header=None, usecols=[0, 1, 2], names=PEAK_COLUMNS,
                    dtype={"chrom": str})
        for file in peaks
    )  # fmt: skip
    spans = merge_spans(spans, merge_distance)
    middle = (spans.start + spans.end) // 2
    spans = spans.assign(start=middle - width // 2, end=middle - width // 2 + width, middle=middle)
    parts = []
    for chrom, rows in spans.groupby("chrom"):
        bins = anchors[anchors.chrom == chrom]
        if bins.empty:
            continue
        index = np.searchsorted(bins.start.to_numpy(), rows.middle, side="right") - 1
        inside = (index >= 0) & (bins.end.to_numpy()[index] > rows.middle.to_numpy())
        parts.append(rows[inside].assign(value=bins.value.to_numpy()[index[inside]]))
    if not parts:
        return anchors.iloc[:0]
    found = pd.concat(parts).sort_values(
        ["value", "chrom", "start"], ascending=[False, True, True], kind="stable"
    )
    kept: list[tuple] = []
    taken: dict[str, list[int]] = {}  # sorted starts; all windows have one width
    for row in found.itertuples():
        here = taken.setdefault(row.chrom, [])
        place = bisect_left(here, row.start)
        if any(abs(start - row.start) < width for start in here[max(place - 1, 0) : place + 1]):
            continue
        here.insert(place, row.start)
        kept.append((row.chrom, row.start, row.end, row.value))
    return pd.DataFrame(kept, columns=anchors.columns)


def merge_spans(spans: pd.DataFrame, merge_distance: int) -> pd.DataFrame:
    """Merge spans (chrom, start, end) that overlap or are up to `merge_distance` bp apart."""
    spans = spans.sort_values(["chrom", "start"], ignore_index=True)
    reached = spans.groupby("chrom").end.cummax()
    same = spans.chrom == spans.chrom.shift()
    first = ~(same & (spans.start <= reached.shift() + merge_distance))
    return spans.groupby(first.cumsum()).agg(
        chrom=("chrom", "first"), start=("start", "min"), end=("end", "max")
    )


def away_from_tss(
    windows: pd.DataFrame, tss: dict[str, np.ndarray], distance: int, *, whole: bool
) -> pd.DataFrame:
    """Windows, or parts of them, that are at least `distance` bp from a TSS.

    whole: drop windows that are closer; otherwise cut the close parts out of them.
    """
    rows = []
    for row in windows.itertuples(index=False):
        starts = tss.get(row.chrom, np.empty(0, int))
        low = np.searchsorted(starts, row.start - distance, side="right")
        near = starts[low : np.searchsorted(starts, row.end + distance, side="left")]
        if whole:
            rows += [] if len(near) else [row]
            continue
        first = row.start
        for start in near:
            if start - distance > first:
                rows.append((row.chrom, first, int(start) - distance, row.value))
            first = max(first, int(start) + distance)
        if first < row.end:
            rows.append((row.chrom, first, row.end, row.value))
    return pd.DataFrame(rows, columns=windows.columns)


if __name__ == "__main__":
    run_script(main, snakemake)
