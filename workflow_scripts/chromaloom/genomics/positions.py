"""Positions on chromosomes (bp) as text files have them."""

import numpy as np
import pandas as pd

MAX_POSITION = 2**40  # far beyond any chromosome, and exact however a number is written


def whole_numbers(texts: pd.Series) -> pd.Series:
    """Parse positions: float64, NaN where the text is not a whole number from 0.

    `1e+05`, as R and Excel write it, is 100000; `100.5` has no place on a chromosome.
    """
    values = pd.to_numeric(texts, errors="coerce").astype(np.float64)
    return values.where((values % 1 == 0) & (values >= 0) & (values < MAX_POSITION))
