import pandas as pd
import pytest
from small_run import ERRORS, SEEDS, W, evaluate, write_run

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.factor_names import (
    agreement,
    plain_name,
    published_signs,
    weight_signs,
)


@pytest.fixture(scope="module")
def published(root):
    return str(root / "resources/published/conformation.tsv")


@pytest.fixture(scope="module")
def scored(tmp_path_factory, published):
    run = write_run(tmp_path_factory.mktemp("run"))
    return run, evaluate(run, published)


def value(metrics, model, metric, split="test"):
    rows = metrics[(metrics.model == model) & (metrics.metric == metric) & (metrics.split == split)]
    return rows.value.mean()


def test_better_predictions_score_better_and_controls_nothing(scored):
    _, metrics = scored
    real = [model for model, error in ERRORS.items() if error]
    order = sorted(real, key=lambda model: -value(metrics, model, "log_map_r"))
    assert order[0] == "forward_pairwise"
    assert order[-1] == "linear"
    assert value(metrics, "mean", "log_map_r") == 0
    assert value(metrics, "mean", "window_r") == 0
    assert abs(value(metrics, "forward_shuffled", "log_map_r")) < 0.15


def test_every_model_and_seed_is_scored_on_as_many_pixels(scored):
    run, metrics = scored
    rows = metrics[metrics.metric == "log_map_r"]
    assert set(zip(rows.model, rows.seed, strict=True)) == set(run.predictions)
    assert len(set(rows.n)) == 1


def test_sigma_and_its_backward_prediction(scored):
    _, metrics = scored
    # the made-up backward σ is 1 - σ
    assert value(metrics, "backward", "backward_map_r") == pytest.approx(-1)
    assert value(metrics, "backward", "backward_smoothed_r") == pytest.approx(-1)
    assert value(metrics, "forward", "sigma_active_auc") > 0.95
    assert value(metrics, "backward", "smoothing_width", "valid") == 2
    assert 0.3 < value(metrics, "backward", "backward_window_r") < 0.7
    rows = metrics[(metrics.metric == "discrepancy_r")]
    assert rows.seed.tolist() == list(SEEDS)
    assert rows.value.abs().max() < 0.4  # the made-up windows have nothing in common


def test_counts_are_those_of_the_data(scored):
    run, metrics = scored
    test = (run.data.part == "test").sum() - 3 * W + 1
    assert value(metrics, "data", "windows") == 2 * test
    both = [value(metrics, "data", "windows", part) for part in ("train", "valid", "train_valid")]
    assert both[0] + both[1] == both[2]
    assert value(metrics, "data", "bins", "all") == len(run.data.part)
    assert value(metrics, "data", "size_forward_parameters", "all") == 6 + 570 + 651


def test_signs_are_compared_where_the_factor_is_named(scored):
    _, metrics = scored
    # of the made-up weights that of H3K27me3 goes against the paper
    rows = metrics[metrics.metric == "weight_signs_as_published"]
    assert rows.value.tolist() == [3, 3]
    assert rows.n.tolist() == [4, 4]
    assert value(metrics, "forward", "weight_sign_h3k27me3", "all") == 1


def test_signs_planted_in_a_simulated_world(scored, tmp_path, published):
    run, _ = scored
    roles = pd.DataFrame({"target": ["H1", "CTCF"], "effect": ["-", "-"]})
    roles.to_csv(tmp_path / "roles.tsv", sep="\t", index=False)
    metrics = evaluate(run, published, roles=str(tmp_path / "roles.tsv"))
    assert metrics.value[metrics.metric == "weight_signs_as_planted"].tolist() == [1, 1]


def test_a_distance_that_no_pixel_has_is_refused(scored, published):
    run, _ = scored
    for distance in (12_345, W * 10_000):
        with pytest.raises(UserError, match="distances"):
            evaluate(run, published, distances=[distance])


@pytest.mark.parametrize(
    ("name", "plain"),
    [("RNA Pol II", "rnapii"), ("RNA-polymerase-II", "rnapii"), ("NURF301", "nurf"),
     ("BEAF-32", "beaf"), ("Su(Hw)", "suhw"), ("H3K4me1", "h3k4me1")],
)  # fmt: skip
def test_one_name_per_factor(name, plain):
    assert plain_name(name) == plain


def test_columns_of_one_factor_count_together():
    weights = pd.DataFrame({"factor": ["NURF", "NURF301", "H1"], "weight": [-0.1, 0.4, -2.0]})
    signs = weight_signs(weights)
    assert signs.to_dict() == {"nurf": 1, "h1": -1}
    assert agreement(signs, pd.Series({"nurf": -1, "h1": -1, "ctcf": 1})) == (1, 2)


def test_published_signs_are_twelve(published):
    signs = published_signs(pd.read_csv(published, sep="\t", keep_default_na=False))
    assert (signs == -1).sum() == 3
    assert (signs == 1).sum() == 9
