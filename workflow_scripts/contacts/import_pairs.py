"""Import pairs after checking that they match the genome."""

import logging
from collections.abc import Iterable

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, read_sizes
from workflow_scripts.chromaloom.genomics.positions import whole_numbers
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
READERS = {"pairs": read_pairs, "hicpro": read_hicpro}


def main(
    *, run: str, assembly: str, file: str, sizes: str, pairs: str, stats: str, kind: str = "pairs"
) -> None:
    """Write the pairs with the genome's chromosome names as upper triangle, and the counts.

    The file is read twice: names are matched by all its pairs. Pairs of chromosomes that the genome
    lacks are dropped, and counted in the log and in `stats`.

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
        Not a pairs file, chromosomes of other names, or a position that is not on its chromosome.
    """
    lengths = read_sizes(sizes)
    read = READERS[kind]
    counts = count_ends(read(file, wanted=["chrom1", "chrom2"]))
    names = match_chromosomes(counts, lengths, file, unit="ends of pairs") if counts else {}
    total, dropped = 0, 0
    with atomic_path(pairs) as temporary, gzip_writer(temporary) as out:
        out.write(("\n".join(header_lines(lengths, assembly)) + "\n").encode())
        for part in read(file, wanted=COLUMNS):
            placed = place_pairs(part, names, lengths, file)
            placed.to_csv(out, sep="\t", header=False, index=False)
            total, dropped = total + len(part), dropped + len(part) - len(placed)
            log.info("%s: %d pairs read", run, total)
    log.info("%s: %d of %d pairs are not on %s and are dropped", run, dropped, total, assembly)
    write_table([{"run": run, "pairs": total - dropped, "dropped": dropped}], stats)


def count_ends(parts: Iterable[pd.DataFrame]) -> dict[str, int]:
    """Number of mapped ends on each chromosome of the whole file, in its order."""
    counts: dict[str, int] = {}
    for part in parts:
        for side in "12":
            for name, number in part[f"chrom{side}"].value_counts(sort=False).items():
                counts[str(name)] = counts.get(str(name), 0) + int(number)
    counts.pop(UNMAPPED, None)
    return counts


def place_pairs(
    part: pd.DataFrame, names: dict[str, str], lengths: dict[str, int], source: str
) -> pd.DataFrame:
    """Rename chromosomes, check positions, and order the two ends of each pair.

    Unmapped ends (`!`) are kept, with position 0, and come first. The index of `part` is the line
    of the file.
    """
    # a row that lacks a column has others in their place
    for column, allowed in (("strand1", "+ - ."), ("strand2", "+ - ."), ("pair_type", "")):
        wrong = ~part[column].isin(allowed.split()) if allowed else part[column] == ""
        if wrong.any():
            line = wrong.index[wrong][0]
            raise UserError(
                f"{source}: line {line}: {column} {part.loc[line, column]!r}; expected:"
                f" {allowed or 'as UU'}; fix: give the row all columns of the file, or remove it"
            )
    names = {**names, UNMAPPED: UNMAPPED}
    part = part.assign(chrom1=part.chrom1.map(names), chrom2=part.chrom2.map(names))
    part = part.dropna(subset=["chrom1", "chrom2"])
    order = {name: number for number, name in enumerate([UNMAPPED, *lengths])}
    ranks = []
    for side in "12":
        chrom = part[f"chrom{side}"]
        mapped = chrom != UNMAPPED
        position = whole_numbers(part[f"pos{side}"]).where(mapped, 0)
        limit = chrom.map({UNMAPPED: 0, **lengths})
        wrong = mapped & ~((position >= 1) & (position <= limit))
        if wrong.any():
            line = wrong.index[wrong][0]
            raise UserError(
                f"{source}: line {line}: position {part.loc[line, f'pos{side}']} on {chrom[line]};"
                f" expected: a whole number from 1 to {limit[line]}, the chromosome's length; fix:"
                f" {position_fix(position[line])}"
            )
        position = position.astype(np.int64)
        ranks.append((chrom.map(order), position))
        part = part.assign(**{f"pos{side}": position})
    (chrom1, position1), (chrom2, position2) = ranks
    turned = (chrom1 > chrom2) | ((chrom1 == chrom2) & (position1 > position2))
    for column in ("chrom", "pos", "strand"):
        one, two = part[f"{column}1"], part[f"{column}2"]
        ends = {f"{column}1": one.mask(turned, two), f"{column}2": two.mask(turned, one)}
        part = part.assign(**ends)
    return part.assign(readID=".")[COLUMNS]


def position_fix(position: float) -> str:
    """Remedy for a position that is not on its chromosome; NaN for one that is no whole number."""
    if position == 0:
        return "add 1 to all positions if they are 0-based, else correct the line"
    return "correct the line" if np.isnan(position) else "use the assembly of the pairs"


if __name__ == "__main__":
    run_script(main, snakemake)
