import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.ml.metrics import (
    bootstrap_interval,
    classification_scores,
    read_metrics,
    weighted_aucs,
    write_metrics,
)


def planted(n, strength, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    return labels, labels * strength + rng.normal(size=n)


@settings(deadline=None)  # the first call imports scikit-learn
@given(seed=st.integers(0, 1000))
def test_weighted_auc_agrees_with_scikit_learn_ties_included(seed):
    rng = np.random.default_rng(seed)
    labels, scores = np.append(rng.integers(0, 2, 30), [0, 1]), rng.integers(0, 6, 32) / 5
    weights = rng.integers(0, 3, (4, 32)).astype(float)
    weights[:, -2:] = 1
    expected = [roc_auc_score(labels, scores, sample_weight=row) for row in weights]
    assert weighted_aucs(labels, scores, weights) == pytest.approx(expected)


@given(seed=st.integers(0, 1000))
def test_interval_contains_the_point_and_is_within_the_unit_interval(seed):
    labels, scores = planted(60, 1, seed)
    labels[:2] = 0, 1
    low, high = bootstrap_interval(labels, scores, draws=50, seed=seed)
    assert 0 <= low <= high <= 1


def test_interval_covers_the_truth_at_about_its_level():
    # the AUC of two unit normals one apart is Phi(1 / sqrt 2)
    truth, inside = 0.7602, 0
    for seed in range(100):
        labels, scores = planted(150, 1, seed)
        low, high = bootstrap_interval(labels, scores, draws=200, seed=seed)
        inside += low <= truth <= high
    assert 86 <= inside <= 100


def test_interval_narrows_with_more_genes():
    def width(n):
        low, high = bootstrap_interval(*planted(n, 1), draws=200, seed=0)
        return high - low

    assert width(2000) < width(200) / 2


def test_scores_agree_with_the_definition():
    labels, scores = planted(200, 1)
    high, low = scores[labels == 1], scores[labels == 0]
    wins = (high[:, None] > low[None]).mean()
    found = classification_scores(labels, scores, draws=20, seed=0)
    assert found["roc_auc"] == pytest.approx(wins)
    assert roc_auc_score(labels, -scores) == pytest.approx(1 - found["roc_auc"])


def test_rows_survive_the_round_trip_in_sorted_order(tmp_path):
    rows = [
        dict(model=m, sample="A", split="test", seed=s, metric="roc_auc", value=0.5 + s / 7, n=9)
        for m in ("b", "a") for s in (2, 1)
    ]  # fmt: skip
    write_metrics(tmp_path / "m.tsv", rows)
    table = read_metrics(tmp_path / "m.tsv")
    assert list(zip(table.model, table.seed, strict=True)) == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    ]
    assert table.value.to_numpy() == pytest.approx([0.5 + 1 / 7, 0.5 + 2 / 7] * 2, abs=1e-6)
