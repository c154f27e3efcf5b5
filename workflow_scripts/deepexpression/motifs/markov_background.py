"""Concatenated DNA sequences and the Markov chain of their background."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from workflow_scripts.deepexpression.data.dataset import UNKNOWN


@dataclass(frozen=True)
class Sequences:
    """Concatenated sequences.

    Attributes
    ----------
    codes : uint8 array, shape=(N,)
        0-3 = ACGT, 4 = unknown.
    bounds : int64 array, shape=(S + 1,)
        Sequence s is codes[bounds[s] : bounds[s + 1]].
    background : float64 array, shape=(N,)
        Probability of each base given the bases before it; 1 if the base is unknown.
    """

    codes: np.ndarray
    bounds: np.ndarray
    background: np.ndarray


def make_sequences(parts: list[np.ndarray], order: int, *, local_gc: bool = False) -> Sequences:
    """Concatenate sequences and compute background probabilities by a Markov chain.

    The chain is `background_chain`; the first bases of a sequence and those after an unknown base
    have shorter histories. With `local_gc` the probabilities are adjusted to the GC content of each
    sequence; otherwise modules are found where GC content differs from the mean.
    """
    codes = np.concatenate(parts).astype(np.uint8)
    bounds = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    tables = background_chain(parts, order)
    gc = tables[0][0, 1:3].sum()
    background = np.ones(len(codes))
    for start, end in pairwise(bounds):
        index, known = _histories(codes[start:end], order)
        tilt = gc_tilt(codes[start:end], gc) if local_gc else np.ones(4)
        for size, table in enumerate(tables):
            here = (known == size) & (codes[start:end] < UNKNOWN)
            tilted = table * tilt
            tilted /= tilted.sum(axis=1, keepdims=True)
            background[start:end][here] = tilted[index[here] % 4**size, codes[start:end][here]]
    return Sequences(codes, bounds, background)


def gc_tilt(codes: np.ndarray, gc: float) -> np.ndarray:
    """Factors of A, C, G, T that adjust GC content `gc` to that of a sequence, shape=(4,).

    A pseudocount of 20 bases keeps short sequences close to `gc`.
    """
    known = codes[codes < UNKNOWN]
    own = (np.isin(known, (1, 2)).sum() + 20 * gc) / (len(known) + 20)
    strong, weak = own / gc, (1 - own) / (1 - gc)
    return np.array([weak, strong, strong, weak])


def background_chain(parts: list[np.ndarray], order: int) -> list[np.ndarray]:
    """Base probabilities after each history of 0, 1, ..., `order` bases, (4^size, 4) each.

    Estimated from the sequences and their reverse complements, with a pseudocount of 1.
    """
    tables = [np.ones((4**size, 4)) for size in range(order + 1)]
    for part in parts:
        for strand in (part, np.where(part < UNKNOWN, 3 - part, part)[::-1]):
            _count(strand.astype(np.uint8), tables, order)
    return [table / table.sum(axis=1, keepdims=True) for table in tables]


def draw_background(parts: list[np.ndarray], order: int, rng) -> list[np.ndarray]:
    """Draw sequences of the same lengths from the background chain: a control without motifs."""
    limits = [table.cumsum(axis=1) for table in background_chain(parts, order)]
    drawn = []
    for part in parts:
        index, letters = 0, np.empty(len(part), np.uint8)
        for place, uniform in enumerate(rng.random(len(part))):
            size = min(place, order)
            row = limits[size][index % 4**size]
            letters[place] = min(int((uniform >= row).sum()), 3)
            index = (index * 4 + int(letters[place])) % 4**order
        drawn.append(letters)
    return drawn


def _histories(codes: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """History of each position as a base-4 number, and how many of its bases are known."""
    index, known = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
    unbroken = np.ones(len(codes), bool)
    for back in range(1, order + 1):
        before = np.full(len(codes), UNKNOWN, np.uint8)
        before[back:] = codes[:-back]
        unbroken &= before < UNKNOWN
        known += unbroken
        index += np.where(unbroken, before, 0).astype(np.int64) * 4 ** (back - 1)
    return index, known


def _count(codes: np.ndarray, tables: list[np.ndarray], order: int) -> None:
    index, known = _histories(codes, order)
    for size, table in enumerate(tables):
        here = (known >= size) & (codes < UNKNOWN)
        np.add.at(table, (index[here] % 4**size, codes[here]), 1)
