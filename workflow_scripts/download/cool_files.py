"""Deterministic writing of raw counts as .cool."""

import logging
from pathlib import Path

import cooler
import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import (
    copy_attributes,
    copy_column,
    genome_bins,
)
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder

log = logging.getLogger("chromaloom")


def write_cool(
    pixels: pd.DataFrame,
    out: str | Path,
    *,
    sizes: dict[str, int],
    resolution: int,
    assembly: str,
) -> None:
    """Write `out`.

    Parameters
    ----------
    pixels
        bin1_id <= bin2_id and count, sorted; of the bins of `sizes` in its order. Counts are
        written as int32 where all are whole, else as float64.
    out
        .cool to be written.
    sizes, resolution
        Chromosome lengths and bin size, in bp.
    assembly
        Name of the genome.
    """
    whole = bool((pixels["count"] == pixels["count"].round()).all())
    dtype = np.int32 if whole else np.float64
    with scratch_folder(out) as folder:
        draft = f"{folder}/draft.cool"
        cooler.create_cooler(
            draft, genome_bins(sizes, resolution), pixels.astype({"count": dtype}),
            dtypes={"count": dtype}, assembly=assembly, ordered=True,
        )  # fmt: skip
        # copied: an overwritten creation date would still be in the file
        with (
            atomic_path(out) as temporary,
            h5py.File(draft) as old,
            h5py.File(temporary, "w") as new,
        ):
            copy_attributes(old, new)
            for group in sorted(old):
                for column in sorted(old[group]):
                    copy_column(old[group][column], new.require_group(group), column)
    log.info("%s: %g contacts in %d pixels", out, pixels["count"].sum(), len(pixels))
