"""Simulate one HiChIP sample of the demo world: read pairs, and the composition of the library."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.samples import check_cell
from workflow_scripts.demo.sequencing import hic
from workflow_scripts.demo.sequencing.chip import draw_lengths
from workflow_scripts.demo.sequencing.hichip import caught_signal, draw_loop_pairs, loop_weights
from workflow_scripts.demo.sequencing.library import (
    class_counts,
    ligate,
    shortest,
    tally,
    write_mates,
)
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.world import World, read_world


def main(
    *, world: str | Path, sample: str, cell: str, target: str, settings: dict, seed: int,
    fastq1: str | Path, fastq2: str | Path, truth: str | Path,
) -> None:  # fmt: skip
    """Write a sample's two FASTQ files and the table of pairs drawn.

    Parameters
    ----------
    world
        Folder made by `simulate_world`.
    sample, cell, target
        Name of the sample, its cell type, and the mark or factor of the antibody.
    settings
        Keys hichip, hic, contacts, signal and reads of the config's section `demo`; other
        properties of the library are taken from `hic`.
    seed
        Seed of the run; a sample's reads depend on it and on the sample's name.
    fastq1, fastq2, truth
        Outputs: gzipped mates; one row with sample, pairs, classes (of the `valid` ones `loop` join
        a loop's anchors) and the columns of `library.tally`.

    Raises
    ------
    UserError
        The world lacks the cell type or the target, or the enzyme is unknown or does not cut.
    """
    log = logging.getLogger("chromaloom")
    place, rules = read_world(world, sequences=True), settings["hic"] | settings["hichip"]
    check_cell(sample, cell, place.cells)
    rng = stream(seed, "reads", sample)
    counts = class_counts(rules, settings["reads"]["junk_rate"])
    unique = sum(counts[name] for name in hic.CLASSES)
    lengths = draw_lengths(
        unique, rules["fragment_mean"], rules["fragment_sd"], shortest(rules), rng
    )
    longest = int(lengths.max(initial=shortest(rules)))
    ends = hic.restriction_ends(place.sequences, rules["enzyme"], rules["gc_bias"], longest)
    caught = caught_signal(place, cell=cell, target=target, settings=settings, seed=seed)
    looped = round(counts["valid"] * rules["loop_fraction"])
    contacts = draw_pairs(
        place, ends, looped, counts["valid"] - looped, cell=cell, caught=caught, settings=settings,
        rng=rng,
    )  # fmt: skip
    first = ligate(ends, contacts, counts, lengths, rng)
    write_mates(
        list(place.sequences.values()), ends, first, counts, sample=sample,
        read_length=rules["read_length"], reads=settings["reads"], files=(fastq1, fastq2), rng=rng,
    )  # fmt: skip
    row = {"sample": sample, "pairs": rules["pairs"], **counts, "loop": looped}
    row |= tally(ends, first, rules["read_length"])
    with atomic_path(truth) as part:
        pd.DataFrame([row]).to_csv(part, sep="\t", index=False)
    log.info("%s: %d pairs at %d ends; %s, of the valid %d in loops", sample, rules["pairs"],
             len(ends.edge), ", ".join(f"{name} {number}" for name, number in counts.items()),
             looped)  # fmt: skip


def draw_pairs(
    world: World, ends: hic.Ends, looped: int, other: int, *, cell: str, caught: dict,
    settings: dict, rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Rows of `ends` that are ligated: `looped` pairs of loops, then `other` contacts."""
    weights = loop_weights(world.loops, cell, caught, settings["contacts"]["grid"])
    loops = draw_loop_pairs(
        world, ends, looped, weights=weights, anchor_sd=settings["hichip"]["anchor_sd"], rng=rng
    )
    model = settings["contacts"] | {"decay": settings["hichip"]["decay"]}
    background = hic.draw_contacts(
        world, ends, other, cell=cell, settings=model, rng=rng, caught=caught
    )
    one, two = (np.concatenate(pair) for pair in zip(loops, background, strict=True))
    return one, two


if __name__ == "__main__":
    run_script(
        main, snakemake, truth=snakemake.output.truth, world=Path(snakemake.input.genome).parent
    )
