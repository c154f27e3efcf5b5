"""One name per chromatin factor, whatever a table calls it, and signs of filter weights."""

import re

import numpy as np
import pandas as pd

# Other names of a factor, in small letters and figures alone
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
    """Name of a factor in small letters and figures, other names of it replaced.

    `RNA Pol II`, `RNAPII` and `RNA-polymerase-II` are all `rnapii`.
    """
    plain = re.sub(r"[^a-z0-9]", "", factor.lower())
    return ALIASES.get(plain, plain)


def weight_signs(weights: pd.DataFrame) -> pd.Series:
    """Sign (-1, 0, 1) of each factor's filter weight, by plain name.

    Parameters
    ----------
    weights
        Columns factor and weight. Columns of one plain name (replicates, a factor listed twice)
        count by their sum, which is what they do together where they agree.
    """
    sums = weights.groupby(weights.factor.map(plain_name), sort=False).weight.sum()
    return np.sign(sums).astype(int)


def published_signs(published: pd.DataFrame) -> pd.Series:
    """Published signs, by plain name, from the rows of a published table that tell them."""
    rows = published[published.metric.str.startswith("weight_sign_")]
    signs = rows.set_index(rows.metric.str.removeprefix("weight_sign_")).published
    return signs.astype(float).astype(int)


def planted_signs(roles: pd.DataFrame) -> pd.Series:
    """Signs that the simulated world gives its factors (+: with open domains), by plain name."""
    return roles.set_index(roles.target.map(plain_name)).effect.map({"+": 1, "-": -1}).astype(int)


def agreement(signs: pd.Series, known: pd.Series) -> tuple[int, int]:
    """Number of factors whose sign is the known one, and number of those named in both."""
    both = signs.index.intersection(known.index)
    return int((signs[both] == known[both]).sum()), len(both)
