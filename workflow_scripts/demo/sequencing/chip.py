"""Fragments of a ChIP library: sampled from the expected signal, amplified, read from one end."""

import numpy as np

from workflow_scripts.demo.sequencing.reads import Fragments
from workflow_scripts.demo.world.sequence import COMPLEMENT
from workflow_scripts.demo.world.tracks import STEP


def library_counts(reads: int, duplicate_rate: float, junk_rate: float) -> dict[str, int]:
    """Number of junk reads, PCR duplicates and first copies; they sum to `reads`."""
    junk = round(reads * junk_rate)
    duplicates = round((reads - junk) * duplicate_rate)
    return {"unique": reads - junk - duplicates, "duplicates": duplicates, "junk": junk}


def draw_lengths(
    number: int, mean: float, sd: float, least: int, rng: np.random.Generator
) -> np.ndarray:
    """Fragment lengths in bp, normal, at least the read length and at most mean + 5 sd."""
    return rng.normal(mean, sd, number).clip(least, max(mean + 5 * sd, least)).astype(int)


def draw_fragments(
    signal: list[np.ndarray], sizes: np.ndarray, lengths: np.ndarray, rng: np.random.Generator
) -> Fragments:
    """Draw fragments whose centers follow the signal, equally on both strands.

    Parameters
    ----------
    signal
        Expected density per 25 bp bin, one array per chromosome.
    sizes
        Chromosome lengths in bp, none shorter than the longest fragment.
    lengths
        Length of each fragment in bp.
    rng
        Random stream of the sample.
    """
    # a chromosome's last bin may be shorter and then has fewer centers
    width = [np.minimum(STEP, size - np.arange(len(s)) * STEP) for s, size in zip(signal, sizes)]  # noqa: B905
    weight = np.concatenate([s * w for s, w in zip(signal, width, strict=True)])
    cumulative = weight.cumsum()
    uniform = rng.random(len(lengths)) * cumulative[-1]
    index = np.minimum(np.searchsorted(cumulative, uniform, side="right"), len(weight) - 1)
    first_bin = np.cumsum([0] + [len(s) for s in signal])
    chrom = np.searchsorted(first_bin, index, side="right") - 1
    center = (index - first_bin[chrom]) * STEP
    center += (rng.random(len(lengths)) * np.concatenate(width)[index]).astype(int)
    start = (center - lengths // 2).clip(0, sizes[chrom] - lengths)
    return Fragments(chrom, start, start + lengths, rng.random(len(lengths)) < 0.5)


def amplify(fragments: Fragments, copies: int, rng: np.random.Generator) -> Fragments:
    """Append PCR copies of random fragments: same position, length and strand."""
    rows = np.concatenate(
        [np.arange(len(fragments.start)), rng.integers(0, len(fragments.start), copies)]
    )
    return Fragments(
        fragments.chrom[rows], fragments.start[rows], fragments.end[rows], fragments.reverse[rows]
    )


def read_ends(genome: list[np.ndarray], fragments: Fragments, length: int) -> np.ndarray:
    """The first bases of each fragment on its strand, codes of shape (fragments, length)."""
    offset = np.cumsum([0] + [len(codes) for codes in genome])[:-1]
    joined = np.concatenate(genome)
    steps = np.arange(length)
    forward = (offset[fragments.chrom] + fragments.start)[:, None] + steps
    backward = (offset[fragments.chrom] + fragments.end - 1)[:, None] - steps
    codes = joined[np.where(fragments.reverse[:, None], backward, forward)]
    return np.where(fragments.reverse[:, None], COMPLEMENT[codes], codes)
