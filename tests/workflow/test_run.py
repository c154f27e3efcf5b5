"""The workflow on a small simulated data set: outputs, reruns, and resuming after a kill."""

import html
import json
import re
import time

import pandas as pd
import pytest

pytestmark = pytest.mark.xdist_group("small run")

# what follows from any model's predictions
EVALUATED = {
    "evaluate_deepchrome",
    "plot_deepchrome_fig3",
    "plot_deepchrome_fig5",  # of the cells with the best scores
    "plot_deepchrome_supplement",
    "tabulate_reproduction",
    "make_report",
}

WEIGHTS = "results/small/deepchrome/models/Alpha/deepchrome.seed1.keras"
FIGURE = "results/small/deepchrome/figures/fig3.svg"


def test_documented_files_exist_and_the_last_line_names_the_report(finished):
    for name in (
        "report.html", "reproduction.tsv", "config.yaml", "align/mapping.tsv",
        "expression/Alpha.tsv", "deepchrome/metrics.tsv",
        *(f"deepchrome/figures/fig3.{s}" for s in ("svg", "png", "tsv")),
    ):  # fmt: skip
        assert finished.path(name).stat().st_size > 0, name
    assert "Done. The report: results/small/report.html" in finished.output


def test_tables_keep_their_columns(finished):
    metrics = pd.read_csv(finished.path("deepchrome/metrics.tsv"), sep="\t")
    assert list(metrics) == ["model", "sample", "split", "seed", "metric", "value", "n"]
    assert {"deepchrome", "logistic", "svm_best_bin", "random_forest"} <= set(metrics.model)
    assert set(metrics.split) == {"train", "valid", "test", "test_class_map"}
    assert metrics.value.between(0, 1).all()
    table = pd.read_csv(finished.path("reproduction.tsv"), sep="\t")
    assert list(table) == [
        "paper", "data", "item", "quantity", "published", "obtained", "sd", "n", "unit", "preset",
        "source", "note",
    ]  # fmt: skip
    assert len(table)
    assert table.obtained.notna().all()
    assert set(table.data) == {"simulated"}


def test_the_report_holds_the_figure_and_both_tables(finished):
    text = finished.path("report.html").read_text()
    for name in ("fig3.svg", "fig3.tsv", "reproduction.tsv", "mapping.svg", "profile.svg"):
        assert name in text


def test_the_report_opens_on_the_overview_with_the_run_s_numbers_and_figures(finished):
    report = finished.path("report.html").read_text()
    (described,) = re.findall(r"^ *var workflow_desc = (.*);$", report, re.M)
    page = json.loads(described)
    assert "simulated data" in page
    metrics = pd.read_csv(finished.path("deepchrome/metrics.tsv"), sep="\t")
    chosen = metrics[(metrics.split == "test") & (metrics.metric == "roc_auc")]
    for model in ("deepchrome", "logistic"):
        assert f"{chosen.value[chosen.model == model].mean():.3f}" in page
    (results,) = re.findall(r'^ *var results = (\{".*);$', report, re.M)
    shown = set(re.findall(r"results\['([^']+)'\]", html.unescape(page)))
    assert "results/small/deepchrome/figures/fig3.svg" in shown
    assert shown <= set(json.loads(results))
    (categories,) = re.findall(r'^ *var categories = (\{".*);$', report, re.M)
    assert set(re.findall(r"showCategory\('([^']+)'", html.unescape(page))) <= set(
        json.loads(categories)
    )


def test_the_same_command_again_does_nothing(finished):
    assert "Nothing to be done" in finished.run()


def test_a_deleted_figure_is_redrawn_alone_and_quickly_by_any_of_its_targets(finished):
    bitmap = FIGURE.replace("svg", "png")
    before = (finished.folder / FIGURE).read_bytes()
    for file in (FIGURE, bitmap):
        (finished.folder / file).unlink()
    assert finished.jobs(FIGURE) == {"plot_deepchrome_fig3": 1}
    for target in ("figures", "deepchrome", bitmap):
        assert finished.jobs(target).get("plot_deepchrome_fig3") == 1
    started = time.monotonic()
    finished.run(FIGURE)
    assert time.monotonic() - started < 30
    assert (finished.folder / FIGURE).read_bytes() == before
    finished.run()


