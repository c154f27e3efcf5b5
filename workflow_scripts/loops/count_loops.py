"""Count the valid pairs of a sample by pair of bins."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.pairs_files import UNMAPPED, read_pairs, write_table
from workflow_scripts.loops.loop_tables import PAIR, add_bins, sort_loops, write_loops

log = logging.getLogger("chromaloom")
# fate of a read pair: the first that applies
FATES = ("unmapped", "excluded", "trans", "near", "same_bin", "far", "counted")


def main(
    *,
    sample: str,
    pairs: str,
    sizes: str,
    resolution: int,
    min_distance: int,
    max_distance: int,
    exclude: list[str],
    counts: str,
    stats: str,
) -> None:
    """Write the counts of pairs of bins on one chromosome, and the numbers of read pairs by fate.

    Parameters
    ----------
    sample
        Name of the sample.
    pairs
        Valid pairs (.pairs.gz); ends without a chromosome (`!` or blank) are unmapped.
    sizes
        Chromosome lengths.
    resolution, min_distance, max_distance, exclude
        Keys of the config section `loops` (bp).
    counts
        Gzipped TSV of `chrom1 start1 end1 chrom2 start2 end2 count`, start1 < start2.
    stats
        TSV with one row: number of read pairs of each fate.

    Raises
    ------
    UserError
        An excluded chromosome is not in the genome, or no read pair is counted.
    """
    lengths = read_sizes(sizes)
    if unknown := [name for name in exclude if name not in lengths]:
        raise UserError(
            f"loops.exclude: {unknown[0]!r} is not a chromosome of sample {sample!r}'s genome;"
            f" expected: {', '.join(lengths)}; fix: correct or remove the name"
        )
    found, fates = None, dict.fromkeys(FATES, 0)
    for part in read_pairs(pairs):
        fate = pair_fates(
            part, resolution=resolution, min_distance=min_distance, max_distance=max_distance,
            exclude=exclude,
        )  # fmt: skip
        for number, name in enumerate(FATES):
            fates[name] += int((fate == number).sum())
        kept = part[fate == len(FATES) - 1]
        bins = np.sort(kept[["pos1", "pos2"]].to_numpy(dtype=np.int64) - 1, axis=1) // resolution
        table = pd.DataFrame({"chrom": kept.chrom1.to_numpy(), "start1": bins[:, 0] * resolution,
                              "start2": bins[:, 1] * resolution, "count": 1})  # fmt: skip
        # only the counts, not the read pairs, have to fit into memory
        both = table if found is None else pd.concat([found, table])
        found = both.groupby(["chrom", "start1", "start2"], as_index=False)["count"].sum()
        numbers = ", ".join(f"{name} {number}" for name, number in fates.items())
        log.info("%s: %d pairs read: %s", sample, sum(fates.values()), numbers)
    if not fates["counted"]:
        raise UserError(
            f"sample {sample!r}: none of {sum(fates.values())} pairs joins two bins of a chromosome"
            f" at least {min_distance} bp apart; expected: one or more; fix: check"
            " loops.min_distance and loops.exclude"
        )
    found = sort_loops(add_bins(found, lengths, resolution), lengths)
    log.info("%s: %d pairs of bins, largest count %d", sample, len(found), found["count"].max())
    write_loops(found, counts, [*PAIR, "count"])
    write_table([{"sample": sample, **fates}], stats)


def pair_fates(
    part: pd.DataFrame, *, resolution: int, min_distance: int, max_distance: int, exclude: list[str]
) -> np.ndarray:
    """Index into `FATES` of each pair; int array, shape=(pairs,)."""
    blank = part[["chrom1", "chrom2"]].isin([UNMAPPED, "", "."]).any(axis=1).to_numpy()
    out = part[["chrom1", "chrom2"]].isin(exclude).any(axis=1).to_numpy()
    place = part[["pos1", "pos2"]].to_numpy(dtype=np.int64) - 1
    distance = np.abs(place[:, 1] - place[:, 0])
    same = place[:, 0] // resolution == place[:, 1] // resolution
    far = (distance > max_distance) & (max_distance > 0)
    holds = [
        blank,
        out,
        (part.chrom1 != part.chrom2).to_numpy(),
        distance < min_distance,
        same,
        far,
    ]
    return np.select(holds, range(len(holds)), len(holds))


if __name__ == "__main__":
    run_script(main, snakemake)
