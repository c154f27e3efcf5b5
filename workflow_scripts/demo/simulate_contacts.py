"""Write the true contact map of one cell type of the demo world as a cooler."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import cooler
import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.samples import check_cell
from workflow_scripts.demo.world.contacts import bin_count, contact_blocks, sum_up
from workflow_scripts.demo.world.world import read_world

TOTAL = 1_000_000  # counts are expected contacts per million


def main(*, world: str | Path, cell: str, settings: dict, cool: str | Path) -> None:
    """Write expected contacts per million of all pairs of bins, within and between chromosomes.

    Parameters
    ----------
    world
        Folder made by `simulate_world`.
    cell
        Cell type.
    settings
        Config section `demo.contacts`.
    cool
        Output, with float64 counts.

    Raises
    ------
    UserError
        The world lacks the cell type, or the resolution is not a multiple of the grid.
    """
    log = logging.getLogger("chromaloom")
    place, resolution = read_world(world), settings["resolution"]
    check_cell(cell, cell, place.cells)
    fold, rest = divmod(resolution, settings["grid"])
    if rest:
        raise UserError(
            f"config: demo.contacts.resolution: {resolution}; expected: a multiple of"
            f" demo.contacts.grid, {settings['grid']}"
        )
    sizes = pd.Series(place.chromosomes)
    bins = cooler.util.binnify(sizes, resolution)
    counts = [bin_count(size, resolution) for size in sizes]
    offset = dict(zip(sizes.index, np.cumsum([0, *counts]), strict=False))
    tables = []
    for one, two, block in contact_blocks(place, cell=cell, settings=settings):
        block = sum_up(block, fold)
        i, j = np.nonzero(block)
        tables.append(pd.DataFrame({"bin1_id": i + offset[one], "bin2_id": j + offset[two],
                                    "count": TOTAL * block[i, j]}))  # fmt: skip
    pixels = pd.concat(tables).sort_values(["bin1_id", "bin2_id"], ignore_index=True)
    with atomic_path(cool) as part, TemporaryDirectory() as folder:
        made = f"{folder}/dated.cool"
        cooler.create_cooler(
            made, bins, pixels, dtypes={"count": np.float64}, assembly="world", ordered=True
        )
        copy_undated(made, part)
    log.info("%s: %d bins of %d bp, %d pixels", cell, len(bins), resolution, len(pixels))


def copy_undated(source: str | Path, target: str | Path) -> None:
    """Copy a cooler without its creation date, so that the same settings give the same bytes."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        for name in sorted(old):
            old.copy(name, new)
        for name, value in sorted(old.attrs.items()):
            new.attrs[name] = "1970-01-01T00:00:00" if name == "creation-date" else value


if __name__ == "__main__":
    run_script(main, snakemake, world=Path(snakemake.input.genome).parent)
