"""Import pairs after checking that they match the genome."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, read_sizes
from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.pairs_files import (
    COLUMNS,
    UNMAPPED,
    header_lines,
    read_hicpro,
    read_pairs,
    write_table,
)

log = logging.getLogger("chromaloom")


def main(
    *, run: str, assembly: str, file: str, sizes: str, pairs: str, stats: str, kind: str = "pairs"
) -> None:
    """Write the pairs with the genome's chromosome names as upper triangle, and the counts.

    Pairs of chromosomes that the genome lacks are dropped, and counted in the log and in `stats`.

    Parameters
    ----------
    run, assembly
        Names, for the counts and messages.
    file
        Plain or gzip.
    kind
        `pairs` (4DN's format) or `hicpro` (HiC-Pro's allValidPairs).
    sizes
        Chromosome lengths.
    pairs, stats
        Outputs: .pairs.gz (unsorted), and TSV.

    Raises
    ------
    UserError
        Not a pairs file, chromosomes of other names, or a position beyond a chromosome's end.
    """
    lengths = read_sizes(sizes)
    names, total, dropped = {}, 0, 0
    with atomic_path(pairs) as temporary, gzip_writer(temporary) as out:
        out.write(("\n".join(header_lines(lengths, assembly)) + "\n").encode())
        for part in (read_hicpro if kind == "hicpro" else read_pairs)(file):
            if unseen := set(part.chrom1).union(part.chrom2) - names.keys() - {UNMAPPED}:
                names |= known_names(sorted(unseen), names, lengths, file)
            placed = place_pairs(part, names, lengths, f"{file}: pairs {total + 1} and on")
            placed.to_csv(out, sep="\t", header=False, index=False)
            total, dropped = total + len(part), dropped + len(part) - len(placed)
            log.info("%s: %d pairs read", run, total)
    log.info("%s: %d of %d pairs are not on %s and are dropped", run, dropped, total, assembly)
    write_table([{"run": run, "pairs": total - dropped, "dropped": dropped}], stats)


def known_names(
    unseen: list[str], names: dict[str, str], lengths: dict[str, int], file: str
) -> dict[str, str]:
    """Map new chromosome names of the file to those of the genome; None for absent ones."""
    absent = dict.fromkeys(unseen)
    try:
        return absent | match_chromosomes(unseen, lengths, file)
    except UserError:
        # later chunks may contain only additional small contigs
        if not any(names.values()):
            raise
        return absent


def place_pairs(
    part: pd.DataFrame, names: dict[str, str], lengths: dict[str, int], where: str
) -> pd.DataFrame:
    """Rename chromosomes, check positions, and order the two ends of each pair.

    Unmapped ends (`!`) are kept and come first.
    """
    names = {**names, UNMAPPED: UNMAPPED}
    part = part.assign(chrom1=part.chrom1.map(names), chrom2=part.chrom2.map(names))
    part = part.dropna(subset=["chrom1", "chrom2"])
    order = {name: number for number, name in enumerate([UNMAPPED, *lengths])}
    limits = {UNMAPPED: np.inf, **lengths}
    ranks = []
    for side in "12":
        position = pd.to_numeric(part[f"pos{side}"], errors="coerce")
        beyond = ~(position <= part[f"chrom{side}"].map(limits)) | (position < 0)
        if beyond.any():
            first = part[beyond].iloc[0]
            chrom = first[f"chrom{side}"]
            raise UserError(
                f"{where}: position {first[f'pos{side}']} on {chrom}; expected: 1 to"
                f" {limits[chrom]} bp, the chromosome's length; probably another assembly"
            )
        ranks.append((part[f"chrom{side}"].map(order), position))
    (chrom1, position1), (chrom2, position2) = ranks
    turned = (chrom1 > chrom2) | ((chrom1 == chrom2) & (position1 > position2))
    for column in ("chrom", "pos", "strand"):
        one, two = part[f"{column}1"], part[f"{column}2"]
        ends = {f"{column}1": one.mask(turned, two), f"{column}2": two.mask(turned, one)}
        part = part.assign(**ends)
    return part.assign(readID=".")[COLUMNS]


if __name__ == "__main__":
    run_script(main, snakemake)
