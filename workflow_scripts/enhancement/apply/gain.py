"""What a model adds to a map: comparison with maps that are made of the input without a model.

Summed to the input's bins, any map whose totals are conserved is the input, whatever lies within
its pixels. What a model adds shows only in the finer pixels: in how far they differ from those of
the plain maps, and, where the file has a measured map of the finer bins, in which is closer to it.
"""

import logging
from pathlib import Path

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import observed_expected
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply.agreement import pearson
from workflow_scripts.enhancement.apply.input_map import input_map
from workflow_scripts.enhancement.apply.stitch import conserve_totals

log = logging.getLogger("chromaloom")
# the maps that are compared with the measured one
COMPARED = ("", "_repeated", "_bilinear", "_bilinear_conserved")
COLUMNS = [
    *[f"r_oe_measured{suffix}" for suffix in COMPARED],
    *[f"r_oe_with{suffix}" for suffix in COMPARED[1:]],
]


def plain_maps(
    band: np.ndarray, bilinear: np.ndarray, given: np.ndarray, factor: int, *, circular: bool
) -> dict[str, np.ndarray]:
    """Fine bands made of the input without a model, by their suffix in the table.

    Parameters
    ----------
    band : float array, shape=(factor * bins, reach)
        The enhanced map; NaN where it is unknown.
    bilinear : float array, shape=(factor * bins, reach)
        The bilinear input of the windows in place of the model's output.
    given : float array, shape=(bins, any)
        The input.
    factor, circular
        As in `stitch.pool_band`.
    """
    settings = {"circular": circular}
    even = np.where(np.isnan(band), np.nan, 1.0)
    return {
        "_repeated": conserve_totals(even, given, factor, **settings),
        "_bilinear": bilinear,
        "_bilinear_conserved": conserve_totals(bilinear, given, factor, **settings),
    }


def gain(
    band: np.ndarray, plain: dict[str, np.ndarray], measured: np.ndarray | None
) -> dict[str, float]:
    """Correlations of the O/E maps, within the pixels that all maps have.

    Parameters
    ----------
    band, plain
        The enhanced map and the `plain_maps`.
    measured : float array, shape=(bins of the map, reach)
        The measured map of the finer bins; None if the file has none.

    Returns
    -------
    dict
        `COLUMNS`. `r_oe_measured…`: of each map with the measured one. `r_oe_with…`: of the
        enhanced map with the plain ones. Without a measured map only the latter.
    """
    maps = {"": band, **plain}
    if measured is not None:
        wide = np.full(band.shape, np.nan)
        rows, columns = (min(sizes) for sizes in zip(band.shape, measured.shape, strict=True))
        wide[:rows, :columns] = measured[:rows, :columns]
        maps["measured"] = wide
    known = np.logical_and.reduce([np.isfinite(one) for one in maps.values()])
    ratio = {name: observed_expected(np.where(known, one, np.nan)) for name, one in maps.items()}
    found = {f"r_oe_with{name}": pearson(ratio[""], ratio[name]) for name in plain}
    if measured is not None:
        found |= {f"r_oe_measured{n}": pearson(ratio[n], ratio["measured"]) for n in COMPARED}
    return found


def measured_map(
    path: str, resolution: int, folder: str | Path, balance: dict
) -> cooler.Cooler | None:
    """The balanced map of the finer bins (bp) in a file, if it has one that can be read.

    `folder` is created for copies, as in `input_map`.
    """
    places = [f"{path}::{place}" for place in cooler.fileops.list_coolers(path)]
    found = [clr for clr in map(cooler.Cooler, places) if clr.binsize == resolution]
    if not found or "weight" not in found[0].bins().columns:
        return None
    Path(folder).mkdir()
    try:
        return input_map(path, resolution, str(folder), balance)[0]
    except UserError as error:
        log.warning("not compared with the measured map of %d bp: %s", resolution, error)
        return None
