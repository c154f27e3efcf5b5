"""Bands of the contact map that an entry of `apply` names, and its expected contacts."""

from collections.abc import Iterable, Mapping

import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import balanced_band, diagonal_means, open_map
from workflow_scripts.chromaloom.workflow.errors import UserError


def read_map_bands(
    path: str, chroms: Iterable[str], *, resolution: int, w: int, sizes: Mapping[str, int],
    needed: Iterable[str], where: str,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Balanced contacts of chromosomes, float64 (bins, w); NaN of those that the map lacks.

    Parameters
    ----------
    path
        .cool or .mcool, with `::group` where one is meant.
    chroms, resolution, w, sizes
        Chromosomes, bin size (bp), number of distances, and lengths of all chromosomes (bp).
    needed
        Chromosomes that the map must have; without any it must have at least one of `chroms`.
    where
        Config file and key, for messages.

    Raises
    ------
    UserError
        The map cannot be read, is not balanced, has other bins or lengths, or lacks a chromosome.
    """
    chroms, needed = list(dict.fromkeys(chroms)), list(needed)
    try:
        clr = open_map(path, resolution, sizes)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    missing = [chrom for chrom in chroms if chrom not in clr.chromnames]
    if lacking := [c for c in needed if c in missing] or (missing if missing == chroms else []):
        raise UserError(
            f"{where}: {path} has no chromosome {lacking[0]!r}; available:"
            f" {', '.join(clr.chromnames[:8])}; expected: the chromosomes of the predicted map"
        )
    bands = {}
    for chrom in chroms:
        if chrom in missing:
            bands[chrom] = np.full((-(-sizes[chrom] // resolution), w), np.nan)
            continue
        try:
            bands[chrom] = balanced_band(clr, chrom, w)
        except UserError as error:
            raise UserError(
                f"{where}: {error}; expected: a balanced map (cooler balance), or a sample of the"
                " sheet, which is balanced by the workflow"
            ) from None
    return bands


def expected_contacts(bands: Mapping[str, np.ndarray], how: str) -> dict[str, np.ndarray]:
    """Mean contacts at each distance, float64 (w,), by which O/E of each chromosome is divided.

    `how` is `chromosome` or `genome`. Chromosomes without contacts have the mean over all.
    """
    overall = diagonal_means(*bands.values())
    found = {}
    for chrom, band in bands.items():
        own = np.isfinite(band).any() and how == "chromosome"
        found[chrom] = diagonal_means(band) if own else overall
    return found
