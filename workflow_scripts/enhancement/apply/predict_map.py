"""A trained image model on one chromosome of any map: windows in, one band of contacts out."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import (
    balanced_band,
    chromosome_weights,
    count_band,
)
from workflow_scripts.enhancement.apply.stitch import (
    BandBlend,
    padded_index,
    reach_of,
    square_of,
    window_starts,
)
from workflow_scripts.enhancement.data.dataset import EnhancementData, to_balanced
from workflow_scripts.enhancement.data.low_resolution import draw_up
from workflow_scripts.enhancement.data.target_maps import coarse_map, observed_map
from workflow_scripts.enhancement.evaluation.agreement import whole_pixels

log = logging.getLogger("chromaloom")

TELL = 30.0  # seconds between lines of progress

# (n, B, B) float32 maps in [0, 1] -> (n, b, b), the inner b bins
Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Way:
    """How windows are laid over a map and brought to the model's range.

    window, inner: bins of the model's input and of its output. factor: bins of the output in one of
    the input map. overlap: share of `inner` that a window has in common with the next. coarsegrain:
    config section. max_masked: most of a window's bins that may be masked, a share. batch: windows
    predicted at once. shift: how the three numbers of a window's scale differ between low and high
    resolution (`scale_shift`). lowest: as `observed_map`.
    """

    window: int
    inner: int
    factor: int
    overlap: float
    coarsegrain: dict
    max_masked: float
    batch: int
    shift: tuple[float, float, float]
    lowest: float = 0.0

    @property
    def crop(self) -> int:
        """Bins that the output lacks on either side."""
        return (self.window - self.inner) // 2

    @property
    def step(self) -> int:
        """Bins from one window to the next, a multiple of `factor`."""
        return max(self.factor, int(self.inner * (1 - self.overlap)) // self.factor * self.factor)

    @property
    def reach(self) -> int:
        """Diagonals of the output."""
        return reach_of(self.window, self.step, align=self.factor, crop=self.crop)


def scale_shift(dataset: str | None, factor: int) -> tuple[float, float, float]:
    """How the scale of an Observed map changes from low to high resolution.

    Parameters
    ----------
    dataset
        image.h5 of the run that trained the model; None where there is none.
    factor
        Bins of high resolution in one of low.

    Returns
    -------
    tuple of float
        Factor of the offset, and what is added to the lowest and to the highest logarithm: medians
        over the training windows. Without a dataset each is that of contacts spread evenly.
    """
    even = -np.log(factor)
    if dataset is None:
        return 1 / factor, even, even
    with EnhancementData(dataset) as data:
        rows = data.rows("train")
        rows = rows[data.input[rows] == ("pool" if factor > 1 else "downsample")]
        if not len(rows):
            return 1 / factor, even, even
        low, high = data.scale_low[rows], data.scale_high[rows]
    ratio, bottom, top = np.median(np.c_[high[:, 0] / low[:, 0], (high - low)[:, 1:]], axis=0)
    return float(ratio), float(bottom), float(top)


def shifted_scale(scale: np.ndarray, shift: tuple[float, float, float]) -> np.ndarray:
    """Scale (offset, lowest, highest logarithm) of high resolution, from that of low."""
    return np.array([scale[0] * shift[0], scale[1] + shift[1], scale[2] + shift[2]])


def enhance_chromosome(
    clr: cooler.Cooler, chrom: str, predict: Predict, way: Way, *, circular: bool
) -> tuple[np.ndarray | None, np.ndarray | None, dict]:
    """Predict a chromosome's windows and blend them.

    Parameters
    ----------
    clr
        Balanced map of low resolution.
    chrom
        Chromosome.
    predict
        The model.
    way
        How.
    circular
        Whether windows run over the chromosome's ends into the other one; else they see its
        mirror image there.

    Returns
    -------
    band : float64 array, shape=(factor * bins, reach), or None
        Contacts in units of the input: those of a pixel of the input add up to about its own.
        NaN in masked bins, where no window lies, and in pixels of the input that reach out of
        the band. None where there is no window at all.
    given : float64 array, shape=(bins, window / factor), or None
        The input's own balanced contacts.
    facts : dict
        Counts: bins, masked (of the input), windows, passed_over.
    """
    masked = np.isnan(chromosome_weights(clr, chrom))
    bins, size = len(masked), way.window // way.factor
    facts = {"bins": bins, "masked": int(masked.sum()), "windows": 0, "passed_over": 0}
    if bins < size:
        log.info("%s: %d bins, shorter than a window of %d: left out", chrom, bins, size)
        return None, None, facts
    balanced, raw = _bands(clr, chrom, size, circular=circular)
    blend = BandBlend(bins * way.factor, way.reach, circular=circular)
    starts = window_starts(
        bins * way.factor, way.window, way.step, align=way.factor, crop=way.crop,
        circular=circular,
    )  # fmt: skip
    waiting: list[tuple[int, np.ndarray, np.ndarray]] = []
    began = told = time.monotonic()
    for number, start in enumerate(starts, start=1):
        index = padded_index(start // way.factor, size, bins, circular=circular)
        made = None
        if masked[index].mean() <= way.max_masked and (~masked[index]).sum() > 1:
            made = _observed(square_of(balanced, index, circular=circular),
                             square_of(raw, index, circular=circular), way)  # fmt: skip
        if made is None:
            facts["passed_over"] += 1
        else:
            waiting.append((start, *made))
        if waiting and (len(waiting) == way.batch or number == len(starts)):
            maps = predict(np.stack([low for _, low, _ in waiting]))
            for (first, _, scale), values in zip(waiting, maps, strict=True):
                contacts = to_balanced(values.astype(float), shifted_scale(scale, way.shift))
                # units of the input: a pixel's share is 1 / factor of what a map balanced at the
                # finer bins has, for its bins have sums as large as the coarse ones
                blend.add(first + way.crop, np.maximum(contacts, 0) / way.factor)
            facts["windows"] += len(waiting)
            waiting = []
        if time.monotonic() - told >= TELL:
            told = time.monotonic()
            pace = (told - began) / number
            log.info("%s: window %d of %d, %.2f s each, about %.0f s left", chrom, number,
                     len(starts), pace, pace * (len(starts) - number))  # fmt: skip
    if not facts["windows"]:
        return None, None, facts
    band = blend.mean()
    hidden = np.repeat(masked, way.factor)
    partner = np.add.outer(np.arange(len(hidden)), np.arange(way.reach)) % len(hidden)
    band[hidden[:, None] | hidden[partner]] = np.nan
    # fine bins that the chromosome does not have, where it ends in the first part of a coarse one
    there = -(-int(clr.chromsizes[chrom]) * way.factor // clr.binsize)
    beyond = np.arange(len(hidden)) >= there
    band[beyond[:, None] | beyond[partner]] = np.nan
    return whole_pixels(band, way.factor, circular=circular), balanced, facts


def _bands(
    clr: cooler.Cooler, chrom: str, width: int, *, circular: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Balanced and raw contacts near the diagonal; of a circle, over its origin, too."""
    if not circular:
        return balanced_band(clr, chrom, width), count_band(clr, chrom, width)
    matrix = clr.matrix(balance=False, as_pixels=False).fetch(chrom).astype(float)
    weight = chromosome_weights(clr, chrom)
    row = np.arange(len(weight))[:, None]
    partner = (row + np.arange(width)) % len(weight)
    raw = matrix[row, partner]
    return raw * weight[:, None] * weight[partner], raw


def _observed(
    balanced: np.ndarray, raw: np.ndarray, way: Way
) -> tuple[np.ndarray, np.ndarray] | None:
    """A window as the dataset gives it to the model, and its scale; None without a contact."""
    try:
        # squares of masked bins alone divide 0 by 0 in it
        with np.errstate(invalid="ignore", divide="ignore"):
            coarse = coarse_map(balanced, np.nan_to_num(raw), way.coarsegrain)
        low, scale = observed_map(coarse, way.lowest)
    except ValueError:
        return None
    return draw_up(low, 0, way.window, way.factor).clip(0, 1), scale
