"""Binding motifs: JASPAR matrices, sites sampled from them, and scores.

The matrices are from the JASPAR 2024 CORE collection (vertebrates), as included in pyjaspar.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pyjaspar import jaspardb

RELEASE = "JASPAR2024"
PSEUDOCOUNT = 0.5

# name, matrix, role, weight: log2 units of expression per site at activity 1 (promoters); logit
# units of being active per site at activity 1 (enhancers); not used for the insulator
CATALOG = (
    ("SP1", "MA0079.5", "activator", 0.6),
    ("NFYA", "MA0060.4", "activator", 0.5),
    ("NRF1", "MA0506.3", "activator", 0.7),
    ("ELK1", "MA0028.3", "activator", 0.6),
    ("CREB1", "MA0018.5", "activator", 0.5),
    ("YY1", "MA0095.4", "activator", 0.5),
    ("USF1", "MA0093.4", "activator", 0.4),
    ("REST", "MA0138.3", "repressor", -0.9),
    ("GFI1", "MA0038.3", "repressor", -0.6),
    ("SNAI2", "MA0745.3", "repressor", -0.5),
    ("ZBTB33", "MA0527.2", "repressor", -0.5),
    ("SPI1", "MA0080.7", "enhancer", 0.6),
    ("CEBPA", "MA0102.5", "enhancer", 0.6),
    ("HNF4A", "MA0114.5", "enhancer", 0.6),
    ("TEAD1", "MA0090.4", "enhancer", 0.6),
    ("CTCF", "MA0139.2", "insulator", 0.0),
)
PROMOTER_ROLES = ("activator", "repressor")


@dataclass(frozen=True)
class Motif:
    """A motif: its JASPAR matrix, role in the world, and weight."""

    name: str
    matrix: str
    role: str
    weight: float
    probabilities: np.ndarray  # shape (length, 4), rows sum to 1, columns A C G T

    @property
    def length(self) -> int:
        """Length in bp."""
        return len(self.probabilities)

    @property
    def log_odds(self) -> np.ndarray:
        """Scores in bits over equal base frequencies, shape (length, 4)."""
        return np.log2(self.probabilities / 0.25)

    @property
    def threshold(self) -> float:
        """Minimum score in bits of planted sites.

        It is one standard deviation below the mean score of sites drawn from the matrix.
        """
        mean = (self.probabilities * self.log_odds).sum(axis=1)
        square = (self.probabilities * self.log_odds**2).sum(axis=1)
        return float(mean.sum() - np.sqrt((square - mean**2).sum()))


def load_motifs() -> dict[str, Motif]:
    """All motifs of the world by name, in the order of `CATALOG`."""
    database = jaspardb(release=RELEASE)
    motifs = {}
    for name, matrix, role, weight in CATALOG:
        counts = database.fetch_motif_by_id(matrix).counts
        table = np.array([counts[base] for base in "ACGT"], dtype=float).T + PSEUDOCOUNT
        motifs[name] = Motif(name, matrix, role, weight, table / table.sum(axis=1, keepdims=True))
    return motifs


def strengthen(motifs: dict[str, Motif], least: float) -> dict[str, Motif]:
    """The motifs, with the weights of promoter motifs raised to `least` if smaller."""
    return {
        name: replace(motif, weight=float(np.copysign(max(abs(motif.weight), least), motif.weight)))
        if motif.role in PROMOTER_ROLES
        else motif
        for name, motif in motifs.items()
    }


def motifs_of(motifs: dict[str, Motif], *roles: str) -> list[Motif]:
    """The motifs that have one of the roles."""
    return [motif for motif in motifs.values() if motif.role in roles]


def score(motif: Motif, codes: np.ndarray) -> np.ndarray:
    """Score in bits of sequences, codes of shape (..., length), read on their given strand."""
    return motif.log_odds[np.arange(motif.length), codes].sum(axis=-1)


def sample_sites(motif: Motif, number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw sites from the matrix and keep those that reach the threshold.

    Returns
    -------
    numpy.ndarray, shape (number, length), uint8
    """
    cumulative = motif.probabilities.cumsum(axis=1)
    found = np.empty((0, motif.length), dtype=np.uint8)
    while len(found) < number:
        uniform = rng.random((2 * number + 16, motif.length, 1))
        codes = (uniform > cumulative[None, :, :3]).sum(axis=2).astype(np.uint8)
        found = np.concatenate([found, codes[score(motif, codes) >= motif.threshold]])
    return found[:number]


def place_sites(
    regions: pd.DataFrame, counts: np.ndarray, motifs: list[Motif], rng: np.random.Generator
) -> pd.DataFrame:
    """Choose positions and strands for motif sites so that none overlaps another in its region.

    `regions` has the columns owner, chrom, start, end; `counts` gives the sites per region and
    motif, shape (regions, motifs). Sites that do not fit are left out.

    Returns
    -------
    pandas.DataFrame
        Columns chrom, start, end, strand, motif, matrix, owner.
    """
    rows = []
    for region, number in zip(regions.itertuples(index=False), counts, strict=True):
        chosen = rng.permutation(np.repeat(np.arange(len(motifs)), number))
        lengths = np.array([motifs[i].length for i in chosen], dtype=int)
        fits = lengths.cumsum() <= region.end - region.start
        chosen, lengths = chosen[fits], lengths[fits]
        free = region.end - region.start - lengths.sum()
        # random cuts of the free space, with the sites in between
        starts = region.start + np.sort(rng.integers(0, free + 1, len(chosen)))
        starts += lengths.cumsum() - lengths
        strands = rng.choice(["+", "-"], len(chosen))
        for i, start, strand in zip(chosen, starts, strands, strict=True):
            motif = motifs[i]
            rows.append((region.chrom, int(start), int(start) + motif.length, strand, motif.name,
                         motif.matrix, region.owner))  # fmt: skip
    columns = ["chrom", "start", "end", "strand", "motif", "matrix", "owner"]
    return pd.DataFrame(rows, columns=columns).astype({"start": int, "end": int})
