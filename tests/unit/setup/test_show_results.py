from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.setup.show_results import result_lines


def row(model, value):
    return dict(model=model, sample="A", split="test", seed=1, metric="roc_auc", value=value, n=9)


def test_the_report_and_the_leading_numbers_beside_their_baselines(tmp_path):
    (tmp_path / "deepchrome").mkdir()
    table = [row("deepchrome", 0.81239), row("logistic", 0.79), row("svm_best_bin", 0.7)]
    write_metrics(tmp_path / "deepchrome" / "metrics.tsv", table)
    (line,) = result_lines(tmp_path)  # no report where only some targets were made
    assert " ".join(line.split()) == (
        "DeepChrome DeepChrome network: test AUC 0.812 logistic regression: 0.790"
    )
    (tmp_path / "report.html").write_text("report")
    assert result_lines(tmp_path) == [f"Report: {tmp_path}/report.html", line]


def test_a_paper_without_metrics_is_left_out(tmp_path):
    assert result_lines(tmp_path) == []
