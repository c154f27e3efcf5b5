"""Windows of one contact map, as matrices and as the maps that models are trained on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import (
    balanced_band,
    chromosome_weights,
    count_band,
    open_map,
)
from workflow_scripts.enhancement.data.map_transforms import (
    coarse_map,
    covering_bins,
    dense_map,
    expected_contacts,
    observed_map,
    oe_map,
    upsample_bilinear,
)

NO_CONTACT = "no contact"
# of a window: its maps and their scales, or the reason for leaving it out
WindowMaps = tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | str


@dataclass(frozen=True)
class Source:
    """A map to take windows from.

    Attributes
    ----------
    name, path : str
        Sample and its balanced map.
    low, method : str
        Image windows: map of low resolution, and how it was made (`pool` or `downsample`).
    factor : int
        Bins of `path` in a bin of `low`.
    draw : int
        Number of the draw of method `downsample`, from 1 on.
    """

    name: str
    path: str
    low: str = ""
    method: str = ""
    factor: int = 1
    draw: int = 1


class ChromosomeMap:
    """Contacts near the diagonal of one chromosome.

    Parameters
    ----------
    path, resolution, chrom
        Balanced map, bin size (bp) and chromosome.
    width
        Diagonals: the bins of the largest window.
    """

    def __init__(self, path: str, resolution: int, chrom: str, width: int) -> None:
        clr = open_map(path, resolution)
        self._balanced = balanced_band(clr, chrom, width)
        self._raw = count_band(clr, chrom, width)
        self._masked = np.isnan(chromosome_weights(clr, chrom))

    def masked(self, first: int, bins: int) -> int:
        """Number of masked bins of a window."""
        return int(self._masked[first : first + bins].sum())

    def coarse(self, first: int, bins: int, coarsegrain: dict) -> np.ndarray:
        """Coarse-grained contacts of a window, float64 (bins, bins), NaN in masked bins."""
        pair = (dense_map(band, first, bins) for band in (self._balanced, self._raw))
        return coarse_map(*pair, coarsegrain)


def sequence_windows(
    source: Source, regions: pd.DataFrame, chroms: list[str], settings: dict
) -> Iterator[tuple[int, WindowMaps]]:
    """O/E maps of the windows of a map.

    Parameters
    ----------
    source
        The map.
    regions
        chrom and start (bp) of the windows.
    chroms
        Chromosomes over which the expected contacts are averaged.
    settings
        Config section `enhancement`.

    Yields
    ------
    tuple
        Index label of the region; `target` without a scale, or the reason for leaving it out.
    """
    size, bins = settings["resolution"], settings["window_bins"]
    expected = expected_contacts(open_map(source.path, size), chroms, bins)
    smooth = {key: settings["expected"][key] for key in ("sigma", "kernel_size", "clip_value")}
    for chrom, local in regions.groupby("chrom", sort=False):
        contacts = ChromosomeMap(source.path, size, chrom, bins)
        for label, start in local.start.items():
            span = int(start) // size, bins
            if reason := too_masked(contacts, span, settings["expected"]["max_masked"]):
                yield label, reason
                continue
            coarse = contacts.coarse(*span, settings["coarsegrain"])
            yield label, ({"target": oe_map(coarse, expected, **smooth)}, {})


def image_windows(
    source: Source, regions: pd.DataFrame, settings: dict
) -> Iterator[tuple[int, WindowMaps]]:
    """Observed maps of low and high resolution of a map's windows; see `sequence_windows`."""
    size, bins, factor = settings["resolution"], settings["window_bins"], source.factor
    max_masked, lower_quantile = (
        settings["observed"][key] for key in ("max_masked", "lower_quantile")
    )
    coarsegrain = settings["coarsegrain"]
    for chrom, local in regions.groupby("chrom", sort=False):
        high = ChromosomeMap(source.path, size, chrom, bins)
        low = ChromosomeMap(source.low, size * factor, chrom, bins // factor + 2)
        for label, start in local.start.items():
            first = int(start) // size
            span, below = (first, bins), covering_bins(first, bins, factor)
            reason = too_masked(high, span, max_masked) or too_masked(low, below, max_masked)
            if reason:
                yield label, reason
                continue
            try:
                target, scale_high = observed_map(high.coarse(*span, coarsegrain), lower_quantile)
                given, scale_low = observed_map(low.coarse(*below, coarsegrain), lower_quantile)
            except ValueError:
                yield label, NO_CONTACT
                continue
            given = upsample_bilinear(given, first, bins, factor).clip(0, 1)
            yield (
                label,
                (
                    {"low": given, "high": target},
                    {"scale_low": scale_low, "scale_high": scale_high},
                ),
            )


def too_masked(contacts: ChromosomeMap, span: tuple[int, int], max_masked: float) -> str:
    """Reason where more than the fraction `max_masked`, or all bins but one, are masked; or ''."""
    masked, bins = contacts.masked(*span), span[1]
    limit = min(max_masked * bins, bins - 2)
    return f"{masked} of {bins} bins masked" if masked > limit else ""
