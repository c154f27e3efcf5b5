"""DNA of the windows that tile a chromosome."""

from collections.abc import Callable, Mapping

import numpy as np
import pysam

from workflow_scripts.enhancement.apply.stitch import padded_index
from workflow_scripts.enhancement.data.dataset import N_CODE
from workflow_scripts.enhancement.data.windows import CODE

WindowDna = Callable[[int], np.ndarray]


def window_dna(
    genome: pysam.FastaFile,
    chrom: str,
    *,
    resolution: int,
    factor: int,
    window: int,
    circular: bool,
) -> WindowDna:
    """A function that reads the DNA of a window, by its first bin.

    Beyond the ends of a chromosome a window's map is the mirror image of the chromosome's, and its
    DNA the reverse complement; on a circle both continue at the other end.

    Parameters
    ----------
    genome
        Open FASTA with its index.
    chrom
        Name of the chromosome in it.
    resolution, factor, window
        Bin size (bp) of the output; bins of it in one of the input; bins of a window.
    circular
        Whether the chromosome is circular.

    Returns
    -------
    callable
        First bin, a multiple of `factor`, to uint8 (window * resolution,): 0-3 = ACGT, 4 = N, other
        letters, and what the last bin lacks.
    """
    step, length = resolution * factor, genome.get_reference_length(chrom)
    bins, size = -(-length // step), window // factor

    def read(start: int) -> np.ndarray:
        places = np.arange(start // factor, start // factor + size)
        index = padded_index(start // factor, size, bins, circular=circular)
        mirrored = np.zeros(size, bool) if circular else index != places
        found = np.full((size, step), N_CODE, np.uint8)
        for row, (bin_, backward) in enumerate(zip(index.tolist(), mirrored, strict=True)):
            text = genome.fetch(chrom, bin_ * step, min(length, (bin_ + 1) * step))
            found[row, : len(text)] = CODE[np.frombuffer(text.encode("latin-1"), np.uint8)]
            if backward:
                found[row] = reverse_complement(found[row])
        return found.ravel()

    return read


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """Codes of the other strand."""
    return np.where(codes < N_CODE, N_CODE - 1 - codes, codes)[::-1]


def dna_of_map(
    genome: pysam.FastaFile, names: Mapping[str, str], **tiling: int
) -> Callable[[str, bool], WindowDna]:
    """A function of a map's chromosome, and whether it is circular, to its `window_dna`.

    A chromosome that the genome lacks has no known base. `names` has the name in the genome of the
    others.
    """
    size = tiling["resolution"] * tiling["window"]

    def open_chromosome(chrom: str, circular: bool) -> WindowDna:
        if chrom not in names:
            return lambda start: np.full(size, N_CODE, np.uint8)
        return window_dna(genome, names[chrom], circular=circular, **tiling)

    return open_chromosome
