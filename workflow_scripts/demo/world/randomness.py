"""Independent random streams, one per purpose and name.

A stream depends only on the run's seed and its purpose, not on earlier draws. Samples can therefore
be simulated in any order, and adding a cell type does not change the others.
"""

import hashlib

import numpy as np


def stream(seed: int, *purpose: str) -> np.random.Generator:
    """Random generator for one purpose, such as `stream(1, "domain states", "Alpha")`.

    The purpose is hashed by BLAKE2b, because Python's own `hash` differs from run to run.
    """
    digest = hashlib.blake2b("\0".join(purpose).encode(), digest_size=16).digest()
    words = np.frombuffer(digest, dtype="<u4")
    return np.random.default_rng([seed, *map(int, words)])
