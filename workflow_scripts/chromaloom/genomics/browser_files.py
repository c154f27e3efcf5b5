"""Files that genome browsers open: bigWig, BED and BEDPE."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig

from workflow_scripts.chromaloom.io.files import atomic_path


def write_bigwig(table: pd.DataFrame, sizes: Mapping[str, int], out: str | Path) -> None:
    """Write values of intervals as bigWig.

    Parameters
    ----------
    table
        chrom, start, end (bp, 0-based half-open; intervals must not overlap) and value, in any
        order; rows without a finite value are left out.
    sizes
        Length (bp) of each chromosome, in the order of the file's header.
    out
        File to write.
    """
    rows = in_order(table[np.isfinite(table.value.astype(float))], list(sizes))
    with atomic_path(out) as temporary:
        track = pyBigWig.open(str(temporary), "w")
        track.addHeader(list(sizes.items()))
        if len(rows):
            track.addEntries(
                rows.chrom.tolist(), rows.start.tolist(), ends=rows.end.tolist(),
                values=rows.value.astype(float).tolist(),
            )  # fmt: skip
        track.close()


def in_order(table: pd.DataFrame, chromosomes: list[str]) -> pd.DataFrame:
    """Rows of the given chromosomes, in their order and by start."""
    order = {chrom: number for number, chrom in enumerate(chromosomes)}
    table = table[table.chrom.isin(chromosomes)]
    keys = table.assign(_order=table.chrom.map(order))
    return table.loc[keys.sort_values(["_order", "start"], kind="stable").index]


def write_bedpe(table: pd.DataFrame, out: str | Path) -> None:
    """Write pairs of intervals as BEDPE.

    Parameters
    ----------
    table
        chrom1, start1, end1, chrom2, start2, end2 (bp, 0-based half-open), name, score, and further
        columns, which follow the two of strands (`.`).
    out
        File to write.
    """
    ten = ["chrom1", "start1", "end1", "chrom2", "start2", "end2", "name", "score", "strand1",
           "strand2"]  # fmt: skip
    table = table.assign(strand1=".", strand2=".")
    table = table[[*ten, *(name for name in table if name not in ten)]]
    with atomic_path(out) as temporary:
        temporary.write_text(
            "#" + table.to_csv(sep="\t", index=False, float_format="%.6g", lineterminator="\n")
        )
