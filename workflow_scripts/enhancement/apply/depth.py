"""How deep a map is, by which the input of a model is compared with that of its training."""

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import chromosome_weights, pixel_chunks


def contacts_per_bin(clr: cooler.Cooler, width: int, chroms: list[str] | None = None) -> float:
    """Mean number of contacts of an unmasked bin with bins of its chromosome.

    Parameters
    ----------
    clr
        Balanced map with bins of one size.
    width
        Bins of a window: contacts at this distance or beyond are not counted.
    chroms
        Chromosomes; all by default.

    Returns
    -------
    float
        Each contact counts once; NaN without an unmasked bin.
    """
    total, bins = 0.0, 0
    for chrom in chroms or clr.chromnames:
        known = np.isfinite(chromosome_weights(clr, chrom))
        first, stop = clr.extent(chrom)
        for one, two, count in pixel_chunks(clr, first, stop):
            near = (two < stop) & (two - one < width)
            one, two, count = one[near] - first, two[near] - first, count[near]
            total += float(count[known[one] & known[two]].sum())
        bins += int(known.sum())
    return total / bins if bins else float("nan")
