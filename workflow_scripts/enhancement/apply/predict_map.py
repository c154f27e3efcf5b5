"""A trained image model on one chromosome of any map: windows in, one band of contacts out."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import (
    balanced_band,
    chromosome_weights,
    count_band,
)
from workflow_scripts.chromaloom.ml.network_input import input_facts_of
from workflow_scripts.enhancement.apply.agreement import mask_partial_pixels
from workflow_scripts.enhancement.apply.stitch import (
    BandBlend,
    padded_index,
    reach_of,
    square_from_band,
    window_starts,
)
from workflow_scripts.enhancement.data.map_transforms import (
    coarse_map,
    observed_map,
    to_balanced,
    upsample_bilinear,
)

log = logging.getLogger("chromaloom")

LOG_SECONDS = 30.0  # between progress lines

# (n, B, B) float32 maps in [0, 1], of hybrids also their DNA -> (n, b, b), the inner b bins
Predict = Callable[..., np.ndarray]
# first bin of a window, which may lie beyond the chromosome -> its DNA, uint8
WindowDna = Callable[[int], np.ndarray]


@dataclass(frozen=True)
class TilingConfig:
    """How windows tile a map and are scaled to the model's range.

    Attributes
    ----------
    window, inner : int
        Bins of the model's input and of its output.
    factor : int
        Bins of the output in one bin of the input map.
    overlap : float
        Fraction of `inner` that a window shares with the next one.
    coarsegrain : dict
        Config section.
    max_masked : float
        Maximum fraction of masked bins of a window.
    batch_size : int
        Windows predicted at once.
    shift : tuple of float
        Difference of a window's scale between low and high resolution (`scale_shift`).
    lower_quantile : float
        As in `observed_map`.
    """

    window: int
    inner: int
    factor: int
    overlap: float
    coarsegrain: dict
    max_masked: float
    batch_size: int
    shift: tuple[float, float, float]
    lower_quantile: float = 0.0

    @property
    def crop(self) -> int:
        """Bins that the output lacks on each side."""
        return (self.window - self.inner) // 2

    @property
    def step(self) -> int:
        """Bins from one window to the next, a multiple of `factor`."""
        return max(self.factor, int(self.inner * (1 - self.overlap)) // self.factor * self.factor)

    @property
    def reach(self) -> int:
        """Diagonals of the output."""
        return reach_of(self.window, self.step, align=self.factor, crop=self.crop)


def scale_shift(network: str | None, factor: int) -> tuple[float, float, float]:
    """Change of the scale of Observed maps from low to high resolution.

    Parameters
    ----------
    network
        .keras file with the shift of its training windows (`image_data.scale_shifts`).
    factor
        High-resolution bins in a low-resolution bin.

    Returns
    -------
    tuple of float
        Factor of the offset, and shift of the lowest and of the highest logarithm. Of a file of
        another program contacts are taken to be spread evenly.
    """
    facts = input_facts_of(network) if network else None
    shifts = (facts or {}).get("scale_shift", {})
    even = (1 / factor, -np.log(factor), -np.log(factor))
    ratio, bottom, top = shifts.get("pool" if factor > 1 else "downsample", even)
    return ratio, bottom, top


def shifted_scale(scale: np.ndarray, shift: tuple[float, float, float]) -> np.ndarray:
    """Scale (offset, lowest, highest logarithm) of high resolution, from that of low resolution."""
    return np.array([scale[0] * shift[0], scale[1] + shift[1], scale[2] + shift[2]])


def enhance_chromosome(
    clr: cooler.Cooler, chrom: str, predict: Predict, tiling: TilingConfig, *, circular: bool
) -> tuple[np.ndarray | None, np.ndarray | None, dict]:
    """`enhance_ensemble` of one model: its band, the input's band, and facts."""
    bands, given, facts = enhance_ensemble(clr, chrom, [predict], tiling, circular=circular)
    return None if bands is None else bands[0], given, facts


