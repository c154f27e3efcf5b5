"""Count a sample's pairs in bins and balance the map."""

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from cooler.create import aggregate_records, sanitize_records

from workflow_scripts.chromaloom.genomics.contact_maps import genome_bins, write_map
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.pairs_files import read_pairs

log = logging.getLogger("chromaloom")


def main(
    *,
    sample: str,
    assembly: str,
    pairs: str,
    sizes: str,
    resolutions: list[int],
    min_distance: int,
    balance: dict,
    threads: int,
    out: str,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Write the balanced .mcool of valid pairs.

    Parameters
    ----------
    sample, assembly
        Names.
    pairs
        Valid pairs (.pairs.gz).
    sizes
        Chromosome lengths.
    resolutions, balance
        Keys of the config section `contacts`.
    min_distance
        Pairs of a chromosome closer than this (bp) are left out.
    threads
        Processes for balancing.
    out
        .mcool to be written.
    blacklist
        Regions to be masked (BED), or none.
    """
    lengths = read_sizes(sizes)
    pixels = count_pixels(
        pairs, genome_bins(lengths, resolutions[0]), sample=sample, min_distance=min_distance
    )
    write_map(
        pixels, out, sizes=lengths, resolution=resolutions[0], dtype=np.int32, assembly=assembly,
        name=sample, resolutions=resolutions, balance=balance, threads=threads,
        blacklist=blacklist,
    )  # fmt: skip


def count_pixels(
    pairs: str, bins: pd.DataFrame, *, sample: str, min_distance: int
) -> Iterator[pd.DataFrame]:
    """Iterate over tables of bin1_id <= bin2_id and count, one for each part of the pairs.

    Raises
    ------
    UserError
        No pair is left.
    """
    sanitize = sanitize_records(
        bins, schema="pairs", is_one_based=True, tril_action="reflect", sort=True,
        decode_chroms=True, validate=True,
    )  # fmt: skip
    aggregate = aggregate_records(count=True, sort=False)
    total = kept = 0
    for part in read_pairs(pairs):
        part = part.astype({"pos1": np.int64, "pos2": np.int64})
        near = (part.chrom1 == part.chrom2) & ((part.pos2 - part.pos1).abs() < min_distance)
        total, kept = total + len(part), kept + len(part) - near.sum()
        log.info("%s: %d pairs binned, %d closer than %d bp left out", sample, kept, total - kept,
                 min_distance)  # fmt: skip
        if not near.all():
            yield aggregate(sanitize(part[~near].copy()))
    if not kept:
        raise UserError(
            f"{sample}: all {total} pairs are closer than contacts.pairs.min_distance"
            f" {min_distance} bp; expected: a lesser distance"
        )


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.map)
