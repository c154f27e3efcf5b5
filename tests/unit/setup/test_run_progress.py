import subprocess
import sys

import pytest

from workflow_scripts.setup.run_progress import RunProgress
from workflow_scripts.setup.terminal import SECONDS, read_seconds


@pytest.fixture
def progress():
    """A run of one long job and eight short ones on two cores."""
    found = RunProgress({"train": 80, "plot": 1}, cores=2, started=100)
    found.plan({"train": 1, "plot": 8, "unused": 0})
    return found


def test_work_counts_seconds_and_not_jobs(progress):
    for jobid in range(8):
        progress.start(jobid, "plot", (), 100)
        progress.finish(jobid)
    assert (progress.done_jobs, progress.total_jobs) == (8, 9)
    assert progress.fraction(108) == pytest.approx(8 / 88)
    progress.start(8, "train", ("A",), 108)
    assert progress.fraction(148) == pytest.approx(48 / 88)
    # a job that takes longer than expected is never counted as done
    assert progress.fraction(10_000) == pytest.approx((8 + 76) / 88)
    progress.finish(8)
    assert progress.fraction(10_001) == 1
    assert progress.seconds_left(10_001) == 0


def test_the_last_job_of_a_rule_tells_that_the_rule_is_done(progress):
    for jobid in range(8):
        progress.start(jobid, "plot", (), 100)
    assert [progress.finish(jobid) for jobid in range(8)] == [None] * 7 + ["plot"]
    assert progress.finish(99) is None  # never started


def test_the_time_left_follows_the_speed_of_the_run(progress):
    assert progress.seconds_left(100) == pytest.approx(88 / 2)  # at first, by the cores
    # half as fast as expected: 8 seconds of work in 160 leave 80, at nearly that speed
    for jobid in range(8):
        progress.start(jobid, "plot", (), 100)
        progress.finish(jobid)
    assert progress.seconds_left(260) > 80 * 4
    assert progress.seconds_left(104) < 80


def test_a_failed_job_is_neither_done_nor_at_work(progress):
    progress.start(0, "train", (), 100)
    progress.fail(0)
    assert (progress.done_jobs, progress.running) == (0, {})
    progress.start(1, "train", (), 110)  # another attempt
    assert progress.finish(1) == "train"


def test_rules_without_known_seconds_count_as_the_median():
    progress = RunProgress({"a": 1, "b": 5, "c": 100})
    assert progress.expected("new") == 5
    assert RunProgress().expected("new") > 0
    assert RunProgress().fraction(1) == 0


def test_the_seconds_of_the_demo_are_those_of_most_of_its_rules(root):
    # a few may be new or renamed; the estimate needs most of them
    known = read_seconds(SECONDS)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--list-rules"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rules = set(done.stdout.split())
    assert len(rules) > 100
    assert len(rules & set(known)) > 0.8 * len(known) > 0.8 * 100