def enhance_ensemble(
    clr: cooler.Cooler,
    chrom: str,
    predictors: Sequence[Predict],
    tiling: TilingConfig,
    *,
    circular: bool,
    dna: WindowDna | None = None,
) -> tuple[np.ndarray | None, np.ndarray | None, dict]:
    """Predict a chromosome's windows with several models and blend those of each.

    Parameters
    ----------
    clr
        Balanced map of low resolution.
    chrom
        Chromosome.
    predictors
        The models.
    tiling
        Windows and their scaling.
    circular
        Whether windows continue at the other end of the chromosome; else they contain its mirror
        image beyond the ends.
    dna
        DNA of a window by its first bin, which the models get as well; None for models of maps.

    Returns
    -------
    bands : float64 array, shape=(models, factor * bins, reach), or None
        Contacts in units of the input: the pixels of an input pixel sum to about its value. NaN in
        masked bins, where no window lies, and in input pixels that extend beyond the band. None
        without any window.
    given : float64 array, shape=(bins, window / factor), or None
        Balanced contacts of the input.
    facts : dict
        Counts: bins, masked (of the input), windows, skipped_windows.
    """
    masked = np.isnan(chromosome_weights(clr, chrom))
    bins, size = len(masked), tiling.window // tiling.factor
    facts = {"bins": bins, "masked": int(masked.sum()), "windows": 0, "skipped_windows": 0}
    if bins < size:
        log.info("%s: %d bins, shorter than a window of %d: skipped", chrom, bins, size)
        return None, None, facts
    balanced, raw = chromosome_bands(clr, chrom, size, circular=circular)
    blends = [BandBlend(bins * tiling.factor, tiling.reach, circular=circular) for _ in predictors]
    starts = window_starts(
        bins * tiling.factor, tiling.window, tiling.step, align=tiling.factor, crop=tiling.crop,
        circular=circular,
    )  # fmt: skip
    pending: list[tuple[int, np.ndarray, np.ndarray]] = []
    began = logged = time.monotonic()
    for number, start in enumerate(starts, start=1):
        index = padded_index(start // tiling.factor, size, bins, circular=circular)
        made = None
        if masked[index].mean() <= tiling.max_masked and (~masked[index]).sum() > 1:
            made = _observed(square_from_band(balanced, index, circular=circular),
                             square_from_band(raw, index, circular=circular), tiling)  # fmt: skip
        if made is None:
            facts["skipped_windows"] += 1
        else:
            pending.append((start, *made))
        if pending and (len(pending) == tiling.batch_size or number == len(starts)):
            inputs = [np.stack([low for _, low, _ in pending])]
            if dna is not None:
                inputs.append(np.stack([dna(first) for first, _, _ in pending]))
            for predict, blend in zip(predictors, blends, strict=True):
                _blend_windows(blend, predict(*inputs), pending, tiling)
            facts["windows"] += len(pending)
            pending = []
        if time.monotonic() - logged >= LOG_SECONDS:
            logged = time.monotonic()
            pace = (logged - began) / number
            log.info("%s: window %d of %d, %.2f s per window, about %.0f s left", chrom, number,
                     len(starts), pace, pace * (len(starts) - number))  # fmt: skip
    if not facts["windows"]:
        return None, None, facts
    hidden = np.repeat(masked, tiling.factor)
    partner = np.add.outer(np.arange(len(hidden)), np.arange(tiling.reach)) % len(hidden)
    # fine bins beyond the end of the chromosome, within its last coarse bin
    available = -(-int(clr.chromsizes[chrom]) * tiling.factor // clr.binsize)
    hidden |= np.arange(len(hidden)) >= available
    bands = np.empty((len(blends), *partner.shape))
    for band, blend in zip(bands, blends, strict=True):
        band[:] = blend.mean()
        band[hidden[:, None] | hidden[partner]] = np.nan
        band[:] = mask_partial_pixels(band, tiling.factor, circular=circular)
    return bands, balanced, facts


def _blend_windows(
    blend: BandBlend,
    maps: np.ndarray,
    windows: Sequence[tuple[int, np.ndarray, np.ndarray]],
    tiling: TilingConfig,
) -> None:
    """Add predicted maps to a blend; `windows` has first bin, input and scale of each."""
    for (first, _, scale), values in zip(windows, maps, strict=True):
        contacts = to_balanced(values.astype(float), shifted_scale(scale, tiling.shift))
        # In units of the input a pixel has 1 / factor of its value in a map balanced at the finer
        # bins, whose bins have the same sums as the coarse ones.
        blend.add(first + tiling.crop, np.maximum(contacts, 0) / tiling.factor)


def chromosome_bands(
    clr: cooler.Cooler, chrom: str, width: int, *, circular: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Balanced and raw contacts near the diagonal; across the origin of a circle."""
    if not circular:
        return balanced_band(clr, chrom, width), count_band(clr, chrom, width)
    matrix = clr.matrix(balance=False, as_pixels=False).fetch(chrom).astype(float)
    weight = chromosome_weights(clr, chrom)
    row = np.arange(len(weight))[:, None]
    partner = (row + np.arange(width)) % len(weight)
    raw = matrix[row, partner]
    return raw * weight[:, None] * weight[partner], raw


def _observed(
    balanced: np.ndarray, raw: np.ndarray, tiling: TilingConfig
) -> tuple[np.ndarray, np.ndarray] | None:
    """A window as in the dataset, and its scale; None without a contact."""
    try:
        # squares of masked bins only divide 0 by 0
        with np.errstate(invalid="ignore", divide="ignore"):
            coarse = coarse_map(balanced, np.nan_to_num(raw), tiling.coarsegrain)
        low, scale = observed_map(coarse, tiling.lower_quantile)
    except ValueError:
        return None
    return upsample_bilinear(low, 0, tiling.window, tiling.factor).clip(0, 1), scale
