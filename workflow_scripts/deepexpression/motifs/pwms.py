"""Position weight matrices: from the sites at which kernels are active, and as MEME files.

Count matrices have shape (width, 4) with columns A, C, G, T.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path

GENES_AT_ONCE = 64  # limits the memory of one-hot words and kernel scores


@dataclass(frozen=True)
class Motif:
    """A motif: name, (mean) number of sites, base counts of shape (width, 4)."""

    name: str
    sites: float
    counts: np.ndarray

    def frequencies(self, pseudocount: float) -> np.ndarray:
        """Base frequencies with `pseudocount` uniform sites added, shape=(width, 4)."""
        counts = self.counts + pseudocount / 4
        return counts / counts.sum(axis=1, keepdims=True)


def information(frequencies: np.ndarray) -> float:
    """Information content of a motif relative to uniform bases, bits."""
    logs = np.log2(np.maximum(frequencies, 1e-12))
    return float((frequencies * (logs + 2)).sum())


def active_counts(
    kernels: np.ndarray, codes: np.ndarray, alpha: float, *, both_strands: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Count the bases of the words at which each kernel is active (Zeng 2018).

    Kernel w is active at word x if Σ_m Σ_n w_mn x_mn > α Σ_m max_n w_mn. It is not active at words
    with an unknown base, nor if its maximum score is not positive.

    Parameters
    ----------
    kernels : float array, shape=(width, 4, K)
        Kernel weights.
    codes : uint8 array, shape=(G, length)
        0-3 = ACGT, other codes are unknown.
    alpha
        α, fraction of the maximum score.
    both_strands
        Also count words of the other strand, reverse-complemented.

    Returns
    -------
    counts : float64 array, shape=(K, width, 4)
        Base counts of the active words.
    sites : int64 array, shape=(K,)
        Number of active words.
    """
    width, _, number = kernels.shape
    top = kernels.max(axis=1).sum(axis=0)
    threshold = np.where(top > 0, alpha * top, np.inf).astype(np.float32)
    counts, sites = np.zeros((number, width * 4)), np.zeros(number, np.int64)
    letters = np.vstack([np.eye(4, dtype=np.float32), np.zeros((256 - 4, 4), np.float32)])
    # the reverse complement flips positions and bases; the counts are flipped back below
    strands = [kernels, kernels[::-1, ::-1]] if both_strands else [kernels]
    for first in range(0, len(codes), GENES_AT_ONCE):
        some = codes[first : first + GENES_AT_ONCE]
        words = np.lib.stride_tricks.sliding_window_view(some, width, axis=1).reshape(-1, width)
        rows = letters[words[(words < 4).all(axis=1)]].reshape(-1, width * 4)
        for strand, weights in enumerate(strands):
            scores = rows @ weights.reshape(width * 4, number).astype(np.float32)
            active = scores > threshold
            found = (active.T.astype(np.float32) @ rows).astype(np.float64)
            counts += found[:, ::-1] if strand else found
            sites += active.sum(axis=0)
    return counts.reshape(number, width, 4), sites


def write_meme(path: str | Path, motifs: list[Motif], pseudocount: float) -> None:
    """Write motifs in MEME format, version 4; base frequencies include the pseudocount."""
    lines = ["MEME version 4", "", "ALPHABET= ACGT", "", "strands: + -", ""]
    lines += ["Background letter frequencies", "A 0.25 C 0.25 G 0.25 T 0.25", ""]
    for motif in motifs:
        frequencies = motif.frequencies(pseudocount)
        lines += [f"MOTIF {motif.name}", "letter-probability matrix: alength= 4"
                  f" w= {len(frequencies)} nsites= {motif.sites:.6g} E= 0"]  # fmt: skip
        lines += [" ".join(f"{value:.6f}" for value in row) for row in frequencies]
        lines += [""]
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines))


def read_meme(path: str | Path) -> dict[str, np.ndarray]:
    """Read the base frequencies of each motif, shape=(width, 4); a file can have none."""
    found, lines = {}, iter(Path(path).read_text().splitlines())
    for line in lines:
        if line.startswith("MOTIF"):
            name = line.split()[1]
        elif line.startswith("letter-probability"):
            width = int(line.split("w=")[1].split()[0])
            found[name] = np.array([next(lines).split() for _ in range(width)], float)
    return found
