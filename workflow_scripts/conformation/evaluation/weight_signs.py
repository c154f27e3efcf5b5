"""Signs of the filter weights, and uniform names of factors to compare them by."""

import re

import numpy as np
import pandas as pd

# Synonyms of factors, lowercase letters and digits only
ALIASES = {
    "rnapolii": "rnapii",
    "rnapolymeraseii": "rnapii",
    "polii": "rnapii",
    "pol2": "rnapii",
    "nurf301": "nurf",
    "beaf32": "beaf",
    "chriz": "chro",
    "chromator": "chro",
}


def plain_name(factor: str) -> str:
    """Lowercase letters and digits of a factor's name, with synonyms replaced.

    `RNA Pol II`, `RNAPII` and `RNA-polymerase-II` all become `rnapii`.
    """
    plain = re.sub(r"[^a-z0-9]", "", factor.lower())
    return ALIASES.get(plain, plain)


def weight_signs(weights: pd.DataFrame) -> pd.Series:
    """Sign (-1, 0, 1) of each factor's filter weight, by plain name.

    Parameters
    ----------
    weights
        Columns factor and weight. Weights of one plain name (a factor listed twice) are summed:
        together they act on σ by their sum.
    """
    sums = weights.groupby(weights.factor.map(plain_name), sort=False).weight.sum()
    return np.sign(sums).astype(int)


def published_signs(published: pd.DataFrame) -> pd.Series:
    """Published signs by plain name, from the rows `weight_sign_…` of a published table."""
    rows = published[published.metric.str.startswith("weight_sign_")]
    signs = rows.set_index(rows.metric.str.removeprefix("weight_sign_")).published
    return signs.astype(float).astype(int)


def planted_signs(roles: pd.DataFrame) -> pd.Series:
    """Signs of the factors in the simulated world (+: in open domains), by plain name."""
    return roles.set_index(roles.target.map(plain_name)).effect.map({"+": 1, "-": -1}).astype(int)


def count_matching(signs: pd.Series, known: pd.Series) -> tuple[int, int]:
    """Number of factors with the known sign, and number of factors in both series."""
    both = signs.index.intersection(known.index)
    return int((signs[both] == known[both]).sum()), len(both)
