"""Libraries of ligated molecules: numbers by class, reads, and composition."""

from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.demo.sequencing import hic
from workflow_scripts.demo.sequencing.reads import (
    add_errors,
    draw_qualities,
    random_bases,
    write_fastq,
)


def shortest(rules: dict) -> int:
    """Minimum length of a molecule in bp: one read, and a junction 20 bp from both ends."""
    return max(rules["read_length"], 2 * hic.MIN_SIDE)


def class_counts(rules: dict, junk_rate: float) -> dict[str, int]:
    """Number of pairs of each class, of duplicates and of junk; they sum to `pairs`."""
    junk = round(rules["pairs"] * junk_rate)
    duplicates = round((rules["pairs"] - junk) * rules["duplicate_rate"])
    unique = rules["pairs"] - junk - duplicates
    other = {name: round(unique * rules[name]) for name in hic.CLASSES if name != "valid"}
    return {"valid": unique - sum(other.values()), **other, "duplicates": duplicates, "junk": junk}


def ligate(
    ends: hic.Ends, contacts: tuple[np.ndarray, np.ndarray], counts: dict, lengths: np.ndarray,
    rng: np.random.Generator,
) -> hic.Molecules:  # fmt: skip
    """The library before amplification: molecules of all classes, in the order of `hic.CLASSES`.

    `contacts` are the rows of `ends` that are ligated by contact, `lengths` those of all molecules.
    """
    pairs = {
        "valid": contacts,
        "random": tuple(hic.draw_ends(ends, counts["random"], rng) for _ in range(2)),
        "self_circle": hic.draw_circles(ends, counts["self_circle"], int(lengths.max()), rng),
    }
    edges = np.cumsum([counts[name] for name in hic.CLASSES])[:-1]
    size = dict(zip(hic.CLASSES, np.split(lengths, edges), strict=True))
    loose = hic.dangle(hic.draw_ends(ends, counts["dangling"], rng), size["dangling"])
    made = {name: hic.join(*pair, size[name], rng) for name, pair in pairs.items()}
    molecules = hic.stack([(made | {"dangling": loose})[name] for name in hic.CLASSES])
    return molecules.turned(rng.random(len(lengths)) < 0.5)


def write_mates(
    genome: list[np.ndarray], ends: hic.Ends, first: hic.Molecules, counts: dict, *,
    sample: str, read_length: int, reads: dict, files: tuple[str | Path, str | Path],
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Amplify a library, add junk and write the two FASTQ files of its reads, in random order.

    Parameters
    ----------
    genome
        Codes of each chromosome.
    ends, first
        Restriction ends, and the molecules before amplification.
    counts
        Number of `duplicates` and `junk` pairs.
    sample, read_length, reads, files
        Name of the reads, their length (bp), config section `demo.reads`, the two outputs.
    rng
        Random stream of the sample.
    """
    unique = len(first.one)
    copies = rng.integers(0, unique, counts["duplicates"])
    molecules = first.take(np.concatenate([np.arange(unique), copies]))
    mates = hic.read_pairs(genome, ends, molecules, read_length)
    order = rng.permutation(unique + counts["duplicates"] + counts["junk"])
    for mate, path in zip(mates, files, strict=True):
        junk = random_bases((counts["junk"], read_length), rng)
        codes = np.concatenate([mate, junk])[order]
        qualities = draw_qualities(codes.shape, reads["quality_fade"], rng)
        codes, qualities = add_errors(codes, qualities, reads["n_rate"], rng)
        with atomic_path(path) as part:
            write_fastq(part, sample, codes, qualities)


def tally(ends: hic.Ends, molecules: hic.Molecules, read_length: int) -> dict[str, int]:
    """Unique molecules: trans, cis, cis_1kb, cis_20kb (distance between read starts), and their
    reads that span a junction (junction_reads).
    """
    chrom, start, _ = hic.read_starts(ends, molecules)
    cis = chrom[0] == chrom[1]
    distance = np.abs(start[0] - start[1])
    joined = molecules.two >= 0
    across = sum(
        (joined & (side < read_length)).sum() for side in (molecules.side1, molecules.side2)
    )
    return {"trans": int((~cis).sum()), "cis": int(cis.sum()),
            "cis_1kb": int((cis & (distance >= 1_000)).sum()),
            "cis_20kb": int((cis & (distance >= 20_000)).sum()),
            "junction_reads": int(across)}  # fmt: skip
