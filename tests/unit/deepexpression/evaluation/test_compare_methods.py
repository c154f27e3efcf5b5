import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workflow_scripts.deepexpression.evaluation.compare_methods import (
    ALL_CELLS,
    compare,
    compared_models,
    method_tests,
    variance_comparison,
    variance_tests,
)
from workflow_scripts.deepexpression.evaluation.scores import (
    AVERAGED,
    cross_scores,
    fold_scores,
    log_tail,
    pearson,
)

RNG = np.random.default_rng


@pytest.mark.parametrize(("n", "noise"), [(3, 1), (12, 1), (40, 0.3), (500, 5)])
def test_p_of_a_correlation_is_that_of_the_t_test(n, noise):
    rng = RNG(n)
    x = rng.normal(size=n)
    y = x + noise * rng.normal(size=n)
    r, log10_p = pearson(x, y)
    known = stats.pearsonr(x, y)
    assert r == pytest.approx(known.statistic)
    assert 10**log10_p == pytest.approx(known.pvalue, rel=1e-6)


def test_log_p_is_finite_where_p_underflows():
    rng = RNG(0)
    x = rng.normal(size=12_000)
    r, log10_p = pearson(x, x + rng.normal(size=12_000))
    assert stats.pearsonr(x, x + rng.normal(size=12_000)).pvalue == 0
    # (1 - r^2)^(n/2) leads the tail
    assert log10_p == pytest.approx(12_000 / 2 * np.log10(1 - r**2), rel=0.01)
    # where both are known, the expansion agrees with the direct value
    far = log_tail(37.3, 100_000)
    assert far == pytest.approx(stats.t.logsf(37.3, 100_000), rel=1e-4)


@pytest.mark.parametrize("x", [[1.0, 2.0], [1.0, 1.0, 1.0, 1.0]])
def test_undefined_correlations_are_nan(x):
    assert np.isnan(pearson(np.array(x), np.arange(len(x), dtype=float))).all()


def table_of(truth, prediction, fold):
    label = truth >= np.median(truth)
    return pd.DataFrame({"fold": fold, "truth": truth, "label": label, "prediction": prediction})


def test_scores_by_fold_are_those_of_the_fold_alone():
    rng = RNG(1)
    truth = rng.normal(size=90)
    table = table_of(truth, truth + rng.normal(size=90), np.arange(90) % 3)
    scores = fold_scores(table, task="regression").set_index(["fold", "metric"])
    for fold in range(3):
        own = table[table.fold == fold]
        value = scores.value[str(fold), "spearman"]
        assert value == pytest.approx(stats.spearmanr(own.truth, own.prediction).statistic)
    whole = scores.value["pooled", "mse"]
    assert whole == pytest.approx(np.mean((table.truth - table.prediction) ** 2))
    assert scores.n["pooled", "pcc"] == 90


def test_auc_is_the_fraction_of_ordered_pairs():
    rng = RNG(2)
    table = table_of(rng.normal(size=60), rng.integers(0, 5, 60).astype(float), np.zeros(60, int))
    high, low = table.prediction[table.label], table.prediction[~table.label]
    pairs = np.subtract.outer(high.to_numpy(), low.to_numpy())
    share = (pairs > 0).mean() + (pairs == 0).mean() / 2
    found = fold_scores(table, task="classification").set_index("fold").value
    assert found["0"] == pytest.approx(share)


def test_one_class_or_one_value_has_no_score():
    truth = np.arange(10.0)
    table = table_of(truth, np.ones(10), np.repeat([0, 1], 5))
    assert fold_scores(table, task="regression").query("metric == 'pcc'").value.isna().all()
    assert fold_scores(table, task="classification").value.isna().tolist() == [True, True, False]


def test_held_out_genes_are_those_that_the_model_has_not_seen():
    truth = np.arange(8.0)
    seen = truth < 4
    prediction = np.where(seen, truth, -truth)
    table = table_of(truth, prediction, np.zeros(8, int)).assign(
        trained="A", tested="B", seen=seen, gene=np.arange(8).astype(str)
    )
    scores = cross_scores(table, task="regression").query("metric == 'pcc'")
    # with one other cell the mean prediction is that cell's
    for _, found in scores.set_index("genes").groupby("trained"):
        assert found.value["held_out"] == pytest.approx(-1)
        assert found.n.to_dict() == {"all": 8, "held_out": 4}
    assert set(scores.trained) == {"A", AVERAGED}


def test_across_cells_the_predictions_of_the_other_cells_are_averaged_before_correlating():
    # FAULTS A3: two models of independent error; the mean of their correlations is 0.51
    rng, genes = RNG(5), 40_000
    truth, variance = rng.normal(size=genes), 1 / 0.51**2 - 1
    tables = []
    for trained in "AB":
        error = rng.normal(0, np.sqrt(variance), genes)
        table = table_of(truth, truth + error, np.zeros(genes, int))
        table = table.assign(trained=trained, tested="C", seen=truth > 0)
        # each table in an order of its own: predictions are matched by gene, not by row
        tables.append(table.assign(gene=np.arange(genes)).sample(frac=1, random_state=1))
    found = cross_scores(pd.concat(tables), task="regression").query("metric == 'pcc'")
    pcc = found[found.genes == "all"].set_index("trained").value
    assert pcc[["A", "B"]].tolist() == pytest.approx([0.51, 0.51], abs=0.01)
    # averaging halves the variance of the error
    assert pcc[AVERAGED] == pytest.approx(1 / np.sqrt(1 + variance / 2), abs=0.01)
    assert pcc[AVERAGED] == pytest.approx(0.64, abs=0.01)
    n = found.set_index(["trained", "genes"]).n
    assert n[AVERAGED, "held_out"] == (truth <= 0).sum()


