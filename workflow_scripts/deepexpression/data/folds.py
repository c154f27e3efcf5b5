"""Dividing genes into K folds, and the rest of a fold into training and validation.

A split is named by its scheme and K: `random10`, `family3`, `chromosome5`. One division serves all
cells, tasks and methods.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.workflow.errors import UserError

SCHEMES = ("random", "family", "chromosome")
NAME = re.compile(rf"({'|'.join(SCHEMES)})([1-9]\d*)")
# of ten groups nine train, split 0.8 : 0.1 into training and validation (Zeng 2018, Methods)
VALID_SHARE = 1 / 9


@dataclass(frozen=True)
class Folds:
    """Fold of each gene, and what must not be torn apart between training and validation.

    genes : str array, shape=(G,); fold : int64 array, shape=(G,), 0 to K - 1;
    group : int64 array, shape=(G,): genes of one number go together (families, else single genes).
    """

    genes: np.ndarray
    fold: np.ndarray
    group: np.ndarray

    @property
    def number(self) -> int:
        """K."""
        return int(self.fold.max()) + 1


def parse_split(name: str) -> tuple[str, int]:
    """Scheme and K of a split's name.

    Raises
    ------
    UserError
        Not a scheme and a number of folds, or fewer than two of them.
    """
    found = NAME.fullmatch(name)
    if not found or int(found[2]) < 2:
        raise UserError(
            f"split {name!r}; allowed: {', '.join(SCHEMES)} followed by a number of folds ≥ 2,"
            " as random10"
        )
    return found[1], int(found[2])


def assign(
    name: str, *, chrom: np.ndarray, family: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give every gene its fold, and the group that it is not to be parted from.

    `random`: K groups as equal as may be, whatever the genes are, as Zeng 2018. `family`: families
    stay whole. `chromosome`: chromosomes stay whole, whatever families lie on several of them.
    Whole things go, largest first, each to the fold with the fewest genes so far.

    Parameters
    ----------
    name
        The split.
    chrom : str array, shape=(G,)
        Chromosome, '' where unknown.
    family : int array, shape=(G,)
        Families, see `ExpressionData`.
    seed
        Of the random order.

    Returns
    -------
    fold, group : int64 arrays, shape=(G,)

    Raises
    ------
    UserError
        Fewer genes, families or chromosomes than folds; a gene without a chromosome.
    """
    scheme, number = parse_split(name)
    rng = np.random.default_rng(seed)
    if scheme == "random":
        group = np.arange(len(family))
        _enough(name, "genes", len(group), number)
        fold = np.empty(len(group), np.int64)
        fold[rng.permutation(len(group))] = np.arange(len(group)) % number
        return fold, group
    group = np.unique(family, return_inverse=True)[1].astype(np.int64)
    if scheme == "family":
        _enough(name, "families of genes", group.max() + 1, number)
        return balance(group, number, rng), group
    if (chrom == "").any():
        raise UserError(
            f"split {name!r}: {(chrom == '').sum()} genes have no chromosome;"
            " give deepexpression.promoters.tss or another split"
        )
    home = np.unique(chrom, return_inverse=True)[1]
    _enough(name, "chromosomes", home.max() + 1, number)
    return balance(home, number, rng), group


def balance(group: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Fold of each gene when groups stay whole: the largest first, to the smallest fold."""
    sizes = np.bincount(group)
    order = rng.permutation(len(sizes))  # ties fall by chance, not by name
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of_group, load = np.empty(len(sizes), np.int64), np.zeros(number, np.int64)
    for one in order:
        fold_of_group[one] = load.argmin()
        load[fold_of_group[one]] += sizes[one]
    return fold_of_group[group]


def parts(folds: Folds, fold: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training, validation and test genes of one fold, as ascending indices.

    The test genes are the fold's; of the others about a ninth validates (8 : 1), whole groups at a
    time, drawn by the seed and the fold.
    """
    test = np.flatnonzero(folds.fold == fold)
    rest = np.flatnonzero(folds.fold != fold)
    groups = np.unique(folds.group[rest])
    order = np.random.default_rng([seed, fold]).permutation(groups)
    rank = np.empty(folds.group.max() + 1, np.int64)
    rank[order] = np.arange(len(order))
    by_rank = np.sort(rank[folds.group[rest]])
    # the last group that validates: the ninth of the genes, not of the groups
    last = by_rank[max(0, round(len(rest) * VALID_SHARE) - 1)]
    valid = rank[folds.group[rest]] <= last
    return rest[~valid], rest[valid], test


def write_folds(path: str | Path, folds: Folds) -> None:
    """Write a table with gene, fold and group."""
    table = pd.DataFrame({"gene": folds.genes, "fold": folds.fold, "group": folds.group})
    write_table(table, path)


def read_folds(path: str | Path) -> Folds:
    """Read what `write_folds` wrote."""
    table = pd.read_csv(path, sep="\t", dtype={"gene": str}, keep_default_na=False)
    return Folds(table.gene.to_numpy(str), table.fold.to_numpy(), table.group.to_numpy())


def _enough(name: str, what: str, there: int, needed: int) -> None:
    if there < needed:
        raise UserError(f"split {name!r}: {there} {what} for {needed} folds; allowed: as many")
