"""Splits of genes into training, validation and test sets."""

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError

PARTS = ("train", "valid", "test")


def contiguous_thirds(names: np.ndarray) -> np.ndarray:
    """Thirds of the names in sorted order, as Singh 2016 splits genes: train, valid, test.

    Returns an array of str, shape=(n,). The paper's 19,802 rows give 6601, 6601 and 6600.
    """
    bounds = [-(-len(names) * third // 3) for third in (1, 2)]
    rank = np.empty(len(names), int)
    rank[np.argsort(names, kind="stable")] = np.arange(len(names))
    return np.array(PARTS)[np.searchsorted(bounds, rank, side="right")]


def random_thirds(names: np.ndarray, seed: int) -> np.ndarray:
    """Thirds of the names in a random order that depends only on the names and the seed."""
    rank = np.empty(len(names), int)
    rank[np.argsort(names, kind="stable")] = np.random.default_rng(seed).permutation(len(names))
    return np.array(PARTS)[3 * rank // len(names)]


def by_chromosome(chrom: np.ndarray, valid: list[str], test: list[str], where: str) -> np.ndarray:
    """Assign genes of the named chromosomes to validation and test, the others to training.

    Raises `UserError` naming the config section `where` for a chromosome without genes, or one that
    is in both sets.
    """
    if both := sorted(set(valid) & set(test)):
        raise UserError(
            f"{where}: chromosome {both[0]!r} is in valid_chromosomes and test_chromosomes"
        )
    for key, names in (("valid_chromosomes", valid), ("test_chromosomes", test)):
        if not names:
            raise UserError(f"{where}: {key} is empty; split chromosome needs at least one")
        if absent := [name for name in names if name not in set(chrom)]:
            raise UserError(
                f"{where}: {key}: {absent[0]!r} holds no gene;"
                f" available: {', '.join(sorted(set(chrom)))}"
            )
    return np.select([np.isin(chrom, valid), np.isin(chrom, test)], ["valid", "test"], "train")
