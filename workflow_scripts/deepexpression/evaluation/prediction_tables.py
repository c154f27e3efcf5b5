"""Tables of predictions, with the same columns for every method."""

import numpy as np
import pandas as pd

from workflow_scripts.deepexpression.data.folds import Folds


def test_table(
    genes: np.ndarray, folds: Folds, truth: np.ndarray, label: np.ndarray, prediction: np.ndarray
) -> pd.DataFrame:
    """A row per gene, predicted by the model of the fold that tests it; all arrays (G,)."""
    return pd.DataFrame(
        {
            "gene": genes,
            "fold": folds.fold,
            "truth": np.asarray(truth, float),
            "label": label.astype(int),
            "prediction": prediction,
        }
    )


def cross_table(
    trained: str,
    tested: str,
    fold: int,
    folds: Folds,
    truth: np.ndarray,
    label: np.ndarray,
    prediction: np.ndarray,
) -> pd.DataFrame:
    """A row per gene of another cell, predicted by the model of one fold; all arrays (G,).

    `seen`: the gene was in training or validation of that fold.
    """
    return pd.DataFrame(
        {
            "trained": trained,
            "tested": tested,
            "gene": folds.genes,
            "fold": fold,
            "seen": folds.fold != fold,
            "truth": np.asarray(truth, float),
            "label": label.astype(int),
            "prediction": prediction,
        }
    )