def test_touching_scripts_and_helpers_re_runs_nothing(finished):
    for path in (finished.folder / "workflow_scripts").rglob("*.py"):
        path.touch()
    assert finished.jobs() == {}


@pytest.mark.parametrize(
    ("file", "rules"),
    [
        ("report/tabulate_reproduction.py", {"tabulate_reproduction", "make_report"}),
        ("deepchrome/figures/fig3.py", {"plot_deepchrome_fig3", "make_report"}),
        ("deepchrome/baselines/fit_random_forest.py", {"fit_deepchrome_random_forest", *EVALUATED}),
        (
            "signal/tabulate_tss_profiles.py",
            {"tabulate_tss_profiles", "plot_reads_profile", "make_report"},
        ),
    ],
)  # fmt: skip
def test_editing_a_file_re_runs_what_depends_on_it_and_nothing_else(finished, file, rules):
    assert finished.jobs_after_editing(file) == rules


def test_editing_the_look_of_figures_draws_all_of_them_and_computes_nothing(finished):
    planned = finished.jobs_after_editing("chromaloom/plot/style.py")
    assert {
        "plot_deepchrome_fig3",
        "plot_reads_mapping",
        "plot_reads_profile",
        "make_report",
    } <= planned
    assert all(rule.startswith("plot_") or rule == "make_report" for rule in planned)


def test_editing_the_training_trains_and_leaves_reads_and_baselines_alone(finished):
    planned = finished.jobs_after_editing("chromaloom/ml/training.py")
    assert {
        "train_deepchrome",
        "predict_deepchrome",
        "optimize_deepchrome_inputs",
        *EVALUATED,
    } <= planned
    for rule in planned:
        assert not rule.startswith(("simulate_", "align_", "count_tss", "fit_", "build_")), rule


def test_nothing_is_to_be_done_when_the_edits_are_undone(finished):
    assert finished.jobs() == {}


def test_a_changed_setting_re_runs_its_own_branch(finished):
    finished.configure(deepchrome=finished.base["deepchrome"] | {"training": {"epochs": 2}})
    try:
        planned = finished.jobs()
    finally:
        finished.configure()
    assert {"train_deepchrome", "evaluate_deepchrome", "make_report"} <= planned.keys()
    assert (
        not {"align_reads", "simulate_world", "build_deepchrome", "fit_deepchrome_logistic"}
        & planned.keys()
    )


def test_the_paper_s_csv_is_made_on_demand(finished):
    finished.run("results/small/deepchrome/csv/Alpha/train.csv.gz")
    table = pd.read_csv(finished.path("deepchrome/csv/Alpha/train.csv.gz"), header=None)
    assert table.shape[1] == 8
    assert (table.groupby(0).size() == 100).all()
    assert set(table[7]) == {0, 1}


def test_logs_show_progress_of_training(finished):
    log = finished.path("logs/deepchrome/train_deepchrome/Alpha.log").read_text()
    assert re.findall(r"epoch (\d)/3 loss [\d.]+ valid_auc [\d.]+ .*left", log) == ["1", "2", "3"]


def test_every_job_left_a_benchmark(finished):
    folder = finished.path("benchmarks")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.tsv")}
    assert {
        "deepchrome/train_deepchrome/Alpha.tsv", "deepchrome/plot_deepchrome_fig3.tsv",
        "simulate_world.tsv",
    } <= found  # fmt: skip


def test_a_killed_training_resumes_and_ends_with_the_same_weights(clone):
    clone.configure(deepchrome={"seeds": [1], "training": {"epochs": 30, "patience": 0}})
    clone.run(WEIGHTS)
    whole = clone.weights(WEIGHTS)
    (clone.folder / WEIGHTS).unlink()

    log = clone.path("logs/deepchrome/train_deepchrome/Alpha.log")
    checkpoint = clone.path("deepchrome/checkpoints/Alpha.deepchrome.seed1/state.json")
    log.unlink()
    clone.kill_when(
        lambda: checkpoint.exists() and log.exists() and "epoch 5/" in log.read_text(), WEIGHTS
    )
    assert not (clone.folder / WEIGHTS).exists()
    clone.run(WEIGHTS)
    lines = log.read_text()
    assert "resuming after epoch" in lines
    assert "epoch 1/30" not in lines
    assert clone.weights(WEIGHTS) == whole
    assert not checkpoint.parent.exists()
