from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.setup.show_results import result_lines


def make_run(folder, paper, metric, **values):
    """A run with the metrics of one paper: {model: value}."""
    (folder / paper).mkdir(parents=True)
    rows = [
        dict(model=model, sample="A", split="test", seed=1, metric=metric, value=value, n=9)
        for model, value in values.items()
    ]
    write_metrics(folder / paper / "metrics.tsv", rows)
    return folder


def test_leading_numbers_beside_their_baselines_and_the_reports(tmp_path):
    first = make_run(
        tmp_path / "a", "deepchrome", "roc_auc", deepchrome=0.81239, logistic=0.79, svm_best_bin=0.7
    )
    second = make_run(tmp_path / "b", "deepexpression", "pcc", full=0.5, seq=0.4)
    (second / "report.html").write_text("report")
    # of the first run, only some targets were made
    *numbers, report = result_lines([first, second])
    assert [" ".join(line.split()) for line in numbers] == [
        "DeepChrome DeepChrome network: test AUC 0.812 logistic regression: 0.790",
        "DeepExpression Promoter and HiChIP: correlation with expression 0.500",
    ]
    assert numbers[0].index("0.812") == numbers[1].index("0.500")
    assert report == f"Report: {second}/report.html"


def test_a_run_without_papers_has_no_line(tmp_path):
    assert result_lines([tmp_path]) == []


def test_messages_and_files_of_applied_bundles_are_listed(tmp_path):
    run = tmp_path / "mine"
    (run / "apply/Beta").mkdir(parents=True)
    (run / "apply/Beta/genes.tsv.gz").touch()
    log = run / "logs/deepchrome/apply_deepchrome/Beta.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "2026-01-01 a library's line\n15:41:58 network 1 of 3\n15:41:58 H3K4me3: ratio 0.38\n"
    )
    assert result_lines([run]) == [
        "Beta: H3K4me3: ratio 0.38",
        f"Beta: {run}/apply/Beta/: genes.tsv.gz",
    ]
