import pandas as pd
import pytest

from workflow_scripts.conformation.evaluation.weight_signs import plain_name
from workflow_scripts.conformation.models.networks import build_forward
from workflow_scripts.report.tabulate_reproduction import main as tabulate


@pytest.fixture(scope="module")
def table(published):
    return pd.read_csv(published, sep="\t", keep_default_na=False)


def test_rows_are_complete_and_unique(table):
    columns = "item quantity published unit source model sample split metric statistic note"
    assert list(table.columns) == columns.split()
    assert not table.duplicated("quantity").any()
    assert not table.duplicated(["model", "split", "metric"]).any()
    assert table.published.astype(float).notna().all()
    filled = table[["item", "quantity", "unit", "source", "model", "split", "metric", "statistic"]]
    assert (filled != "").all().all()
    assert set(table.statistic) <= {"mean", "min", "max", "sum"}


def test_every_metric_is_computed_by_the_evaluation(table, evaluated):
    metrics = evaluated.metrics
    given = set(zip(metrics.model, metrics.split, metrics.metric, strict=True))
    wanted = set(zip(table.model, table.split, table.metric, strict=True))
    # the small run lacks some factors and layers
    present = {"weight_sign_" + plain_name(name) for name in ("H1", "H3K27me3", "RNAPII", "CTCF")}
    missing = {
        metric
        for *_, metric in wanted - given
        if metric not in present and not metric.startswith(("weight_sign_", "size_"))
    }
    assert not missing
    assert {m for m in present if m not in set(metrics.metric)} == set()


def test_the_reproduction_table_has_published_and_obtained_values(
    table, published, evaluated, tmp_path
):
    run, metrics = evaluated.run, evaluated.metrics
    tabulate([run.path("metrics.tsv")], [published], papers=["conformation"], simulated=[], real=[],
             presets={}, table=str(tmp_path / "reproduction.tsv"),
             page=str(tmp_path / "reproduction.html"))  # fmt: skip
    laid = pd.read_csv(tmp_path / "reproduction.tsv", sep="\t").set_index("quantity")
    row = laid.loc["forward network: correlation of the averaged map"]
    rows = metrics[(metrics.model == "forward") & (metrics.metric == "map_r")]
    assert row.published == 0.68
    assert row.obtained == pytest.approx(rows.value.mean(), abs=1e-3)
    assert laid.loc["sign of the filter weight of CTCF"].obtained == 1
    # the run lacks this factor
    assert "sign of the filter weight of BEAF" in set(table.quantity) - set(laid.index)


def test_the_published_counts_are_consistent(table):
    counts = table[table.model == "data"].set_index(["metric", "split"]).published
    assert counts["windows", "train_valid"] == 13814
    assert counts["windows", "test"] == 2112
    assert counts["bins", "all"] == 2302 + 2115 + 2455 + 2791


# FAULTS A5
def test_numbers_that_the_paper_does_not_print_are_marked_as_derived(table):
    data = table[table.model == "data"].set_index(["metric", "split"])
    derived = data[data.source == "derived"].published.astype(int)
    assert derived.to_dict() == {
        ("size_forward_parameters", "all"): build_forward(n_factors=50, window=80).count_params(),
        ("windows", "train"): -(-13814 * 4 // 5),
    }
