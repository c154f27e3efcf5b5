"""Sequence one Hi-C sample of the demo world: read pairs, and what they are made of."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.files import atomic_path
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.demo import hic
from workflow_scripts.demo.chip import draw_lengths
from workflow_scripts.demo.randomness import stream
from workflow_scripts.demo.reads import add_errors, draw_qualities, random_bases, write_fastq
from workflow_scripts.demo.samples import check_cell
from workflow_scripts.demo.world import read_world


def main(
    *, world: str | Path, sample: str, cell: str, settings: dict, seed: int,
    fastq1: str | Path, fastq2: str | Path, truth: str | Path,
) -> None:  # fmt: skip
    """Write a sample's two FASTQ files and the table of pairs drawn.

    Parameters
    ----------
    world
        Folder made by `simulate_world`.
    sample, cell
        Name of the sample and its cell type.
    settings
        Keys hic, contacts and reads of the config's section `demo`.
    seed
        Seed of the run; a sample's reads depend on it and on the sample's name.
    fastq1, fastq2, truth
        Outputs: gzipped mates; one row with the columns of `tally`.

    Raises
    ------
    UserError
        The world lacks the cell type, or the enzyme is unknown or does not cut.
    """
    log = logging.getLogger("chromaloom")
    place, rules = read_world(world, sequences=True), settings["hic"]
    check_cell(sample, cell, place.cells)
    rng = stream(seed, "reads", sample)
    counts = class_counts(rules, settings["reads"]["junk_rate"])
    unique = sum(counts[name] for name in hic.CLASSES)
    lengths = draw_lengths(
        unique, rules["fragment_mean"], rules["fragment_sd"], shortest(rules), rng
    )
    longest = int(lengths.max(initial=shortest(rules)))
    ends = hic.restriction_ends(place.sequences, rules["enzyme"], rules["gc_bias"], longest)
    first = draw_molecules(place, ends, counts, lengths, cell=cell, settings=settings, rng=rng)
    copies = rng.integers(0, unique, counts["duplicates"])
    molecules = first.take(np.concatenate([np.arange(unique), copies]))

    mates = hic.read_pairs(list(place.sequences.values()), ends, molecules, rules["read_length"])
    order = rng.permutation(rules["pairs"])
    for mate, path in zip(mates, (fastq1, fastq2), strict=True):
        junk = random_bases((counts["junk"], rules["read_length"]), rng)
        codes = np.concatenate([mate, junk])[order]
        qualities = draw_qualities(codes.shape, settings["reads"]["quality_fade"], rng)
        codes, qualities = add_errors(codes, qualities, settings["reads"]["n_rate"], rng)
        with atomic_path(path) as part:
            write_fastq(part, sample, codes, qualities)
    row = {"sample": sample, "pairs": rules["pairs"], **counts}
    row |= tally(ends, first, rules["read_length"])
    with atomic_path(truth) as part:
        pd.DataFrame([row]).to_csv(part, sep="\t", index=False)
    log.info("%s: %d pairs at %d ends; %s", sample, rules["pairs"], len(ends.edge),
             ", ".join(f"{name} {number}" for name, number in counts.items()))  # fmt: skip


def shortest(rules: dict) -> int:
    """Length in bp of the shortest molecule: a read fits, and a junction 20 bp from both ends."""
    return max(rules["read_length"], 2 * hic.LEAST_SIDE)


def class_counts(rules: dict, junk_rate: float) -> dict[str, int]:
    """Pairs of each class, duplicates and junk; they add up to `pairs`."""
    junk = round(rules["pairs"] * junk_rate)
    duplicates = round((rules["pairs"] - junk) * rules["duplicate_rate"])
    unique = rules["pairs"] - junk - duplicates
    other = {name: round(unique * rules[name]) for name in hic.CLASSES if name != "valid"}
    return {"valid": unique - sum(other.values()), **other, "duplicates": duplicates, "junk": junk}


def draw_molecules(
    world, ends: hic.Ends, counts: dict, lengths: np.ndarray, *, cell: str, settings: dict,
    rng: np.random.Generator,
) -> hic.Molecules:  # fmt: skip
    """The library before amplification: molecules of all classes, in the order of `CLASSES`."""
    pairs = {
        "valid": hic.draw_contacts(world, ends, counts["valid"], cell=cell,
                                   settings=settings["contacts"], rng=rng),
        "random": tuple(hic.draw_ends(ends, counts["random"], rng) for _ in range(2)),
        "self_circle": hic.draw_circles(ends, counts["self_circle"], int(lengths.max()), rng),
    }  # fmt: skip
    edges = np.cumsum([counts[name] for name in hic.CLASSES])[:-1]
    size = dict(zip(hic.CLASSES, np.split(lengths, edges), strict=True))
    loose = hic.dangle(hic.draw_ends(ends, counts["dangling"], rng), size["dangling"])
    made = {name: hic.join(*pair, size[name], rng) for name, pair in pairs.items()}
    molecules = hic.stack([(made | {"dangling": loose})[name] for name in hic.CLASSES])
    return molecules.turned(rng.random(len(lengths)) < 0.5)


def tally(ends: hic.Ends, molecules: hic.Molecules, read_length: int) -> dict[str, int]:
    """Unique molecules by place: trans, cis, cis_1kb, cis_20kb (between read starts), and reads
    of theirs that run across a junction (junction_reads).
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


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            world=Path(snakemake.input.genome).parent,
            sample=snakemake.wildcards.sample,
            cell=snakemake.params.cell,
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
            fastq1=snakemake.output.fastq1,
            fastq2=snakemake.output.fastq2,
            truth=snakemake.output.truth,
        )
