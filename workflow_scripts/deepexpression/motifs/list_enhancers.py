"""Enhancer sequences under a cell's loops: anchors away from promoters."""

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
    join: int,
    width: int,
    promoter: int,
    most: int,
    sequences: str,
) -> None:
    """Write the sequences that CisModule looks for motifs in.

    Parameters
    ----------
    loops
        The cell's loops (chrom1, start1, end1, chrom2, start2, end2, value).
    peaks
        Narrow or broad peaks of a mark of active enhancers; where there are none (`[]`) the anchors
        are taken whole.
    genes, fasta
        Genes with their TSS; indexed genome.
    cell
        Name, for messages.
    join
        Peaks no further apart than this (bp) are one: acetylated histones flank an enhancer.
    width
        Length (bp) of the window around the middle of a peak; shorter peaks are widened to it.
    promoter
        Windows nearer to a TSS than this (bp) are left out; anchors lose what is nearer.
    most
        Number of windows kept: those of the anchors with the largest sum of loop values.
    sequences
        Output, FASTA, gzip; headers `chrom:start-end`, 0-based half-open bp.

    Raises
    ------
    UserError
        Nothing is left.
    """
    table = pd.read_csv(loops, sep="\t", dtype={"chrom1": str, "chrom2": str})
    anchors = anchor_values(table)
    starts = read_genes(genes)
    tss = {chrom: np.sort(rows.tss.to_numpy()) for chrom, rows in starts.groupby("chrom")}
    windows = peak_windows(peaks, anchors, join, width) if peaks else anchors
    away = away_from(windows, tss, promoter, whole=bool(peaks))
    chosen = away.sort_values(["value", "chrom", "start"], ascending=[False, True, True])
    chosen = chosen.iloc[:most].sort_values(["chrom", "start"])
    log.info(
        "%s: %d loops have %d anchors; %d %s under them, %d left away from promoters, %d taken,"
        " %d bp", cell, len(table), len(anchors), len(windows), "peaks" if peaks else "anchors",
        len(away), len(chosen), (chosen.end - chosen.start).sum(),
    )  # fmt: skip
    if chosen.empty:
        raise UserError(
            f"{loops}: no anchor of the loops of cell {cell!r} is an enhancer: {len(anchors)}"
            f" anchors, {len(windows)} {'peaks' if peaks else 'anchors'}, none {promoter} bp or"
            " more from a TSS; change deepexpression.enhancer_motifs or loops.cutoff"
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
    """Bins that loops end in: chrom, start, end, value (sum over their loops)."""
    ends = [
        loops[[f"chrom{k}", f"start{k}", f"end{k}", "value"]].set_axis(
            [*PEAK_COLUMNS, "value"], axis=1
        )
        for k in (1, 2)
    ]
    return pd.concat(ends).groupby(PEAK_COLUMNS, as_index=False, sort=True).value.sum()


def peak_windows(peaks: list[str], anchors: pd.DataFrame, join: int, width: int) -> pd.DataFrame:
    """Windows around the middles of joined peaks that lie in an anchor, with the anchor's value.

    Of windows that overlap, the one of the larger anchor value stays, then the first.
    """
    spans = pd.concat(
        pd.read_csv(file, sep="\t", header=None, usecols=[0, 1, 2], names=PEAK_COLUMNS,
                    dtype={"chrom": str})
        for file in peaks
    )  # fmt: skip
    spans = joined(spans, join)
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


def joined(spans: pd.DataFrame, join: int) -> pd.DataFrame:
    """Spans (chrom, start, end) with those in one that overlap or are up to `join` bp apart."""
    spans = spans.sort_values(["chrom", "start"], ignore_index=True)
    reached = spans.groupby("chrom").end.cummax()
    same = spans.chrom == spans.chrom.shift()
    first = ~(same & (spans.start <= reached.shift() + join))
    return spans.groupby(first.cumsum()).agg(
        chrom=("chrom", "first"), start=("start", "min"), end=("end", "max")
    )


def away_from(
    windows: pd.DataFrame, tss: dict[str, np.ndarray], promoter: int, *, whole: bool
) -> pd.DataFrame:
    """Windows, or parts of them, that are no nearer than `promoter` bp to a TSS.

    whole: a window that comes nearer is dropped; otherwise the near stretches are cut out of it.
    """
    rows = []
    for row in windows.itertuples(index=False):
        starts = tss.get(row.chrom, np.empty(0, int))
        low = np.searchsorted(starts, row.start - promoter, side="right")
        near = starts[low : np.searchsorted(starts, row.end + promoter, side="left")]
        if whole:
            rows += [] if len(near) else [row]
            continue
        first = row.start
        for start in near:
            if start - promoter > first:
                rows.append((row.chrom, first, int(start) - promoter, row.value))
            first = max(first, int(start) + promoter)
        if first < row.end:
            rows.append((row.chrom, first, row.end, row.value))
    return pd.DataFrame(rows, columns=windows.columns)


if __name__ == "__main__":
    run_script(main, snakemake)
