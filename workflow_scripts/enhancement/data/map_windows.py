"""Windows of one contact map: matrices, and what learns from them."""

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
from workflow_scripts.enhancement.data.low_resolution import covering_bins, draw_up
from workflow_scripts.enhancement.data.target_maps import (
    coarse_map,
    dense_map,
    expected_contacts,
    observed_map,
    oe_map,
)

NO_CONTACT = "no contact"
# what a window gives: its maps and numbers of scale, or why it is left out
Found = tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | str


@dataclass(frozen=True)
class Source:
    """A map to take windows from.

    name: sample; path: its balanced map; low, way, factor: for image windows, the map of low
    resolution, how it was made (`pool` or `downsample`), and its bins in those of `path`.
    """

    name: str
    path: str
    low: str = ""
    way: str = ""
    factor: int = 1


class ChromosomeMap:
    """Contacts near the diagonal of one chromosome, to cut matrices from.

    Parameters
    ----------
    path, resolution, chrom
        Balanced map, bin size (bp) and chromosome.
    width
        Diagonals, as many as the bins of the largest window.
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
    source: Source, places: pd.DataFrame, chroms: list[str], settings: dict
) -> Iterator[tuple[int, Found]]:
    """O/E maps of a map's windows.

    Parameters
    ----------
    source
        The map.
    places
        chrom, start (bp) of the windows.
    chroms
        Chromosomes over which the expected contacts are means.
    settings
        Config section `enhancement`.

    Yields
    ------
    tuple
        Index label of the place; `target` and no scale, or the reason for none.
    """
    size, bins = settings["resolution"], settings["window_bins"]
    expected = expected_contacts(open_map(source.path, size), chroms, bins)
    smooth = {key: settings["expected"][key] for key in ("sigma", "kernel", "clip")}
    for chrom, local in places.groupby("chrom", sort=False):
        contacts = ChromosomeMap(source.path, size, chrom, bins)
        for label, start in local.start.items():
            span = int(start) // size, bins
            if reason := too_masked(contacts, span, settings["expected"]["max_masked"]):
                yield label, reason
                continue
            coarse = contacts.coarse(*span, settings["coarsegrain"])
            yield label, ({"target": oe_map(coarse, expected, **smooth)}, {})


def image_windows(
    source: Source, places: pd.DataFrame, settings: dict
) -> Iterator[tuple[int, Found]]:
    """Observed maps of a map's windows, of low and of high resolution; as `sequence_windows`."""
    size, bins, factor = settings["resolution"], settings["window_bins"], source.factor
    most, lowest = (settings["observed"][key] for key in ("max_masked", "lowest"))
    coarsegrain = settings["coarsegrain"]
    for chrom, local in places.groupby("chrom", sort=False):
        high = ChromosomeMap(source.path, size, chrom, bins)
        low = ChromosomeMap(source.low, size * factor, chrom, bins // factor + 2)
        for label, start in local.start.items():
            first = int(start) // size
            span, below = (first, bins), covering_bins(first, bins, factor)
            reason = too_masked(high, span, most) or too_masked(low, below, most)
            if reason:
                yield label, reason
                continue
            try:
                target, scale_high = observed_map(high.coarse(*span, coarsegrain), lowest)
                given, scale_low = observed_map(low.coarse(*below, coarsegrain), lowest)
            except ValueError:
                yield label, NO_CONTACT
                continue
            maps = {"low": draw_up(given, first, bins, factor).clip(0, 1), "high": target}
            yield label, (maps, {"scale_low": scale_low, "scale_high": scale_high})


def too_masked(contacts: ChromosomeMap, span: tuple[int, int], most: float) -> str:
    """Why a window has too many masked bins: more than the share `most`, or all but one; or ''."""
    masked, bins = contacts.masked(*span), span[1]
    return f"{masked} of {bins} bins masked" if masked > min(most * bins, bins - 2) else ""
