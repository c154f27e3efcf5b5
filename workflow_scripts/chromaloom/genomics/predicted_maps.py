"""Predicted maps (observed over expected) as .mcool and .cool of one resolution.

Predicted values are means, which do not add up: there are no coarser levels.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cooler
import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import (
    CHUNK,
    PLAIN,
    copy_attributes,
    copy_column,
    genome_bins,
    pack,
    until_error,
)
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder

COLUMNS = {"count": np.float64, "sd": np.float64}


def write_predicted_map(
    pixels: Iterable[pd.DataFrame],
    *,
    sizes: Mapping[str, int],
    resolution: int,
    metadata: Mapping[str, Any],
    mcool: str | Path,
    cool: str | Path = "",
    predicted: np.ndarray | None = None,
) -> None:
    """Write a predicted map; equal pixels give equal bytes.

    Parameters
    ----------
    pixels
        Tables of bin1_id <= bin2_id, count (mean over the networks) and sd (their spread), sorted
        within and between the tables; pixels without a prediction are left out.
    sizes
        Chromosome lengths (bp).
    resolution
        Bin size (bp).
    metadata
        Metadata of the file.
    mcool, cool
        Outputs; no .cool if empty.
    predicted : bool array, shape=(bins of the genome,)
        If given, the bins have weights: 1, or NaN where this is False. Programs then read the
        values as those of a balanced map that masks these bins. It is read after the last table, so
        that the iterator may fill it.

    Raises
    ------
    Exception
        The one that `pixels` raises; no file is written then.
    """
    errors: list[Exception] = []
    with scratch_folder(mcool) as folder:
        base, draft = f"{folder}/base.cool", f"{folder}/draft.mcool"
        cooler.create_cooler(
            base, genome_bins(sizes, resolution), empty_columns(until_error(pixels, errors)),
            columns=list(COLUMNS), dtypes=COLUMNS, ordered=True, metadata=dict(metadata),
            h5opts=PLAIN,
        )  # fmt: skip
        if errors:
            raise errors[0]
        if predicted is not None:
            with cooler.Cooler(base).open("r+") as group:
                group["bins"].create_dataset("weight", data=np.where(predicted, 1.0, np.nan))
        cooler.zoomify_cooler(
            base, draft, [resolution], chunksize=CHUNK, columns=list(COLUMNS), dtypes=COLUMNS,
            h5opts=PLAIN,
        )  # fmt: skip
        with atomic_path(mcool) as temporary:
            pack(draft, temporary, [resolution])
        if cool:
            with atomic_path(cool) as temporary:
                pack_one(draft, temporary, resolution)


def empty_columns(pixels: Iterable[pd.DataFrame]) -> Iterable[pd.DataFrame]:
    """Tables with all columns, also the one that stands for an error."""
    for table in pixels:
        yield table if "sd" in table else table.assign(sd=0.0)


def pack_one(draft: str | Path, out: str | Path, resolution: int) -> None:
    """Copy one level of a .mcool to a .cool, compressed and without its creation date."""
    with h5py.File(draft) as old, h5py.File(out, "w") as new:
        source = old[f"resolutions/{resolution}"]
        copy_attributes(source, new)
        for group in sorted(source):
            for column in sorted(source[group]):
                copy_column(source[group][column], new.require_group(group), column)
