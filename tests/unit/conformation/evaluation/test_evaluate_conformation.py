import pandas as pd
import pytest
from conformation_run import ERRORS, SEEDS, W, evaluate

from workflow_scripts.chromaloom.workflow.errors import UserError


def value(metrics, model, metric, split="test"):
    rows = metrics[(metrics.model == model) & (metrics.metric == metric) & (metrics.split == split)]
    return rows.value.mean()


def test_better_predictions_score_higher_and_controls_near_0(evaluated):
    metrics = evaluated.metrics
    real = [model for model, error in ERRORS.items() if error]
    order = sorted(real, key=lambda model: -value(metrics, model, "log_map_r"))
    assert order[0] == "forward_pairwise"
    assert order[-1] == "linear"
    assert value(metrics, "mean", "log_map_r") == 0
    assert value(metrics, "mean", "window_r") == 0
    assert abs(value(metrics, "forward_shuffled", "log_map_r")) < 0.15


def test_all_models_and_seeds_are_scored_on_the_same_number_of_pixels(evaluated):
    run, metrics = evaluated.run, evaluated.metrics
    rows = metrics[metrics.metric == "log_map_r"]
    assert set(zip(rows.model, rows.seed, strict=True)) == set(run.predictions)
    assert len(set(rows.n)) == 1


def test_sigma_and_its_backward_prediction(evaluated):
    metrics = evaluated.metrics
    # the synthetic backward σ is 1 - σ
    assert value(metrics, "backward", "backward_map_r") == pytest.approx(-1)
    assert value(metrics, "backward", "backward_smoothed_r") == pytest.approx(-1)
    assert value(metrics, "forward", "sigma_active_auc") > 0.95
    assert value(metrics, "backward", "smoothing_width", "valid") == 2
    assert 0.3 < value(metrics, "backward", "backward_window_r") < 0.7
    rows = metrics[(metrics.metric == "discrepancy_r")]
    assert rows.seed.tolist() == list(SEEDS)
    assert rows.value.abs().max() < 0.4  # the synthetic windows are independent


def test_counts_are_those_of_the_data(evaluated):
    run, metrics = evaluated.run, evaluated.metrics
    test = (run.data.split == "test").sum() - 3 * W + 1
    assert value(metrics, "data", "windows") == 2 * test
    windows = [
        value(metrics, "data", "windows", split) for split in ("train", "valid", "train_valid")
    ]
    assert windows[0] + windows[1] == windows[2]
    assert value(metrics, "data", "bins", "all") == len(run.data.split)
    assert value(metrics, "data", "size_forward_parameters", "all") == 6 + 570 + 651


def test_signs_are_compared_for_published_factors(evaluated):
    metrics = evaluated.metrics
    # of the synthetic weights that of H3K27me3 has the opposite sign
    rows = metrics[metrics.metric == "weight_signs_as_published"]
    assert rows.value.tolist() == [3, 3]
    assert rows.n.tolist() == [4, 4]
    assert value(metrics, "forward", "weight_sign_h3k27me3", "all") == 1


def test_signs_are_compared_with_those_of_the_simulated_world(evaluated, tmp_path, published):
    roles = pd.DataFrame({"target": ["H1", "CTCF"], "effect": ["-", "-"]})
    roles.to_csv(tmp_path / "roles.tsv", sep="\t", index=False)
    metrics = evaluate(evaluated.run, published, tmp_path, roles=[str(tmp_path / "roles.tsv")])
    assert metrics.value[metrics.metric == "weight_signs_as_planted"].tolist() == [1, 1]


def test_a_distance_without_pixels_is_rejected(evaluated, tmp_path, published):
    for distance in (12_345, W * 10_000):
        with pytest.raises(UserError, match="distances"):
            evaluate(evaluated.run, published, tmp_path, distances=[distance])


# FAULTS A8
def test_metrics_say_which_models_have_the_validation_data_in_their_final_fit(evaluated):
    metrics = evaluated.metrics
    fits = {m: value(metrics, m, "fitted_on_valid", "valid") for m in metrics.model.unique()}
    assert fits["ridge"] == fits["forward_pairwise"] == 1
    assert fits["forward"] == fits["linear"] == fits["forward_shuffled"] == 0
    assert pd.isna(fits["mean"])
