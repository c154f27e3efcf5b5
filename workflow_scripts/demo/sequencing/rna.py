"""Fragments of an RNA library: sampled from transcripts by abundance and effective length."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from workflow_scripts.demo.world.genes import exon_list
from workflow_scripts.demo.world.sequence import COMPLEMENT, reverse_complement


def spliced_sequences(genome: dict[str, np.ndarray], transcripts: pd.DataFrame) -> list[np.ndarray]:
    """Codes of each transcript: exons joined, in the transcript's direction."""
    sequences = []
    for form in transcripts.itertuples():
        codes = np.concatenate([genome[form.chrom][s:e] for s, e in exon_list(form)])
        sequences.append(codes if form.strand == "+" else reverse_complement(codes))
    return sequences


def length_distribution(mean: float, sd: float, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Fragment lengths from `least` to mean + 4 sd and their normal probabilities."""
    lengths = np.arange(least, max(int(mean + 4 * sd), least) + 1)
    weight = norm.pdf(lengths, mean, sd) if sd > 0 else (lengths == int(max(mean, least))) * 1.0
    return lengths, weight / weight.sum()


def effective_lengths(transcript_lengths: np.ndarray, lengths: np.ndarray, probability: np.ndarray):
    """Mean number of start positions of a fragment, by transcript and fragment length.

    Returns
    -------
    numpy.ndarray, shape (transcripts, lengths)
        probability · (transcript − fragment + 1), 0 if the fragment is too long; the sum over
        fragment lengths is the effective length.
    """
    places = transcript_lengths[:, None] - lengths[None, :] + 1
    return probability * places.clip(min=0)


def draw_fragments(
    tpm: np.ndarray,
    transcript_lengths: np.ndarray,
    number: int,
    fragment: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw fragments by TPM times effective length.

    Returns
    -------
    tuple of numpy.ndarray
        Transcript row, start in the transcript (0-based) and length of each fragment, in random
        order.
    """
    lengths, probability = fragment
    weight = tpm[:, None] * effective_lengths(transcript_lengths, lengths, probability)
    cumulative = weight.ravel().cumsum()
    uniform = rng.random(number) * cumulative[-1]
    cell = np.minimum(np.searchsorted(cumulative, uniform, side="right"), weight.size - 1)
    row, length = cell // len(lengths), lengths[cell % len(lengths)]
    places = transcript_lengths[row] - length + 1
    return row, (rng.random(number) * places).astype(int), length


def read_pairs(
    sequences: list[np.ndarray],
    row: np.ndarray,
    start: np.ndarray,
    length: np.ndarray,
    read_length: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Both mates of each fragment, inward; the order of the ends is random (unstranded).

    Returns
    -------
    tuple of numpy.ndarray, each of shape (fragments, read_length), uint8
    """
    offset = np.cumsum([0] + [len(codes) for codes in sequences])[:-1]
    joined = np.concatenate(sequences)
    steps = np.arange(read_length)
    left = joined[(offset[row] + start)[:, None] + steps]
    right = COMPLEMENT[joined[(offset[row] + start + length - 1)[:, None] - steps]]
    swap = rng.random(len(row))[:, None] < 0.5
    return np.where(swap, right, left), np.where(swap, left, right)
