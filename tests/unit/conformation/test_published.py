import pandas as pd
import pytest
from small_run import evaluate, write_run

from workflow_scripts.conformation.data.factor_names import plain_name
from workflow_scripts.report.tabulate_reproduction import main as tabulate


@pytest.fixture(scope="module")
def table(root):
    return pd.read_csv(root / "resources/published/conformation.tsv", sep="\t",
                       keep_default_na=False)  # fmt: skip


def test_rows_are_complete_and_told_once(table):
    columns = "item quantity published unit source model sample split metric statistic note"
    assert list(table.columns) == columns.split()
    assert not table.duplicated("quantity").any()
    assert not table.duplicated(["model", "split", "metric"]).any()
    assert table.published.astype(float).notna().all()
    filled = table[["item", "quantity", "unit", "source", "model", "split", "metric", "statistic"]]
    assert (filled != "").all().all()
    assert set(table.statistic) <= {"mean", "min", "max", "sum"}


def test_every_metric_is_one_that_evaluation_gives(table, root, tmp_path):
    run = write_run(tmp_path)
    metrics = evaluate(run, str(root / "resources/published/conformation.tsv"))
    given = set(zip(metrics.model, metrics.split, metrics.metric, strict=True))
    wanted = set(zip(table.model, table.split, table.metric, strict=True))
    # signs of factors, and layers, that the small run does not have
    there = {"weight_sign_" + plain_name(name) for name in ("H1", "H3K27me3", "RNAPII", "CTCF")}
    missing = {
        metric
        for *_, metric in wanted - given
        if metric not in there and not metric.startswith(("weight_sign_", "size_"))
    }
    assert not missing
    assert {m for m in there if m not in set(metrics.metric)} == set()


def test_the_reproduction_lays_them_side_by_side(table, root, tmp_path):
    published = str(root / "resources/published/conformation.tsv")
    run = write_run(tmp_path)
    metrics = evaluate(run, published)
    tabulate([run.path("metrics.tsv")], [published], papers=["conformation"], simulated=[], real=[],
             presets={}, table=run.path("reproduction.tsv"),
             page=run.path("reproduction.html"))  # fmt: skip
    laid = pd.read_csv(run.path("reproduction.tsv"), sep="\t").set_index("quantity")
    row = laid.loc["forward network: correlation of the averaged map"]
    mine = metrics[(metrics.model == "forward") & (metrics.metric == "map_r")]
    assert row.published == 0.68
    assert row.obtained == pytest.approx(mine.value.mean(), abs=1e-3)
    assert laid.loc["sign of the filter weight of CTCF"].obtained == 1
    # a factor that the run does not have
    assert "sign of the filter weight of BEAF" in set(table.quantity) - set(laid.index)


def test_the_paper_counts(table):
    counts = table[table.model == "data"].set_index(["metric", "split"]).published
    assert counts["windows", "train_valid"] == 13814
    assert counts["windows", "test"] == 2112
    assert counts["bins", "all"] == 2302 + 2115 + 2455 + 2791
