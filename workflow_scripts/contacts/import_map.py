"""Import a contact map after checking that it matches the genome, and balance it."""

import logging
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import write_map
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.geo_tables import read_geo
from workflow_scripts.contacts.hic_files import read_hic
from workflow_scripts.contacts.map_files import ReadyMap, read_cool, read_matrix
from workflow_scripts.contacts.map_values import unit_scale

log = logging.getLogger("chromaloom")


def main(
    *,
    sample: str,
    assembly: str,
    kind: str,
    files: list[str],
    seconds: list[str],
    sizes: str,
    resolutions: list[int],
    matrix_resolution: int,
    mcool_base: bool = False,
    count_scale: float = 0,
    balance: dict,
    threads: int,
    out: str,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Write the balanced .mcool of a sample's imported maps; several maps are summed.

    Parameters
    ----------
    sample, assembly
        Names.
    kind
        Of the run sheet: cool, mcool, hic, matrix or geo_contacts.
    files, seconds
        `file` and `file2` of each run: chromosome of a matrix (empty for the genome), bins of
        geo_contacts, group of a cool or mcool (empty if its bin size identifies the map).
    sizes
        Chromosome lengths.
    resolutions, matrix_resolution, mcool_base, balance
        Keys of the config section `contacts`.
    count_scale
        Factor of fractional values, of `contacts.count_scale`; 0 if it is not given.
    threads
        Processes for balancing.
    out
        .mcool to be written.
    blacklist
        Regions to be masked (BED), or none.

    Raises
    ------
    UserError
        A malformed map, or one of another genome or resolution.
    """
    lengths, finest = read_sizes(sizes), resolutions[0]
    given = matrix_resolution or finest
    maps = [
        read_ready(kind, file, second, lengths, finest, given, base=mcool_base)
        for file, second in zip(files, seconds, strict=True)
    ]
    for file, found in zip(files, maps, strict=True):
        whole = "whole counts" if found.values.whole else "fractional counts"
        log.info("%s: map of %d bp bins, %s", file, found.resolution, whole)
        if finest % found.resolution:
            raise UserError(
                f"{file}: bins of {found.resolution} bp; expected: contacts.resolutions' first,"
                f" {finest}, or a divisor of it"
            )
        if found.resolution != maps[0].resolution:
            raise UserError(
                f"{file}: bins of {found.resolution} bp, those of {files[0]} are of"
                f" {maps[0].resolution} bp; expected: one bin size per sample"
            )
    scales = [unit_scale(found.values, sample, count_scale) for found in maps]
    write_map(
        chain.from_iterable(map(scaled_pixels, maps, scales)), out, sizes=lengths,
        resolution=maps[0].resolution, assembly=assembly, dtype=count_type(maps),
        name=sample, resolutions=resolutions, balance=balance, threads=threads,
        blacklist=blacklist,
    )  # fmt: skip


def scaled_pixels(found: ReadyMap, scale: float) -> Iterator[pd.DataFrame]:
    """Iterate over a map's pixels, their counts multiplied by a factor."""
    for part in found.pixels():
        yield part if scale == 1 else part.assign(count=part["count"] * scale)


def count_type(maps: list[ReadyMap]) -> type:
    """Type that holds the counts, and their sums in coarser bins; float64 for fractions."""
    if not all(found.values.whole for found in maps):
        return np.float64
    total = sum(found.values.total for found in maps)
    return np.int32 if total <= np.iinfo(np.int32).max else np.int64


def read_ready(
    kind: str,
    file: str,
    second: str,
    sizes: dict[str, int],
    finest: int,
    given: int,
    *,
    base: bool = False,
) -> ReadyMap:
    """Read a map of a kind; `given` is the bin size (bp) of a matrix, `base` as in `read_cool`."""
    if kind == "matrix":
        return read_matrix(file, second, sizes, given)
    if kind == "hic":
        return read_hic(file, sizes, finest, base=base)
    if kind == "geo_contacts":
        return read_geo(file, second, sizes)
    return read_cool(f"{file}::{second}" if second else file, sizes, finest, base=base)


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.map)
