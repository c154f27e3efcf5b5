"""Predicted maps as .mcool."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import genome_bins
from workflow_scripts.chromaloom.genomics.predicted_maps import write_predicted_map

UNIT = "observed over expected, predicted"


def bin_ids(
    chrom: Sequence[str], start: Sequence[int], sizes: dict[str, int], resolution: int
) -> np.ndarray:
    """Numbers of bins, by chromosome and start, among all bins of a genome; int (N,)."""
    whole = genome_bins(sizes, resolution)
    places = pd.MultiIndex.from_arrays([whole.chrom.astype(str), whole.start])
    return places.get_indexer(pd.MultiIndex.from_arrays([chrom, start]))


def ensemble_pixels(bands: np.ndarray, ids: np.ndarray) -> pd.DataFrame:
    """Pixels of a cooler, sorted: count is the mean O/E over networks, sd its spread.

    Parameters
    ----------
    bands : float array, shape=(networks, K, w)
        O/E of pixel (bin, bin + d) by each network; NaN where it is not predicted.
    ids : int array, shape=(K,)
        Numbers of the bins in the cooler's table of bins.
    """
    values = bands.astype("float64")
    mean, sd = values.mean(0), values.std(0)
    row, distance = np.nonzero(np.isfinite(mean))
    return pd.DataFrame(
        {"bin1_id": ids[row], "bin2_id": ids[row] + distance,
         "count": mean[row, distance], "sd": sd[row, distance]}
    )  # fmt: skip


def write_pixels(
    pixels: Iterator[pd.DataFrame],
    sizes: dict[str, int],
    resolution: int,
    out: str | Path,
    *,
    unit: str = UNIT,
    predicted: np.ndarray | None = None,
) -> None:
    """Write an .mcool with one resolution: predicted values are means, which do not add up.

    Parameters
    ----------
    pixels
        Tables of `ensemble_pixels`, in the order of the genome.
    sizes, resolution
        Chromosome lengths and bin size (bp).
    out
        File to write.
    unit
        Unit of the values, for the file's metadata.
    predicted : bool array, shape=(bins of the genome,)
        If given, the bins have weights: 1, or NaN where this is False. Programs then read the
        values as those of a balanced map that masks these bins.
    """
    about = {"made by": "Chromaloom, conformation", "unit": unit}
    write_predicted_map(
        pixels, sizes=sizes, resolution=resolution, metadata=about, mcool=out, predicted=predicted
    )
