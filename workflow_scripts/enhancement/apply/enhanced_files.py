"""Bands of contacts written as .cool and .mcool."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import cooler
import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import (
    CHUNK,
    PLAIN,
    genome_bins,
    pack,
    until_error,
)
from workflow_scripts.chromaloom.genomics.predicted_maps import pack_one
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder

TILE = 256  # bins of a tile in HiGlass


def band_pixels(
    band: np.ndarray,
    bins: int,
    *,
    first: int = 0,
    circular: bool = False,
    more: Mapping[str, np.ndarray] | None = None,
) -> pd.DataFrame:
    """Pixels of a chromosome's band, sorted, without those that are 0 or NaN.

    Parameters
    ----------
    band : float array, shape=(at least bins, diagonals)
        `band[i, d]` belongs to bins i and i + d, on a circular chromosome modulo its length.
    bins
        Bins of the chromosome; the band's bins beyond them are ignored.
    first
        Index of the chromosome's first bin in the genome.
    circular
        Whether pixels beyond the end belong to the start.
    more
        Further bands of the same pixels, by the name of their column.

    Returns
    -------
    DataFrame
        bin1_id <= bin2_id (int64), count and further columns (float64).
    """
    row, distance = np.nonzero(np.nan_to_num(band) > 0)
    value, partner = band[row, distance], row + distance
    if circular:
        partner = partner % len(band)
    inside = (row < bins) & (partner < bins)
    one, two = np.minimum(row, partner)[inside], np.maximum(row, partner)[inside]
    order = np.lexsort((two, one))
    return pd.DataFrame(
        {
            "bin1_id": one[order] + first,
            "bin2_id": two[order] + first,
            "count": value[inside][order],
            **{name: own[row, distance][inside][order] for name, own in (more or {}).items()},
        }
    )


def zoom_levels(sizes: pd.Series, resolution: int) -> list[int]:
    """Bin sizes (bp): the finest, doubled until the genome fits into one tile of HiGlass."""
    levels = [resolution]
    while sizes.sum() / levels[-1] > TILE:
        levels.append(2 * levels[-1])
    return levels


def write_enhanced(
    chromosomes: Iterator[tuple[str, np.ndarray | None]],
    *,
    sizes: pd.Series,
    resolution: int,
    circular: list[str],
    assembly: str | None,
    metadata: dict,
    mcool: str | Path,
    cool: str | Path = "",
    balanced: bool = True,
    networks: int = 0,
) -> None:
    """Write bands as .mcool with coarser levels, and as one .cool; deterministic bytes.

    Parameters
    ----------
    chromosomes
        Name and band (`band_pixels`) of each, in the order of `sizes`; None for skipped ones. With
        `networks` their bands, shape=(networks, bins, diagonals).
    sizes : Series of int
        Length (bp) by chromosome.
    resolution
        Bin size (bp) of the bands.
    circular
        Circular chromosomes.
    assembly, metadata
        Metadata of the file.
    mcool, cool
        Output files; without a name no .cool is written. Counts are float64.
    balanced
        Whether the counts are balanced already: weights are 1, and NaN in bins without any known
        pixel. Else there are no weights.
    networks
        Number of networks of an ensemble. Counts are the mean over the networks, and column `sd` is
        the standard deviation over them (divided by their number), at each level that of the
        networks' contacts at this level: pixels are summed before, since deviations do not add up.
    """
    bins = genome_bins(sizes, resolution)
    known = np.zeros(len(bins), bool)
    indices = {chrom: own.index for chrom, own in bins.groupby("chrom", observed=True)}
    errors: list[Exception] = []
    own = [f"network{number}" for number in range(networks)]
    columns = ["count", *own]

    def pixels():
        for chrom, band in chromosomes:
            if band is None:
                continue
            more = dict(zip(own, band, strict=True)) if networks else {}
            band = band.mean(0) if networks else band
            number, first = len(indices[chrom]), int(indices[chrom][0])
            known[first : first + number] = np.isfinite(band).any(1)[:number]
            table = band_pixels(band, number, first=first, circular=chrom in circular, more=more)
            for start in range(0, len(table), CHUNK):
                yield table.iloc[start : start + CHUNK]

    # that of `mcool` may be in use
    with scratch_folder(cool or f"{mcool}.cool") as folder:
        base, draft = f"{folder}/base.cool", f"{folder}/draft.mcool"
        fields = ["bin1_id", "bin2_id", *columns]
        # after an error without the further columns
        chunks = (t.reindex(columns=fields, fill_value=0) for t in until_error(pixels(), errors))
        cooler.create_cooler(
            base, bins, chunks, columns=columns,
            dtypes=dict.fromkeys(columns, np.float64), assembly=assembly, metadata=metadata,
            ordered=True, h5opts=PLAIN,
        )  # fmt: skip
        if errors:
            raise errors[0]
        levels = zoom_levels(sizes, resolution)
        cooler.zoomify_cooler(base, draft, levels, chunksize=CHUNK, h5opts=PLAIN)
        if networks:
            drafts = [_zoom_column(base, name, levels, folder) for name in own]
            for level in levels:
                _add_spread(f"{draft}::resolutions/{level}", drafts)
        good = bins[known]
        for level in levels if balanced else ():
            _add_weights(f"{draft}::resolutions/{level}", good)
        with atomic_path(mcool) as temporary:
            pack(draft, temporary, levels)
        if cool:
            with atomic_path(cool) as temporary:
                pack_one(draft, temporary, resolution)


def _zoom_column(base: str, column: str, levels: list[int], folder: str) -> str:
    """Coarsen one column of a .cool as its counts; returns the .mcool.

    cooler loses all columns but `count` at the second level.
    """
    copy, out = f"{folder}/{column}.cool", f"{folder}/{column}.mcool"
    shutil.copyfile(base, copy)
    with h5py.File(copy, "r+") as file:
        del file["pixels/count"]
        file.move(f"pixels/{column}", "pixels/count")
    cooler.zoomify_cooler(copy, out, levels, chunksize=CHUNK, h5opts=PLAIN)
    Path(copy).unlink()
    return out


def _add_spread(uri: str, drafts: list[str]) -> None:
    """Add column `sd` to a level: the standard deviation over the .mcool of the networks."""
    file, group = uri.split("::")
    with h5py.File(file, "r+") as whole, contextlib.ExitStack() as stack:
        counts = [stack.enter_context(h5py.File(d))[f"{group}/pixels/count"] for d in drafts]
        number = len(whole[f"{group}/pixels/count"])
        spread = whole[f"{group}/pixels"].create_dataset("sd", (number,), np.float64, chunks=True)
        for start in range(0, number, CHUNK):
            part = slice(start, start + CHUNK)
            spread[part] = np.std([count[part] for count in counts], axis=0)


def _add_weights(uri: str, good: pd.DataFrame) -> None:
    """Add weights to a map: 1, or NaN in bins that contain none of the good bins."""
    clr = cooler.Cooler(uri)
    table = clr.bins()[["chrom", "start"]][:]
    covered = set(zip(good.chrom, good.start // clr.binsize * clr.binsize, strict=True))
    weight = [
        1.0 if key in covered else np.nan for key in zip(table.chrom, table.start, strict=True)
    ]
    with clr.open("r+") as group:
        group["bins"].create_dataset("weight", data=np.array(weight))