def test_signed_rank_of_a_clear_gain_is_the_least_possible():
    better = np.linspace(0.7, 0.8, 6)
    found = compare(better, better - np.linspace(0.01, 0.03, 6))
    assert found["signed_rank_p"] == found["least_p"] == 0.5**6
    assert found["gain"] == pytest.approx(0.02)
    turned = compare(better - np.linspace(0.01, 0.03, 6), better)
    assert turned["signed_rank_p"] == 1
    assert turned["rank_sum_p"] > 0.5
    assert compare(better, better)["signed_rank_p"] == 1


def test_p_are_uniform_where_there_is_no_difference():
    rng = RNG(3)
    found = [compare(*rng.normal(size=(2, 12))) for _ in range(150)]
    for name in ("signed_rank_p", "rank_sum_p", "variance_p", "levene_p"):
        share = np.mean([row[name] < 0.2 for row in found])
        assert 0.08 < share < 0.32, name


def test_the_variance_tests_find_the_smaller_variance():
    rng = RNG(4)
    steady, other = rng.normal(0, 1, 30), rng.normal(0, 5, 30)
    ratio, p, levene = variance_tests(steady, other)
    assert ratio == pytest.approx(other.var(ddof=1) / steady.var(ddof=1))
    assert max(p, levene) < 1e-4
    assert variance_tests(other, steady)[1] > 0.99
    assert levene == pytest.approx(stats.levene(steady, other, center="median").pvalue)
    assert np.isnan(variance_tests(steady[:1], other[:1])).all()


def test_networks_are_compared_with_complete_methods_only():
    models = ["full", "seq", "full_100kb", "full_shuffled", "full_without_hichip", "svm"]
    pairs = compared_models(models)
    assert pairs == [("full", "seq"), ("full", "svm"), ("seq", "svm")]


def fold_table(values, scheme="random4"):
    rows = [
        dict(cell=cell, task="regression", scheme=scheme, model=model, seed=seed, fold=str(fold),
             metric="pcc", value=value)
        for (cell, model, seed), scores in values.items() for fold, value in enumerate(scores)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_folds_are_paired_within_cells_and_seeds_averaged():
    table = fold_table({
        ("A", "full", 1): [0.5, 0.6, 0.7, 0.8], ("A", "full", 2): [0.7, 0.8, 0.9, 1.0],
        ("A", "ridge", 0): [0.5, 0.6, 0.7, 0.8],
        ("B", "full", 1): [0.1, 0.2, 0.3, np.nan], ("B", "ridge", 0): [0.2, 0.3, 0.4, 0.5],
    })  # fmt: skip
    tests = method_tests(table).set_index("cell")
    assert tests.gain.to_dict() == pytest.approx({"A": 0.1, "B": -0.1, ALL_CELLS: 0.1 / 7})
    assert tests.n.to_dict() == {"A": 4, "B": 3, ALL_CELLS: 7}
    assert tests.signed_rank_p["A"] == 0.5**4


def test_variances_are_compared_over_cells_and_numbers_of_folds():
    # FAULTS B7: the published test is over the variances of every cell and K
    rng, tables, expected = RNG(6), [], []
    for folds in (5, 10, 15):
        for cell in "AB":
            ours, other = rng.normal(0.8, 0.01, folds), rng.normal(0.7, 0.03, folds)
            scores = {(cell, "full", 1): ours, (cell, "svm", 0): other}
            tables.append(fold_table(scores, f"random{folds}"))
            expected.append((ours.var(ddof=1), other.var(ddof=1)))
    tables.append(
        fold_table({("A", "full", 1): [0.1, 0.9], ("A", "svm", 0): [0.5, 0.5]}, "family2")
    )
    found = variance_comparison(pd.concat(tables)).set_index("grouping")
    ours, other = np.transpose(expected)
    row = found.loc["random"]
    assert row.n == 6
    assert (row.variance, row.variance_other) == pytest.approx((ours.mean(), other.mean()))
    known = stats.wilcoxon(other, ours, alternative="greater").pvalue
    assert row.signed_rank_p == pytest.approx(known)
    assert row.least_p == 0.5**6
    known = stats.mannwhitneyu(other, ours, alternative="greater").pvalue
    assert row.rank_sum_p == pytest.approx(known)
    # larger variance
    assert found.loc["family"].signed_rank_p == 1


def test_several_seeds_do_not_make_the_variance_smaller():
    # FAULTS B7: the variance of scores averaged over twenty seeds is a twentieth
    rng = RNG(7)
    scores = {("A", "full", seed): rng.normal(size=50) for seed in range(20)}
    scores["A", "svm", 0] = rng.normal(size=50)
    found = variance_comparison(fold_table(scores)).iloc[0]
    each = [np.var(values, ddof=1) for (_, model, _), values in scores.items() if model == "full"]
    assert found.variance == pytest.approx(np.mean(each))
