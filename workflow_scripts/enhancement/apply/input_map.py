"""The map to enhance, as the model needs it: regular, balanced, and with counts."""

import logging

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contact_maps import CHUNK, balance_map
from workflow_scripts.chromaloom.genomics.contacts import marginals, open_map
from workflow_scripts.chromaloom.genomics.regular_maps import (
    FLAT_WEIGHTED,
    contact_unit,
    is_flat,
    regular_map,
    write_weights,
)

log = logging.getLogger("chromaloom")
MIN_UNIT = 0.1  # value of a single contact below which pixels are no counts


def input_map(path: str, resolution: int, folder: str, balance: dict) -> tuple[cooler.Cooler, str]:
    """Open a map of any origin; if needed, as a copy.

    - Duplicate pixels are summed, missing bins are masked (`regular_maps.regular_map`).
    - Weights that do not make the sums of the bins equal, such as divisive ones in a column
      `weight`, are not used; the copy is balanced anew.
    - Fractional counts with equal sums are balanced already: the weights are 1.
    - Coarse-graining compares counts with a number of contacts. Pixels that are far below 1, such
      as balanced contacts, are divided by the value of a single contact; weights undo this.

    Parameters
    ----------
    path, resolution
        .cool or .mcool, and the bin size (bp) that is read.
    folder
        Folder for copies.
    balance
        Config section `contacts.balance`.

    Returns
    -------
    tuple
        The map, and how its contacts are balanced.

    Raises
    ------
    UserError
        No such resolution, a map that is not symmetric or has negative counts, or that cannot be
        balanced.
    """
    clr = regular_map(open_map(path, resolution), path, f"{folder}/regular.cool")
    weight = stored_weights(clr, path)
    unit, whole = contact_unit(clr)
    how = "weights of the file"
    if weight is None and not whole:
        weight = equal_weights(clr, balance["ignore_diags"])
        if not is_flat(clr, weight):
            weight = None
        else:
            how = "balanced already"
            log.warning("%s: counts are fractional and their sums are equal; taken as balanced",
                        path)  # fmt: skip
    scale = unit if unit < MIN_UNIT else 1.0
    if how == "weights of the file" and weight is not None and scale == 1:
        return clr, how
    copy = f"{folder}/balanced.cool"
    cooler.fileops.cp(clr.uri, copy)
    found = cooler.Cooler(copy)
    if scale != 1:
        log.warning("%s: pixels are no counts; a single contact is taken to be %.3g", path, scale)
        divide_counts(found, scale)
    if weight is not None:
        write_weights(found, weight * np.sqrt(scale))
        return found, how
    log.warning("%s: not balanced; balancing a copy with contacts.balance", path)
    balance_map(copy, path, balance)
    return found, "balanced with contacts.balance"


def stored_weights(clr: cooler.Cooler, path: str) -> np.ndarray | None:
    """Weights of a map, or None if it has none or they do not balance it."""
    if "weight" not in clr.bins().columns:
        return None
    weight = clr.bins()["weight"][:].to_numpy(float)
    weight[~np.isfinite(weight)] = np.nan
    if is_flat(clr, weight, FLAT_WEIGHTED):
        return weight
    with np.errstate(divide="ignore"):
        inverse = np.where(weight > 0, 1 / weight, np.nan)
    divide = is_flat(clr, inverse, FLAT_WEIGHTED)
    log.warning("%s: its weights do not balance it%s; they are not used", path,
                " (they divide, as those of Juicer do)" if divide else "")  # fmt: skip
    return None


def equal_weights(clr: cooler.Cooler, ignore_diags: int) -> np.ndarray:
    """Weight 1 for each bin with contacts, NaN for the others."""
    ones = np.ones(clr.shape[0])
    return np.where(marginals(clr, ones, ignore_diags) > 0, ones, np.nan)


def divide_counts(clr: cooler.Cooler, divisor: float) -> None:
    """Divide the counts of a .cool that this run has written."""
    with clr.open("r+") as group:
        counts = group["pixels/count"]
        for start in range(0, len(counts), CHUNK):
            counts[start : start + CHUNK] = counts[start : start + CHUNK] / divisor
