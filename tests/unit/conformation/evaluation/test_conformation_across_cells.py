"""Models of one cell on the profiles of another (predict_across_cells)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conformation_data import W, planted_pairs

from workflow_scripts.conformation.baselines import fit_ridge
from workflow_scripts.conformation.config.models import comparable_cells
from workflow_scripts.conformation.config.plan import CellPlan
from workflow_scripts.conformation.evaluation import predict_across_cells
from workflow_scripts.conformation.models.networks import build_forward


@pytest.fixture
def cells(tmp_path, monkeypatch):
    """Cells a and b with one rule and factors in another order; c has another factor."""
    monkeypatch.setattr(predict_across_cells, "prepare_device", lambda **_: "tensorflow cpu")
    data = {"a": planted_pairs(n=600, seed=0), "b": planted_pairs(n=600, seed=1)}
    data["b"] = replace(
        data["b"], profiles=data["b"].profiles[::-1].copy(), factors=data["b"].factors[::-1]
    )
    data["c"] = replace(data["a"], factors=np.array(["x", "y", "other"]))
    datasets, weights = {}, {}
    for cell, found in data.items():
        datasets[cell] = str(tmp_path / f"{cell}.npz")
        found.save(datasets[cell])
        weights[cell, "ridge", 0] = str(tmp_path / f"{cell}.ridge.npz")
        fit_ridge.main(
            datasets[cell], alphas=[0.001], min_distance=1000, refit=True, seed=0, shuffled=False,
            weights=weights[cell, "ridge", 0], prediction=str(tmp_path / f"{cell}.p.npz"),
            record=str(tmp_path / "r.json"),
        )  # fmt: skip
    weights["a", "forward", 1] = str(tmp_path / "a.keras")
    build_forward(n_factors=3, window=W, hidden_units=[4], output_bias=1.0).save(
        weights["a", "forward", 1]
    )
    predict_across_cells.main(
        datasets, weights, cells=["a", "b"], min_distance=1000, distances=[2000], gpu=0, threads=1,
        scores=str(tmp_path / "cross_cell.tsv"),
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "cross_cell.tsv", sep="\t", keep_default_na=False)
    return table.set_index(["trained_on", "applied_to", "model", "metric"]).sort_index()


def test_a_rule_of_one_cell_holds_in_another_whatever_the_order_of_its_factors(cells):
    score = cells.value.xs("log_map_r", level="metric")
    assert (score.xs("ridge", level="model") > 0.85).all()
    # the cells have nothing but the rule in common: the map of one says nothing of the other's
    maps = score.xs("map_of_training_cell", level="model")
    assert set(maps.index) == {("a", "b"), ("b", "a")}
    assert (maps.abs() < 0.2).all()
    assert score["", "b", "mean"] == 0
    # a cell with other factors is neither predicted nor a source
    assert "c" not in set(cells.index.get_level_values(0)) | set(cells.index.get_level_values(1))
    assert ("a", "b", "forward") in score.index


def test_all_models_of_a_cell_are_scored_on_the_same_pixels(cells):
    counts = cells.n.xs("map_r", level="metric")
    assert counts.groupby("applied_to").nunique().eq(1).all()
    assert counts.min() > 100
    assert {"map_r", "log_map_r", "window_r", "log_map_r_2kb"} <= set(
        cells.index.get_level_values("metric")
    )


def test_cells_with_the_same_factors_are_compared():
    plans = {
        name: CellPlan("dm6", [(factor, [f"{name}_{factor}"]) for factor in factors])
        for name, factors in (("a", "xyz"), ("b", "xy"), ("c", "zyx"))
    }
    assert comparable_cells(plans) == ["a", "c"]
    assert comparable_cells({"a": plans["a"], "b": plans["b"]}) == []
