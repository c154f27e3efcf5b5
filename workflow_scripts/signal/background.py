"""Ratio of a ChIP sample's background to its control.

The ratio of all reads overestimates the background, because reads of enriched regions are counted
too: a factor that binds half of the genome would seem to bind none of it.
"""

import numpy as np

from workflow_scripts.chromaloom.genomics.binning import Spans
from workflow_scripts.chromaloom.workflow.errors import UserError

READS = 100  # mean number of reads of both samples per window
MIN_WINDOW = 1_000  # bp
MIN_FRACTION = 0.25  # minimum fraction of windows that are background
MAX_RATIO = 100  # reads of a sample per read of its control


def require_control(sample: str, reads: int, control: str, control_reads: int) -> None:
    """Reject a control without reads, or with so few that one of them weighs as 100 of the sample.

    Parameters
    ----------
    sample, control
        Names, for the message.
    reads, control_reads
        Their numbers of reads.
    """
    if control_reads * MAX_RATIO < reads:
        raise UserError(
            f"sample {sample!r}: its control {control} has {control_reads} reads for {reads} of the"
            f" sample; expected: at least one per {MAX_RATIO}; fix: another control, or none (an"
            " empty cell in column control)"
        )


def background_ratio(sample: Spans, control: Spans, sizes: dict[str, int]) -> float:
    """Estimate the reads of the sample per read of the control in background windows.

    NCIS (Liang & Keleş 2012, BMC Bioinformatics 13:199): windows whose total reads of both samples
    are up to a threshold are background. The threshold is the smallest total at which the ratio of
    the windows up to it stops falling, with a quarter of the windows or more below it. The width of
    windows is such that they have 100 reads on average, and 1 kb or more.

    Parameters
    ----------
    sample, control : dict
        Chromosome → (starts, ends) of the reads, int arrays.
    sizes : dict
        Chromosome lengths, bp.

    Returns
    -------
    float
        Positive; the ratio of all reads if it never stops falling. NaN if the control has no reads
        in the windows.
    """
    number = sum(len(starts) for spans in (sample, control) for starts, _ in spans.values())
    width = max(round(READS * sum(sizes.values()) / max(number, 1)), MIN_WINDOW)
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
    enough = ends + 1 >= MIN_FRACTION * len(total)
    stops = np.flatnonzero(enough[1:] & (ratios[1:] >= ratios[:-1]))
    return float(ratios[stops[0]] if len(stops) else ratios[-1])


def _counts(spans: Spans, sizes: dict[str, int], width: int) -> np.ndarray:
    """Number of reads that begin in each window of `width` bp, by chromosome."""
    return np.concatenate(
        [
            np.bincount(spans[chrom][0] // width, minlength=-(-size // width))
            if chrom in spans
            else np.zeros(-(-size // width), dtype=np.int64)
            for chrom, size in sizes.items()
        ]
    )
