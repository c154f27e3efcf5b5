"""Simulate one Hi-C sample of the demo world: read pairs, and the composition of the library."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.samples import check_cell
from workflow_scripts.demo.sequencing import hic
from workflow_scripts.demo.sequencing.chip import draw_lengths
from workflow_scripts.demo.sequencing.library import (
    class_counts,
    ligate,
    shortest,
    tally,
    write_mates,
)
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.world import read_world


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
    write_mates(
        list(place.sequences.values()), ends, first, counts, sample=sample,
        read_length=rules["read_length"], reads=settings["reads"], files=(fastq1, fastq2), rng=rng,
    )  # fmt: skip
    row = {"sample": sample, "pairs": rules["pairs"], **counts}
    row |= tally(ends, first, rules["read_length"])
    with atomic_path(truth) as part:
        pd.DataFrame([row]).to_csv(part, sep="\t", index=False)
    log.info("%s: %d pairs at %d ends; %s", sample, rules["pairs"], len(ends.edge),
             ", ".join(f"{name} {number}" for name, number in counts.items()))  # fmt: skip


def draw_molecules(
    world, ends: hic.Ends, counts: dict, lengths: np.ndarray, *, cell: str, settings: dict,
    rng: np.random.Generator,
) -> hic.Molecules:  # fmt: skip
    """The library before amplification: molecules of all classes, in the order of `CLASSES`."""
    contacts = hic.draw_contacts(world, ends, counts["valid"], cell=cell,
                                 settings=settings["contacts"], rng=rng)  # fmt: skip
    return ligate(ends, contacts, counts, lengths, rng)


if __name__ == "__main__":
    run_script(
        main, snakemake, truth=snakemake.output.truth, world=Path(snakemake.input.genome).parent
    )
