"""Calibration of probabilities: naive loops, perfect and wrong predictions."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.ml.calibration import (
    calibration_line,
    calibration_of,
    calibration_text,
    ensemble_calibration,
)


def drawn(genes=500, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.beta(0.5, 0.5, genes)
    return (rng.random(genes) < scores).astype(int), scores


def test_numbers_are_those_of_a_naive_loop():
    labels, scores = drawn()
    scores[:3] = 0.0, 1.0, 0.5
    found = calibration_of(labels, scores)
    error, rows = 0.0, []
    edges = np.linspace(0, 1, 11)
    for number, (low, high) in enumerate(pairwise(edges)):
        inside = (scores > low) & (scores <= high) | (number == 0) & (scores == 0)
        if inside.any():
            rows.append((scores[inside].mean(), labels[inside].mean(), inside.sum()))
            error += inside.mean() * abs(rows[-1][0] - rows[-1][1])
    assert found["expected_calibration_error"] == round(error, 4)
    assert found["brier_score"] == round(np.mean((scores - labels) ** 2), 4)
    for row, (predicted, observed, genes) in zip(found["reliability"], rows, strict=True):
        assert row["predicted"] == pytest.approx(predicted, abs=1e-4)
        assert row["observed"] == pytest.approx(observed, abs=1e-4)
        assert row["genes"] == genes
    assert sum(row["genes"] for row in found["reliability"]) == found["genes"] == 500


def test_probabilities_that_genes_were_drawn_with_are_calibrated_and_shifted_ones_are_not():
    labels, scores = drawn(20_000)
    assert calibration_of(labels, scores)["expected_calibration_error"] < 0.02
    assert calibration_of(labels, scores**3)["expected_calibration_error"] > 0.1
    assert calibration_of(labels, labels)["brier_score"] == 0
    assert calibration_of(np.zeros(4, int), np.full(4, 0.5))["brier_score"] == 0.25


def test_an_ensemble_has_the_calibration_of_its_mean_and_the_mean_of_its_networks():
    labels, scores = drawn()
    frame = pd.DataFrame({1: scores, 2: 1 - scores})
    found = ensemble_calibration(frame, pd.Series(labels))
    assert found["brier_score"] == 0.25
    each = [calibration_of(labels, frame[name].to_numpy())["brier_score"] for name in frame]
    assert found["networks"]["brier_score"] == pytest.approx(np.mean(each), abs=1e-4)
    assert found["networks"]["number"] == 2


def test_the_sentence_is_of_genes_that_no_network_was_chosen_on():
    labels, scores = drawn()
    found = ensemble_calibration(pd.DataFrame({1: scores}), pd.Series(labels))
    worse = ensemble_calibration(pd.DataFrame({1: scores**3}), pd.Series(labels))
    facts = {"cell": "K562", "calibration": {"valid": worse, "test": found}}
    line = calibration_line(facts)
    assert "\n" not in line
    error = found["expected_calibration_error"]
    assert f"the 500 test genes of K562: expected calibration error {error:.3f}" in line
    assert f"Brier score {found['brier_score']:.3f} (mean over 1 networks)" in line
    assert line.endswith("On other cells the calibration is unknown.")
    text = calibration_text(facts)
    assert line[1:] in text
    assert text.count("| test |") == len(found["reliability"])
    assert text.count("| valid |") == len(worse["reliability"])


@pytest.mark.parametrize("facts", [{}, {"calibration": None}, {"calibration": {}}])
def test_a_bundle_without_probabilities_says_nothing(facts):
    assert calibration_line(facts) == calibration_text(facts) == ""
