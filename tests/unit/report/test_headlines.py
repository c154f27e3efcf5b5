import pandas as pd
import pytest

from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.deepexpression.evaluation.scores import main_metric
from workflow_scripts.report.headlines import (
    CHOICES,
    PUBLISHED,
    TITLES,
    headline_numbers,
    read_published,
)


def rows(model, values, metric="roc_auc", split="test"):
    """Rows of metrics.tsv from {(sample, seed): value}."""
    same = {"model": model, "split": split, "metric": metric, "n": 9}
    return [
        {**same, "sample": sample, "seed": seed, "value": value}
        for (sample, seed), value in values.items()
    ]


def run(tmp_path, **papers):
    for paper, table in papers.items():
        (tmp_path / paper).mkdir()
        write_metrics(tmp_path / paper / "metrics.tsv", table)
    return headline_numbers(tmp_path)


def test_a_headline_is_the_mean_over_cells_of_the_means_over_seeds(tmp_path):
    network = {("A", 1): 0.6, ("A", 2): 0.8, ("B", 1): 0.9}
    other = rows("deepchrome", {("A", 1): 1}, split="train")
    (found,) = run(tmp_path, deepchrome=rows("deepchrome", network) + other)
    assert found.value == pytest.approx(0.8)
    assert found.sd == pytest.approx(pd.Series([0.7, 0.9]).std())
    assert (found.samples, found.seeds) == (2, 2)


def test_published_values_are_those_of_the_published_table(tmp_path):
    table = read_published(PUBLISHED / "deepchrome.tsv")
    mean = table[(table.model == "svm_best_bin") & (table.statistic == "mean")].published.iloc[0]
    scores = rows("deepchrome", {("A", 1): 0.6}) + rows("svm_best_bin", {("A", 1): 0.5})
    network, svm = run(tmp_path, deepchrome=scores)
    assert (svm.value, svm.published) == (0.5, float(mean))
    assert (network.baseline, network.published_baseline) == (0.5, float(mean))


@pytest.mark.parametrize(("cells", "published"), [(["K562"], 0.6545), (["K562", "A"], None)])
def test_the_published_value_of_a_cell_stands_beside_that_cell_alone(tmp_path, cells, published):
    # FAULTS A2
    scores = rows("full", {(cell, 1): 0.5 for cell in cells}, "pcc")
    (found,) = run(tmp_path, deepexpression=scores)
    assert found.published == published


def test_headlines_of_classification_use_the_name_of_its_metric(tmp_path):
    (found,) = run(
        tmp_path, deepexpression=rows("full", {("A", 1): 0.8}, main_metric("classification"))
    )
    assert (found.label, found.value) == ("Promoter and HiChIP: test AUC", 0.8)


def test_the_best_baseline_of_the_run_is_shown_and_none_where_it_has_none(tmp_path):
    values = {"deepchrome": 0.6, "logistic": 0.55, "gradient_boosting": 0.7, "svm_best_bin": 0.5}
    scores = [row for model, v in values.items() for row in rows(model, {("A", 1): v})]
    map_scores = rows("forward", {("A", 1): 0.4}, "window_r")
    first, *_ = run(tmp_path, deepchrome=scores, conformation=map_scores)
    assert (first.baseline, first.baseline_label) == (0.7, "gradient boosting")
    alone = headline_numbers(tmp_path)[-1]
    assert (alone.paper, alone.baseline, alone.baseline_label) == ("conformation", None, "")


@pytest.mark.parametrize(("hichip", "baseline"), [(True, 0.2), (False, 0.4)])
def test_promoters_are_compared_with_baselines_that_see_promoters_alone(tmp_path, hichip, baseline):
    values = {"seq": 0.3, "ridge": 0.4} | ({"full": 0.5, "ridge_seq": 0.2} if hichip else {})
    scores = [row for model, v in values.items() for row in rows(model, {("A", 1): v}, "pcc")]
    found = [h for h in run(tmp_path, deepexpression=scores) if h.value == 0.3]
    assert [h.baseline for h in found] == [baseline]


def test_a_run_without_papers_has_no_headlines(tmp_path):
    assert headline_numbers(tmp_path) == []


def test_every_paper_has_a_lead_and_five_numbers_lead_in_all():
    lead = [choice.paper for choice in CHOICES if choice.lead and not choice.lacks]
    assert set(lead) == set(TITLES)
    assert len(lead) == 5
