"""Ratio of a ChIP sample's background to its control.

Reads of enriched regions are missing from the background, so that the ratio of all reads takes too
much of the control: a factor that binds half of the genome then seems to bind none of it.
"""

import numpy as np

from workflow_scripts.chromaloom.genomics.binning import Spans

READS = 100  # mean reads of both samples in a window
LEAST_WINDOW = 1_000  # bp
LEAST_SHARE = 0.25  # of the windows


def background_ratio(sample: Spans, control: Spans, sizes: dict[str, int]) -> float:
    """Estimate reads of the sample per read of the control where nothing is bound.

    By NCIS (Liang & Keleş 2012, BMC Bioinformatics 13:199): of windows sorted by the reads of both
    samples together, those below a total count as background; the total is the least at which the
    ratio of the windows up to it stops falling, with a quarter of the windows or more below.
    Windows are as wide as hold 100 reads on average, and at least 1 kb.

    Parameters
    ----------
    sample, control : dict
        Chromosome → (starts, ends) of the reads, int arrays.
    sizes : dict
        Chromosome lengths, bp.

    Returns
    -------
    float
        Positive; the ratio of all reads where no total stops the fall. NaN where the control has
        no read in the windows.
    """
    number = sum(len(starts) for spans in (sample, control) for starts, _ in spans.values())
    width = max(round(READS * sum(sizes.values()) / max(number, 1)), LEAST_WINDOW)
    chip, inputs = (_counts(spans, sizes, width) for spans in (sample, control))
    total = chip + inputs
    order = np.argsort(total[total > 0], kind="stable")
    chip, inputs = (counts[total > 0][order].cumsum() for counts in (chip, inputs))
    total = np.sort(total[total > 0])
    if not len(total) or inputs[-1] == 0:
        return float("nan")
    # the last window of each total
    ends = np.append(np.flatnonzero(np.diff(total)), len(total) - 1)
    ends = ends[(inputs[ends] > 0) & (chip[ends] > 0)]
    if not len(ends):
        return float("nan")
    ratios = chip[ends] / inputs[ends]
    enough = ends + 1 >= LEAST_SHARE * len(total)
    stops = np.flatnonzero(enough[1:] & (ratios[1:] >= ratios[:-1]))
    return float(ratios[stops[0]] if len(stops) else ratios[-1])


def _counts(spans: Spans, sizes: dict[str, int], width: int) -> np.ndarray:
    """Reads that begin in each window of `width` bp, chromosome after chromosome."""
    return np.concatenate(
        [
            np.bincount(spans[chrom][0] // width, minlength=-(-size // width))
            if chrom in spans
            else np.zeros(-(-size // width), dtype=np.int64)
            for chrom, size in sizes.items()
        ]
    )
