"""Simulate the ChIP samples of the demo world: reads, and the composition of each library."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.samples import check_cell
from workflow_scripts.demo.sequencing.chip import (
    amplify,
    draw_fragments,
    draw_lengths,
    library_counts,
    read_ends,
)
from workflow_scripts.demo.sequencing.reads import (
    add_errors,
    draw_qualities,
    random_bases,
    write_fastq,
)
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.tracks import expected_signal
from workflow_scripts.demo.world.world import World, read_world

log = logging.getLogger("chromaloom")


def main(
    *, world: str | Path, samples: list[dict[str, str]], settings: dict, seed: int,
    fastq: list[str], truth: list[str],
) -> None:  # fmt: skip
    """Write each sample's FASTQ and the table of reads drawn.

    Parameters
    ----------
    world
        Folder made by `simulate_world`.
    samples
        Sample, cell and target (mark, factor or `input`) of each sample.
    settings
        Keys chip_reads, read_length, signal and reads of the config's section `demo`.
    seed
        Seed of the run; a sample's reads depend on it and on the sample's name.
    fastq, truth
        Outputs of each sample: gzipped reads; one row sample, reads, unique, duplicates, junk.

    Raises
    ------
    UserError
        The world lacks a cell type or a target.
    """
    place = read_world(world, sequences=True)
    for sample in samples:
        check_cell(sample["sample"], sample["cell"], place.cells)
    for sample, reads, table in zip(samples, fastq, truth, strict=True):
        sequence_sample(place, **sample, settings=settings, seed=seed, fastq=reads, truth=table)


def sequence_sample(
    place: World, *, sample: str, cell: str, target: str, settings: dict, seed: int,
    fastq: str | Path, truth: str | Path,
) -> None:  # fmt: skip
    """Write one sample's FASTQ and the table of reads drawn; parameters as in `main`."""
    rules, rng = settings["reads"], stream(seed, "reads", sample)
    track = [
        expected_signal(place, cell=cell, target=target, chrom=chrom,
                        settings=settings["signal"], seed=seed)
        for chrom in place.chromosomes
    ]  # fmt: skip
    counts = library_counts(settings["chip_reads"], rules["duplicate_rate"], rules["junk_rate"])
    size, length = np.array(list(place.chromosomes.values())), settings["read_length"]
    lengths = draw_lengths(
        counts["unique"], rules["chip_fragment_mean"], rules["chip_fragment_sd"], length, rng
    )
    fragments = amplify(draw_fragments(track, size, lengths, rng), counts["duplicates"], rng)
    genome = [place.sequences[chrom] for chrom in place.chromosomes]
    codes = read_ends(genome, fragments, length)
    codes = np.concatenate([codes, random_bases((counts["junk"], length), rng)])
    codes = codes[rng.permutation(len(codes))]
    codes, qualities = add_errors(
        codes, draw_qualities(codes.shape, rules["quality_fade"], rng), rules["n_rate"], rng
    )
    with atomic_path(fastq) as part:
        write_fastq(part, sample, codes, qualities)
    with atomic_path(truth) as part:
        row = {"sample": sample, "reads": len(codes), **counts}
        pd.DataFrame([row]).to_csv(part, sep="\t", index=False)
    log.info("%s: %d reads of %s, %d duplicates, %d junk", sample, len(codes), target,
             counts["duplicates"], counts["junk"])  # fmt: skip


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        truth=list(snakemake.output.truth),
        world=Path(snakemake.input.genome).parent,
    )
