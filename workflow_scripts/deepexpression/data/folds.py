"""Cross-validation: K folds of genes, and training and validation genes of each fold.

A scheme is named by how it groups genes and by K: `random10`, `family3`, `chromosome5`. All cells,
tasks and methods share the folds of a scheme.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.workflow.errors import UserError

GROUPINGS = ("random", "family", "chromosome")
NAME = re.compile(rf"({'|'.join(GROUPINGS)})([1-9]\d*)")
# of ten parts nine train, divided 0.8 : 0.1 into training and validation (Zeng 2018, Methods)
VALID_FRACTION = 1 / 9


@dataclass(frozen=True)
class Folds:
    """Fold of each gene, and groups that are not divided between training and validation.

    genes : str array, shape=(G,); fold : int64 array, shape=(G,), 0 to K - 1;
    group : int64 array, shape=(G,): family of the gene, or its index if genes are independent.
    """

    genes: np.ndarray
    fold: np.ndarray
    group: np.ndarray

    @property
    def number(self) -> int:
        """K."""
        return int(self.fold.max()) + 1


def parse_scheme(name: str) -> tuple[str, int]:
    """Grouping and K of a scheme's name.

    Raises
    ------
    UserError
        The name is no grouping followed by a number of folds of at least two.
    """
    found = NAME.fullmatch(name)
    if not found or int(found[2]) < 2:
        raise UserError(
            f"deepexpression.cv_schemes: {name!r} is no scheme; expected: {', '.join(GROUPINGS)},"
            " followed by a number of folds from 2; fix: for example random10"
        )
    return found[1], int(found[2])


def assign_groups(
    scheme: str, *, chrom: np.ndarray, family: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Assign every gene to a fold and to a group.

    `random`: folds of equal size (up to one gene), as in Zeng 2018. `family`: families stay in one
    fold. `chromosome`: chromosomes stay in one fold, even if a family spans several. Families and
    chromosomes are placed from the largest on, each in the fold with the fewest genes so far.

    Parameters
    ----------
    scheme
        Such as `random10`.
    chrom : str array, shape=(G,)
        Chromosome, '' if unknown.
    family : int array, shape=(G,)
        Families, see `ExpressionData`.
    seed
        Seed of the random order.

    Returns
    -------
    fold, group : int64 arrays, shape=(G,)

    Raises
    ------
    UserError
        There are fewer genes, families or chromosomes than folds, or a gene has no chromosome.
    """
    grouping, n_folds = parse_scheme(scheme)
    rng = np.random.default_rng(seed)
    if grouping == "random":
        group = np.arange(len(family))
        _check_number(scheme, "genes", len(group), n_folds)
        fold = np.empty(len(group), np.int64)
        fold[rng.permutation(len(group))] = np.arange(len(group)) % n_folds
        return fold, group
    group = np.unique(family, return_inverse=True)[1].astype(np.int64)
    if grouping == "family":
        _check_number(scheme, "families of genes", group.max() + 1, n_folds)
        return balance_groups(group, n_folds, rng), group
    if (chrom == "").any():
        raise UserError(
            f"deepexpression.cv_schemes: {scheme}: {(chrom == '').sum()} genes have no chromosome;"
            " expected: the chromosome of every gene; fix: set deepexpression.promoters.tss or use"
            " another scheme"
        )
    home = np.unique(chrom, return_inverse=True)[1]
    _check_number(scheme, "chromosomes", home.max() + 1, n_folds)
    return balance_groups(home, n_folds, rng), group


def balance_groups(group: np.ndarray, n_folds: int, rng: np.random.Generator) -> np.ndarray:
    """Fold of each gene if groups are not divided: the largest first, to the smallest fold."""
    sizes = np.bincount(group)
    order = rng.permutation(len(sizes))  # random order among groups of one size
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of_group, load = np.empty(len(sizes), np.int64), np.zeros(n_folds, np.int64)
    for one in order:
        fold_of_group[one] = load.argmin()
        load[fold_of_group[one]] += sizes[one]
    return fold_of_group[group]


def split_genes(folds: Folds, fold: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training, validation and test genes of one fold, as ascending indices.

    The test genes are those of the fold. About a ninth of the others are validation genes (8 : 1),
    drawn in whole groups by the seed and the fold.
    """
    test = np.flatnonzero(folds.fold == fold)
    rest = np.flatnonzero(folds.fold != fold)
    groups = np.unique(folds.group[rest])
    order = np.random.default_rng([seed, fold]).permutation(groups)
    rank = np.empty(folds.group.max() + 1, np.int64)
    rank[order] = np.arange(len(order))
    by_rank = np.sort(rank[folds.group[rest]])
    # rank of the last validation group: a ninth of the genes, not of the groups
    last = by_rank[max(0, round(len(rest) * VALID_FRACTION) - 1)]
    valid = rank[folds.group[rest]] <= last
    return rest[~valid], rest[valid], test


def write_folds(path: str | Path, folds: Folds) -> None:
    """Write a table with gene, fold and group."""
    table = pd.DataFrame({"gene": folds.genes, "fold": folds.fold, "group": folds.group})
    write_table(table, path)


def read_folds(path: str | Path) -> Folds:
    """Read a table written by `write_folds`."""
    table = pd.read_csv(path, sep="\t", dtype={"gene": str}, keep_default_na=False)
    return Folds(table.gene.to_numpy(str), table.fold.to_numpy(), table.group.to_numpy())


def _check_number(scheme: str, what: str, available: int, needed: int) -> None:
    if available < needed:
        raise UserError(
            f"deepexpression.cv_schemes: {scheme}: {available} {what} for {needed} folds; expected:"
            f" at least {needed}; fix: use fewer folds or another scheme"
        )
