"""All scores of single maps, with insulation and boundaries, and their means over maps."""

from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.enhancement.evaluation.boundaries import (
    boundary_counts,
    f1_of_counts,
    insulation_scores,
)
from workflow_scripts.enhancement.evaluation.map_metrics import AGREEMENT, agreement_scores
from workflow_scripts.enhancement.evaluation.scc import stratum_correlation

SCORES = (*AGREEMENT, "insulation_r")
BOUNDARIES = ("boundaries_both", "boundaries_found", "boundaries_true")


def window_scores(
    truth: np.ndarray,
    predicted: np.ndarray,
    *,
    contacts: tuple[np.ndarray, np.ndarray],
    settings: dict[str, Any],
) -> pd.DataFrame:
    """All scores of each map by itself.

    Parameters
    ----------
    truth, predicted, settings
        As `agreement_scores`.
    contacts
        Both as contacts, not logarithms, of which insulation is the mean.

    Returns
    -------
    DataFrame
        One row per map: `SCORES`, and the `BOUNDARIES` in both, in the prediction and in truth.
    """
    found = agreement_scores(truth, predicted, settings)
    own = settings["insulation"]
    scores = [
        insulation_scores(c, window=own["window"], ignore_diagonals=own["ignore_diagonals"])
        for c in contacts
    ]
    known = np.isfinite(scores).all(0)
    filled = [np.where(known, score, 0) for score in scores]
    found["insulation_r"] = stratum_correlation(*filled, known)[0]
    counts = boundary_counts(
        scores[1], scores[0], min_strength=own["min_strength"], tolerance=own["tolerance"]
    )
    return pd.DataFrame(found).assign(**dict(zip(BOUNDARIES, counts.T, strict=True)))


def mean_scores(windows: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Means over maps and the numbers of maps that they are of, by score, and boundary_f1.

    F1 is of all boundaries together; its number is that of the true ones.
    """
    means = {name: (float(windows[name].mean()), int(windows[name].count())) for name in SCORES}
    counts = windows[list(BOUNDARIES)].to_numpy()
    return {**means, "boundary_f1": (f1_of_counts(counts), int(counts[:, 2].sum()))}
