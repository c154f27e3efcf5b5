"""Motif matrices: from the sites at which kernels are active, and as MEME text.

A matrix of counts has shape (width, 4), columns A C G T.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path

GENES_AT_ONCE = 64  # their words as one-hot rows, and the kernels' scores, fit the memory


@dataclass(frozen=True)
class Motif:
    """A motif: its name, the mean or number of sites, letter counts of shape (width, 4)."""

    name: str
    sites: float
    counts: np.ndarray

    def probabilities(self, pseudocount: float) -> np.ndarray:
        """Letters' shares after `pseudocount` sites of equal letters, shape=(width, 4)."""
        counts = self.counts + pseudocount / 4
        return counts / counts.sum(axis=1, keepdims=True)


def information(probabilities: np.ndarray) -> float:
    """Information of a motif over equal letters, bits."""
    logs = np.log2(np.maximum(probabilities, 1e-12))
    return float((probabilities * (logs + 2)).sum())


def active_counts(
    kernels: np.ndarray, codes: np.ndarray, alpha: float, *, both: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Pool the words at which each kernel is active (Zeng 2018).

    A word x is active for kernel w when Σ_m Σ_n w_mn x_mn > α Σ_m max_n w_mn. Words with an
    unknown letter never are, nor is any for a kernel whose largest possible score is not positive.

    Parameters
    ----------
    kernels : float array, shape=(width, 4, K)
        Weights.
    codes : uint8 array, shape=(G, length)
        0-3 = ACGT, any other code is unknown.
    alpha
        α, share of the largest possible score.
    both
        Words of the other strand count, too, read in the kernel's direction.

    Returns
    -------
    counts : float64 array, shape=(K, width, 4)
        Letters of the active words.
    sites : int64 array, shape=(K,)
        Their number.
    """
    width, _, number = kernels.shape
    top = kernels.max(axis=1).sum(axis=0)
    threshold = np.where(top > 0, alpha * top, np.inf).astype(np.float32)
    counts, sites = np.zeros((number, width * 4)), np.zeros(number, np.int64)
    letters = np.vstack([np.eye(4, dtype=np.float32), np.zeros((256 - 4, 4), np.float32)])
    # the reverse complement flips positions and letters; its words' letters are turned back below
    strands = [kernels, kernels[::-1, ::-1]] if both else [kernels]
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
    """Write motifs as MEME text, version 4; the letters' shares include the pseudo-count."""
    lines = ["MEME version 4", "", "ALPHABET= ACGT", "", "strands: + -", ""]
    lines += ["Background letter frequencies", "A 0.25 C 0.25 G 0.25 T 0.25", ""]
    for motif in motifs:
        shares = motif.probabilities(pseudocount)
        lines += [f"MOTIF {motif.name}", "letter-probability matrix: alength= 4"
                  f" w= {len(shares)} nsites= {motif.sites:.6g} E= 0"]  # fmt: skip
        lines += [" ".join(f"{share:.6f}" for share in row) for row in shares]
        lines += [""]
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines))


def read_meme(path: str | Path) -> dict[str, np.ndarray]:
    """Read the letters' shares of each motif, shape=(width, 4), of a file that may have none."""
    found, lines = {}, iter(Path(path).read_text().splitlines())
    for line in lines:
        if line.startswith("MOTIF"):
            name = line.split()[1]
        elif line.startswith("letter-probability"):
            width = int(line.split("w=")[1].split()[0])
            found[name] = np.array([next(lines).split() for _ in range(width)], float)
    return found
