"""Simulate the RNA samples of the demo world: read pairs, and the true fragments of each gene."""

import logging
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.samples import check_cell
from workflow_scripts.demo.sequencing.reads import (
    add_errors,
    draw_qualities,
    random_bases,
    write_fastq,
)
from workflow_scripts.demo.sequencing.rna import (
    draw_fragments,
    length_distribution,
    read_pairs,
    spliced_sequences,
)
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.world import World, read_world

log = logging.getLogger("chromaloom")


def main(
    *, world: str | Path, samples: list[dict[str, str]], settings: dict, seed: int,
    fastq1: list[str], fastq2: list[str], truth: list[str],
) -> None:  # fmt: skip
    """Write each sample's two FASTQ files and its true fragment counts.

    Parameters
    ----------
    world
        Folder made by `simulate_world`.
    samples
        Sample (a replicate) and cell of each sample.
    settings
        Keys rna_fragments, rna_read_length, expression and reads of the config's section `demo`.
    seed
        Seed of the run; a sample's reads depend on it and on the sample's name.
    fastq1, fastq2, truth
        Outputs of each sample: gzipped mates; columns gene, fragments.

    Raises
    ------
    UserError
        The world lacks a cell type.
    """
    place = read_world(world, sequences=True)
    for sample in samples:
        check_cell(sample["sample"], sample["cell"], place.cells)
    for sample, one, two, table in zip(samples, fastq1, fastq2, truth, strict=True):
        sequence_sample(
            place, **sample, settings=settings, seed=seed, fastq1=one, fastq2=two, truth=table
        )


def sequence_sample(
    place: World, *, sample: str, cell: str, settings: dict, seed: int,
    fastq1: str | Path, fastq2: str | Path, truth: str | Path,
) -> None:  # fmt: skip
    """Write one sample's FASTQ files and fragment counts; parameters as in `main`."""
    rules, rng = settings["reads"], stream(seed, "reads", sample)
    forms = place.transcripts
    tpm = place.isoforms[place.isoforms.cell == cell].set_index("transcript").tpm
    # replicates differ by gene, in addition to the sampling of fragments
    spread = settings["expression"]["replicate_sd"] * rng.standard_normal(len(place.genes))
    row_of_gene = place.genes.reset_index().set_index("gene")["index"]
    abundance = tpm.loc[forms.transcript].to_numpy()
    abundance = abundance * np.exp2(spread)[row_of_gene.loc[forms.gene].to_numpy()]

    junk = round(settings["rna_fragments"] * rules["junk_rate"])
    number, length = settings["rna_fragments"] - junk, settings["rna_read_length"]
    lengths = length_distribution(rules["rna_fragment_mean"], rules["rna_fragment_sd"], length)
    row, start, size = draw_fragments(abundance, forms.length.to_numpy(), number, lengths, rng)
    mates = read_pairs(spliced_sequences(place.sequences, forms), row, start, size, length, rng)
    order = rng.permutation(number + junk)
    for mate, path in zip(mates, (fastq1, fastq2), strict=True):
        codes = np.concatenate([mate, random_bases((junk, length), rng)])[order]
        qualities = draw_qualities(codes.shape, rules["quality_fade"], rng)
        codes, qualities = add_errors(codes, qualities, rules["n_rate"], rng)
        with atomic_path(path) as part:
            write_fastq(part, sample, codes, qualities)
    counts = forms.gene.iloc[row].value_counts().reindex(place.genes.gene, fill_value=0)
    with atomic_path(truth) as part:
        table = counts.rename_axis("gene").rename("fragments").reset_index()
        table.to_csv(part, sep="\t", index=False)
    log.info("%s: %d pairs, %d of %d genes with 10 fragments or more", sample, number + junk,
             (counts >= 10).sum(), len(counts))  # fmt: skip


if __name__ == "__main__":
    run_script(
        main, snakemake, truth=snakemake.output.truth, world=Path(snakemake.input.genome).parent
    )
