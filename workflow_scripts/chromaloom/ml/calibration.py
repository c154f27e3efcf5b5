"""Calibration: whether a predicted probability is the observed fraction, on the training cell."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

BINS = 10  # of equal width, from 0 to 1
UNKNOWN = "On other cells the calibration is unknown."


def calibration_of(labels: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    """Calibration of predicted probabilities.

    Parameters
    ----------
    labels : int array, shape=(n,)
        0 or 1.
    scores : float array, shape=(n,)
        Predicted probability of 1.

    Returns
    -------
    dict
        expected_calibration_error (mean over the genes of the difference between the mean
        prediction and the observed fraction of their bin; Guo et al. 2017), brier_score (mean
        squared difference), genes, and reliability: for each bin with genes its mean prediction,
        observed fraction and number of genes.
    """
    observed, predicted = calibration_curve(labels, scores, n_bins=BINS)
    # the bins of scikit-learn's calibration_curve
    place = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], scores)
    number = np.bincount(place, minlength=BINS)
    number = number[number > 0]
    error = float(np.sum(number * np.abs(observed - predicted)) / len(scores))
    rows = zip(predicted, observed, number, strict=True)
    return {
        "expected_calibration_error": round(error, 4),
        "brier_score": round(float(brier_score_loss(labels, scores, pos_label=1)), 4),
        "genes": len(scores),
        "reliability": [
            {"predicted": round(float(p), 4), "observed": round(float(o), 4), "genes": int(n)}
            for p, o, n in rows
        ],
    }


def ensemble_calibration(scores: pd.DataFrame, labels: pd.Series) -> dict[str, Any]:
    """Calibration of the mean over networks, and of the single networks.

    Parameters
    ----------
    scores
        Predicted probabilities, a column per network.
    labels
        0 or 1 for each row.

    Returns
    -------
    dict
        As `calibration_of` of the mean; networks: the mean of the two numbers over the networks.
    """
    truth = labels.to_numpy()
    each = [calibration_of(truth, scores[name].to_numpy()) for name in scores]
    means = {
        key: round(float(np.mean([found[key] for found in each])), 4)
        for key in ("expected_calibration_error", "brier_score")
    }
    whole = calibration_of(truth, scores.mean(axis=1).clip(0, 1).to_numpy())
    return {**whole, "networks": {"number": len(each), **means}}


def calibration_line(facts: Mapping[str, Any]) -> str:
    """How well the probabilities of a bundle were calibrated, in a sentence; empty if unknown.

    Parameters
    ----------
    facts
        Content of model.yaml.
    """
    for split, found in (facts.get("calibration") or {}).items():
        if split != "valid":
            return (
                f"calibration on the {found['genes']} {split.replace('_', '-')} genes of"
                f" {facts['cell']}: expected calibration error"
                f" {found['expected_calibration_error']:.3f}, Brier score"
                f" {found['brier_score']:.3f} (mean over {found['networks']['number']} networks)."
                f" {UNKNOWN}"
            )
    return ""


def calibration_text(facts: Mapping[str, Any]) -> str:
    """Section of card.md: the sentence, and a row per bin; empty if the calibration is unknown."""
    line = calibration_line(facts)
    if not line:
        return ""
    lines = ["", "## Calibration", "", line[0].upper() + line[1:], "",
             "| genes | predicted | observed | number |", "| --- | --- | --- | --- |"]  # fmt: skip
    for split, found in facts["calibration"].items():
        for row in found["reliability"]:
            lines.append(
                f"| {split.replace('_', '-')} | {row['predicted']:.3f} | {row['observed']:.3f} |"
                f" {row['genes']} |"
            )
    return "\n".join(lines) + "\n"
