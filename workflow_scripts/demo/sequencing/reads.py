"""Sequencing: base qualities, errors at the rates of the qualities, and FASTQ output."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import gzip_writer
from workflow_scripts.demo.world.sequence import LETTERS, N

# Qualities come in the four levels of current instruments; N has the lowest.
LEVELS = np.array([2, 12, 23, 37], dtype=np.uint8)
LOW, MIDDLE = 2.2, 3.6  # standard normal thresholds at which a quality falls to 23 and to 12
FADE = 1.6  # decrease of the thresholds from the first to the last base
READ_SD = 0.5  # standard deviation between reads
OFFSET = 33
CHUNK = 50_000


@dataclass(frozen=True)
class Fragments:
    """Fragments on the genome, 0-based half-open; arrays of shape (fragments,)."""

    chrom: np.ndarray  # index into the chromosomes, int
    start: np.ndarray
    end: np.ndarray
    reverse: np.ndarray  # bool: the read starts at the fragment's end, on the minus strand


def draw_qualities(shape: tuple[int, int], scale: float, rng: np.random.Generator) -> np.ndarray:
    """Phred qualities that decrease along the read, shape (reads, length), uint8.

    `scale` is the config's quality_fade: 0 gives equal quality at every position.
    """
    depth = rng.standard_normal(shape, dtype=np.float32)
    depth += READ_SD * rng.standard_normal((shape[0], 1), dtype=np.float32)
    depth += scale * FADE * np.linspace(0, 1, shape[1], dtype=np.float32) ** 2
    return LEVELS[3 - (depth > LOW).astype(np.uint8) - (depth > MIDDLE)]


def add_errors(
    codes: np.ndarray, qualities: np.ndarray, n_rate: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Substitute bases with probability 10^(-Q/10), and replace a few by N.

    Returns
    -------
    tuple of numpy.ndarray
        New codes and qualities; N has quality 2.
    """
    uniform = rng.random(codes.shape, dtype=np.float32)
    error = uniform < np.power(10, -np.arange(42) / 10).astype(np.float32)[qualities]
    shift = rng.integers(1, 4, int(error.sum()), dtype=np.uint8)
    codes, qualities = codes.copy(), qualities.copy()
    # N is never substituted
    codes[error] = np.where(codes[error] == N, N, (codes[error] + shift) % 4)
    blank = rng.random(codes.shape, dtype=np.float32) < n_rate
    codes[blank], qualities[blank | (codes == N)] = N, LEVELS[0]
    return codes, qualities


def random_bases(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Junk reads from outside the genome: codes with equal base frequencies."""
    return rng.integers(0, 4, shape, dtype=np.uint8)


def write_fastq(path: str | Path, prefix: str, codes: np.ndarray, qualities: np.ndarray) -> None:
    """Write reads of one length as gzipped FASTQ, named prefix.0000001 and so on.

    All records have the same number of bytes and are written as one array.
    """
    reads, length = codes.shape
    name = f"@{prefix}.".encode()
    digits = len(str(reads))
    seq = len(name) + digits + 1
    qual = seq + length + 3
    with gzip_writer(path) as handle:
        for first in range(0, reads, CHUNK):
            part = slice(first, first + CHUNK)
            number = np.arange(first, min(first + CHUNK, reads)) + 1
            record = np.full((len(number), qual + length + 1), ord("\n"), dtype=np.uint8)
            record[:, : len(name)] = np.frombuffer(name, dtype=np.uint8)
            powers = 10 ** np.arange(digits - 1, -1, -1)
            record[:, len(name) : seq - 1] = number[:, None] // powers % 10 + ord("0")
            record[:, seq : seq + length] = LETTERS[codes[part]]
            record[:, seq + length + 1] = ord("+")
            record[:, qual : qual + length] = qualities[part] + OFFSET
            handle.write(record.tobytes())
