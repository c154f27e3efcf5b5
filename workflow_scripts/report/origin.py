"""Rows of simulated worlds apart from rows of real data."""

from collections.abc import Collection

import pandas as pd

REAL, SIMULATED = "real", "simulated"
# what stands over numbers of simulated data
NOTICE = (
    "The numbers show that the workflow works; they do not test the papers, whose published values"
    " are of other data."
)


def by_origin(
    metrics: pd.DataFrame, simulated: Collection[str], real: Collection[str]
) -> dict[str, pd.DataFrame]:
    """Split rows of metrics.tsv by where their data are from.

    Parameters
    ----------
    metrics
        Rows with a column `sample`: a cell, or a name that stands for several.
    simulated, real
        Cells of the run of either kind.

    Returns
    -------
    dict
        "real" and "simulated", in this order; those without rows are left out. Rows over several
        cells count as simulated as soon as the run has a simulated cell.
    """
    pooled = ~metrics["sample"].isin({*simulated, *real})
    made_up = metrics["sample"].isin(set(simulated)) | (pooled & bool(simulated))
    parts = {REAL: metrics[~made_up], SIMULATED: metrics[made_up]}
    return {origin: rows for origin, rows in parts.items() if len(rows)}
