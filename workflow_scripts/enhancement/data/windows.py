"""DNA of chromosomes as codes, and the windows whose bins hold no N."""

from pathlib import Path

import numpy as np
import pandas as pd
import pysam

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.dataset import N_CODE

CODE = np.full(256, N_CODE, np.uint8)
for letters in (b"ACGT", b"acgt"):
    CODE[list(letters)] = range(4)


def read_codes(fasta: str | Path, exclude: list[str]) -> dict[str, np.ndarray]:
    """DNA of each chromosome that is not excluded, uint8: 0-3 = ACGT, 4 = any other letter.

    The FASTA needs its index (.fai).

    Raises
    ------
    UserError
        All chromosomes are excluded.
    """
    with pysam.FastaFile(str(fasta)) as genome:
        names = [name for name in genome.references if name not in exclude]
        codes = {name: CODE[np.frombuffer(genome.fetch(name).encode("latin-1"), np.uint8)]
                 for name in names}  # fmt: skip
    if not codes:
        raise UserError(
            f"{fasta}: all chromosomes are excluded; fix: shorten enhancement.exclude_chromosomes"
        )
    return codes


def blank_codes(lengths: dict[str, int], exclude: list[str]) -> dict[str, np.ndarray]:
    """Codes of chromosomes whose sequence is not known, none of them N; they take no memory.

    Raises
    ------
    UserError
        All chromosomes are excluded.
    """
    codes = {name: np.broadcast_to(np.uint8(0), size) for name, size in lengths.items()
             if name not in exclude}  # fmt: skip
    if not codes:
        raise UserError(
            f"enhancement.exclude_chromosomes: all chromosomes ({', '.join(list(lengths)[:8])}) are"
            " excluded; expected: at least one without; fix: shorten the list"
        )
    return codes


def fasta_lengths(fasta: str | Path) -> dict[str, int]:
    """Length (bp) of each sequence of an indexed FASTA, in its order."""
    with pysam.FastaFile(str(fasta)) as genome:
        return dict(zip(genome.references, genome.lengths, strict=True))


def good_bins(codes: np.ndarray, resolution: int) -> np.ndarray:
    """Which bins of a chromosome hold no N, bool (bins,); the last bin may be shorter."""
    return np.add.reduceat(codes == N_CODE, np.arange(0, len(codes), resolution)) == 0


def candidate_windows(
    codes: dict[str, np.ndarray], *, resolution: int, window_bins: int, step_bins: int
) -> pd.DataFrame:
    """Windows of consecutive good bins of each chromosome (Kriukov et al.).

    The good bins of a chromosome are traversed in steps of `step_bins`. A window of `window_bins`
    good bins counts if they span exactly its length: no bin in between was skipped, and none is
    shorter.

    Returns
    -------
    DataFrame
        chrom; start and end (bp, 0-based half-open); reason for leaving the window out, or ''.
    """
    tables = []
    for chrom, sequence in codes.items():
        good = np.flatnonzero(good_bins(sequence, resolution))
        first = np.arange(0, len(good) - window_bins + 1, step_bins)
        start = good[first] * resolution
        end = np.minimum((good[first + window_bins - 1] + 1) * resolution, len(sequence))
        exact = end - start == window_bins * resolution
        reason = np.where(exact, "", "bins with N, or the chromosome's short last bin")
        tables.append(pd.DataFrame({"chrom": chrom, "start": start, "end": end, "reason": reason}))
    return pd.concat(tables, ignore_index=True)


def check_windows(
    windows: pd.DataFrame, codes: dict[str, np.ndarray], window_bins: int, resolution: int
) -> None:
    """Refuse a genome without a window.

    Raises
    ------
    UserError
        All chromosomes are shorter than a window, or every window holds an N.
    """
    length = window_bins * resolution
    longest = max(codes, key=lambda chrom: len(codes[chrom]))
    if len(codes[longest]) < length:
        raise UserError(
            f"enhancement.window_bins: {window_bins} bins of {resolution:,} bp are longer than any"
            f" chromosome; expected: at most {len(codes[longest]) // resolution} ({longest})"
        )
    if not (windows.reason == "").any():
        raise UserError(
            f"enhancement.window_bins: every window of {window_bins} bins of {resolution:,} bp"
            " holds an N; fix: make window_bins smaller"
        )
