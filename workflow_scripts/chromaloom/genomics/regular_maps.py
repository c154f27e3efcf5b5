"""Contact maps of others in a regular form: complete bins, and each pair of bins stored once.

A .cool may lack bins, or have a pixel twice (4DN's multi-resolution files do, at coarser bins) or
on both sides of the diagonal. Code that takes a pixel's row and column for its place and its count
for the whole count then reads other numbers.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import cooler
import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import (
    CHUNK,
    PLAIN,
    copy_attributes,
    genome_bins,
    until_error,
)
from workflow_scripts.chromaloom.genomics.contacts import pixel_chunks
from workflow_scripts.chromaloom.genomics.cooler_files import (
    Storage,
    bin_places,
    find_storage,
    pixels_once,
    report_storage,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
# Coefficient of variation of the bins' sums up to which they are equal. Raw maps of E. coli, fly
# and human have 0.17 to 0.5.
FLAT = 0.1
# The same up to which weights are used. Those of a whole genome on one chromosome leave 0.1 to 0.2,
# divided instead of multiplied 0.34 to 1.
FLAT_WEIGHTED = 0.2


def regular_map(clr: cooler.Cooler, name: str, copy: str | Path) -> cooler.Cooler:
    """The map itself if it is regular, else a regular copy.

    In the copy missing bins are masked (weight NaN, no contacts), the counts of duplicate pixels
    are summed, and pixels of both triangles are taken once. Weights are kept: they were computed
    from sums over all pixels. What was changed is logged as a warning.

    Parameters
    ----------
    clr
        A map with bins of one size.
    name
        The map's name for messages.
    copy
        .cool to be written if needed.

    Raises
    ------
    UserError
        Bins that are off the grid, a count that is negative, infinite or NaN, or a map whose
        triangles differ.
    """
    sizes = clr.chromsizes.to_dict()
    places = bin_places(clr, {chrom: chrom for chrom in sizes}, sizes, name)
    bins = genome_bins(sizes, clr.binsize)
    for _, _, count in pixel_chunks(clr):
        check_counts(count, name)
    storage = find_storage(clr, name)
    if len(bins) == len(places) and storage == Storage(False, False, 0):
        return clr
    wrong: list[Exception] = []
    count_type = clr.pixels().dtypes["count"]

    def pixels() -> Iterator[pd.DataFrame]:
        for one, two, count in pixels_once(clr, storage):
            one, two = places[one], places[two]
            table = pd.DataFrame({"bin1_id": np.minimum(one, two), "bin2_id": np.maximum(one, two),
                                  "count": count.astype(count_type)})  # fmt: skip
            yield table.groupby(["bin1_id", "bin2_id"], as_index=False).sum()

    # unordered: pixels of several chunks are merged, which sums duplicates
    cooler.create_cooler(
        str(copy), bins, until_error(pixels(), wrong), dtypes={"count": count_type},
        assembly=clr.info.get("genome-assembly"), ordered=False, mergebuf=CHUNK, h5opts=PLAIN,
    )  # fmt: skip
    if wrong:
        raise wrong[0]
    found = cooler.Cooler(str(copy))
    _copy_weights(clr, found, places)
    if absent := len(bins) - len(places):
        log.warning("%s: %d of %d bins are missing; they are masked", name, absent, len(bins))
    report_storage(clr, storage, name)
    return found


def check_counts(count: np.ndarray, name: str) -> None:
    """Refuse counts that are negative, infinite or NaN.

    Raises
    ------
    UserError
        There is one.
    """
    if (wrong := ~np.isfinite(count) | (count < 0)).any():
        raise UserError(
            f"{name}: count {count[wrong][0]:g} among the contacts; expected: 0 or more, no NaN"
        )


def sum_variations(
    clr: cooler.Cooler, weight: np.ndarray, settings: list[tuple[int, bool]]
) -> list[float]:
    """Coefficients of variation of the unmasked bins' weighted sums: about 0 in a balanced map.

    Parameters
    ----------
    clr
        A regular map; its pixels are read once.
    weight : float array, shape=(bins,)
        Multiplicative weights, NaN where masked.
    settings
        Number of ignored diagonals, and whether pixels between chromosomes are ignored too; then
        sums are compared within chromosomes.

    Returns
    -------
    list of float
        One for each setting, infinite if no bin has a contact.
    """
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy()
    top = max(diags for diags, _ in settings)
    # sums of the first diagonals, of the others, and of pixels between chromosomes
    parts = np.zeros((top + 2, len(weight)))
    safe = np.nan_to_num(weight)
    for one, two, count in pixel_chunks(clr):
        part = np.where(chrom[one] == chrom[two], np.minimum(two - one, top), top + 1)
        value = count * safe[one] * safe[two]
        # pixels of the main diagonal count twice, as in cooler
        for side in (one, two):
            index = part * len(weight) + side
            parts += np.bincount(index, value, parts.size).reshape(parts.shape)
    known = ~np.isnan(weight)
    return [
        _variation(
            (parts[diags : top + 1].sum(0) + (0 if cis_only else parts[top + 1]))[known],
            chrom[known] if cis_only else np.zeros(known.sum()),
        )
        for diags, cis_only in settings
    ]


def _variation(total: np.ndarray, group: np.ndarray) -> float:
    """Coefficient of variation of numbers within their groups."""
    mean = pd.Series(total).groupby(group).transform("mean").to_numpy()
    # a chromosome without contacts says nothing
    seen = mean > 0
    return float(np.std(total[seen] / mean[seen])) if seen.any() else np.inf


def is_flat(clr: cooler.Cooler, weight: np.ndarray, limit: float = FLAT) -> bool:
    """Whether weights make all bins' sums alike, for the settings of any usual balancing.

    How many diagonals were ignored, and whether pixels between chromosomes were, is read from the
    attributes of the map's weights; other programs write none, and the usual numbers are tried.

    Parameters
    ----------
    clr, weight
        As in `sum_variations`.
    limit
        Maximum coefficient of variation.
    """
    known = {}
    with clr.open("r") as group:
        if "weight" in group["bins"]:
            known = dict(group["bins/weight"].attrs)
    diags = [int(known["ignore_diags"])] if "ignore_diags" in known else [0, 1, 2, 3]
    scopes = [bool(known["cis_only"])] if "cis_only" in known else [False, True]
    settings = [(diag, cis_only) for diag in diags for cis_only in scopes]
    return min(sum_variations(clr, weight, settings)) <= limit


def contact_unit(clr: cooler.Cooler) -> tuple[float, bool]:
    """Value of a single contact: 1 in a map of counts, less in a map of balanced contacts.

    A bin's smallest pixel is usually a single contact.

    Returns
    -------
    tuple of float and bool
        The median over bins of the smallest pixel, 1 without a pixel or for whole counts; and
        whether all counts are whole.
    """
    if np.issubdtype(clr.pixels().dtypes["count"], np.integer):
        return 1.0, True
    smallest, whole = np.full(clr.shape[0], np.inf), True
    for one, two, count in pixel_chunks(clr):
        seen = count > 0
        whole = whole and bool((count == np.round(count)).all())
        np.minimum.at(smallest, one[seen], count[seen])
        np.minimum.at(smallest, two[seen], count[seen])
    known = smallest[np.isfinite(smallest)]
    return (float(np.median(known)) if len(known) and not whole else 1.0), whole


def _copy_weights(clr: cooler.Cooler, copy: cooler.Cooler, places: np.ndarray) -> None:
    """Give a copy the weights of a map, with their attributes; NaN for further bins."""
    if "weight" not in clr.bins().columns:
        return
    weight = np.full(copy.shape[0], np.nan)
    weight[places] = clr.bins()["weight"][:].to_numpy(float)
    write_weights(copy, weight)
    with clr.open("r") as old, h5py.File(copy.filename, "r+") as new:
        copy_attributes(old["bins/weight"], new["bins/weight"])


def write_weights(clr: cooler.Cooler, weight: np.ndarray) -> None:
    """Replace the weights of a .cool that this run has written."""
    with clr.open("r+") as group:
        if "weight" in group["bins"]:
            del group["bins/weight"]
        group["bins"].create_dataset("weight", data=weight.astype(float))
