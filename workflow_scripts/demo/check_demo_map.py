"""Compare balanced demo maps with the planted contact probabilities."""

import logging
from itertools import pairwise
from pathlib import Path

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import (
    balanced_band,
    chromosome_weights,
    diagonal_means,
    observed_expected,
    open_map,
)
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.world.contacts import sum_up

MIN_CONTACTS = 20  # minimum mean contacts per pixel of diagonals with low counting noise
NEAREST = 2  # first diagonal compared: earlier ones are left out of balancing
EDGES = [NEAREST, 4, 8, 16, 32, 64]  # distance bands, in bins
COLUMNS = ["sample", "resolution", "chrom", "pixels", "nearest", "farthest", "number", "contacts",
           "empty", "r", "log_r"]  # fmt: skip


def main(
    *, maps: dict[str, str], truth: dict[str, str], resolutions: list[int], table: str | Path
) -> None:
    """Correlate observed over expected contacts with the planted ones, pixel by pixel.

    Both are divided by the mean of their diagonal, chromosome by chromosome, over the pixels whose
    two bins are unmasked in the measured map; masked pixels are left out. Diagonals with enough
    counts are those, from the third on, whose unmasked pixels have 20 or more contacts on average
    before balancing (counting noise of 22 % or less).

    Parameters
    ----------
    maps
        Balanced map (.mcool) of each sample.
    truth
        True map of each sample's cell, from `simulate_contacts`.
    resolutions
        Bin sizes (bp) to compare; those that are not a multiple of the true map's are left out.
    table
        Output, columns sample, resolution, chrom (or all), pixels (all, or "20 contacts": diagonals
        with enough counts), nearest and farthest (bp), number, contacts (mean per pixel), empty
        (fraction of pixels without contact), r (Pearson), log_r (of the logs, empty pixels left
        out).

    Raises
    ------
    UserError
        The true map is coarser than all the resolutions.
    """
    log = logging.getLogger("chromaloom")
    rows = []
    for sample, path in maps.items():
        true = cooler.Cooler(str(truth[sample]))
        for resolution in usable(resolutions, true.binsize):
            found = open_map(path, resolution, true.chromsizes.to_dict())
            pixels = compare(found, true)
            rows += [{"sample": sample, "resolution": resolution, **row} for row in judge(pixels)]
            best = rows[-1]
            log.info("%s, %d bp: r %.3f over %d pixels where counts allow", sample, resolution,
                     best["r"], best["number"])  # fmt: skip
    with atomic_path(table) as part:
        frame = pd.DataFrame(rows, columns=COLUMNS)
        frame.to_csv(part, sep="\t", index=False, float_format="%.6g")


def usable(resolutions: list[int], true: int) -> list[int]:
    """Resolutions (bp) to which the true map can be coarsened."""
    if chosen := [resolution for resolution in resolutions if resolution % true == 0]:
        return chosen
    raise UserError(
        f"config: demo.contacts.resolution: {true}; expected: a divisor of one of"
        f" contacts.resolutions, {', '.join(map(str, resolutions))}"
    )


def compare(found: cooler.Cooler, true: cooler.Cooler) -> pd.DataFrame:
    """Pixels of all chromosomes: chrom, distance (bins), observed, planted (both over expected),
    count (before balancing) and contacts (mean count of the chromosome's diagonal).
    """
    tables = []
    for chrom in found.chromnames:
        width = min(EDGES[-1], found.extent(chrom)[1] - found.extent(chrom)[0])
        band = balanced_band(found, chrom, width)
        planted = planted_band(true, chrom, found.binsize, width)
        planted[np.isnan(band)] = np.nan
        weight = chromosome_weights(found, chrom)
        weight = np.append(weight, np.full(width, np.nan))
        count = band / (weight[: len(band), None] * _following(weight, len(band), width))
        values = [observed_expected(band), observed_expected(planted), count,
                  np.broadcast_to(diagonal_means(count), band.shape)]  # fmt: skip
        row, distance = np.nonzero(np.isfinite(values[0]) & np.isfinite(values[1]))
        kept = [value[row, distance] for value in values]
        columns = dict(
            zip(("observed", "planted", "count", "contacts"), kept, strict=True), distance=distance
        )
        tables.append(pd.DataFrame(columns).assign(chrom=chrom))
    pixels = pd.concat(tables, ignore_index=True)
    return pixels[pixels.distance >= NEAREST].assign(bp=pixels.distance * found.binsize)


def planted_band(true: cooler.Cooler, chrom: str, resolution: int, width: int) -> np.ndarray:
    """True contacts coarsened to a resolution (bp), float64, shape=(bins, width); NaN beyond."""
    matrix = true.matrix(balance=False).fetch(chrom).astype(np.float64)
    fold = resolution // true.binsize
    # the lower triangle has the same pixels
    matrix = sum_up(np.triu(matrix), fold)
    size = len(matrix)
    matrix = np.pad(matrix, ((0, 0), (0, width)), constant_values=np.nan)
    return matrix[np.arange(size)[:, None], np.arange(size)[:, None] + np.arange(width)]


def judge(pixels: pd.DataFrame) -> list[dict]:
    """Rows of the table: by distance, by chromosome, all, and last those with enough counts."""
    enough = pixels[pixels.contacts >= MIN_CONTACTS]
    bands = [
        pixels[(pixels.distance >= low) & (pixels.distance < high)] for low, high in pairwise(EDGES)
    ]
    rows = [summary(band, "all", "all") for band in bands if len(band)]
    few = f"{MIN_CONTACTS} contacts"
    rows += [summary(part, chrom, few) for chrom, part in enough.groupby("chrom", sort=False)]
    return [*rows, summary(pixels, "all", "all"), summary(enough, "all", few)]


def summary(pixels: pd.DataFrame, chrom: str, label: str) -> dict:
    """One row of the table; r is NaN below three pixels."""
    seen = pixels[pixels.observed > 0]
    return {"chrom": chrom, "pixels": label, "nearest": pixels.bp.min(),
            "farthest": pixels.bp.max(), "number": len(pixels), "contacts": pixels["count"].mean(),
            "empty": (pixels.observed == 0).mean(), "r": pearson(pixels.observed, pixels.planted),
            "log_r": pearson(np.log(seen.observed), np.log(seen.planted))}  # fmt: skip


def pearson(one: pd.Series, two: pd.Series) -> float:
    """Pearson correlation; NaN below three values or where one does not vary."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(two) == 0:
        return np.nan
    return float(np.corrcoef(one, two)[0, 1])


def _following(values: np.ndarray, number: int, width: int) -> np.ndarray:
    """`values[i + d]` of the first `number` positions i, shape=(number, width)."""
    return values[np.arange(number)[:, None] + np.arange(width)]


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        maps=dict(zip(snakemake.params.samples, snakemake.input.maps, strict=True)),
        truth=dict(zip(snakemake.params.samples, snakemake.input.truth, strict=True)),
    )
