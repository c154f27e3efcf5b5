import logging

import pytest

from workflow_scripts.chromaloom.workflow.failed_jobs import FailedJobs, error_line


def event(name, message="", **fields):
    record = logging.makeLogRecord({"msg": message, "levelno": logging.INFO, **fields})
    if name:
        record.event = name
    return record


def started(jobid, rule, log=(), **wildcards):
    return event("job_info", jobid=jobid, rule_name=rule, wildcards=wildcards, log=list(log))


def failed(jobid, rule, log=(), **fields):
    return event("job_error", jobid=jobid, rule_name=rule, log=list(log), **fields)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("12:00:01 start\n12:00:02 error: a.tsv: row 3: no\n", "error: a.tsv: row 3: no"),
        # the workflow's own line wins over what a tool said before and what follows
        ("Error: tool\nerror: ours\nValueError: later\n", "error: ours"),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'a'\nbye\n", "KeyError: 'a'"),
        ("a.b.CoolError: no bins\n", "a.b.CoolError: no bins"),
        ("reads: 10\n(ERR): bowtie2-align died\rbye\n", "(ERR): bowtie2-align died"),
        ("12:00:01 mean squared errors: 1, 2\nreads: 10\n", ""),
        ("", ""),
    ],
)
def test_the_error_line_of_a_log(tmp_path, text, line):
    (tmp_path / "log").write_text(text)
    assert error_line(tmp_path / "log") == line


def test_a_log_that_does_not_exist_has_no_error_line(tmp_path):
    assert error_line(tmp_path / "none") == ""


def test_the_end_of_a_long_log_is_enough(tmp_path):
    (tmp_path / "log").write_text("error: early\n" + "progress\n" * 100_000 + "error: late\n")
    assert error_line(tmp_path / "log") == "error: late"


def test_failed_jobs_are_repeated_with_rule_wildcards_error_and_log(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("12:00:00 error: too few reads\n")
    jobs = FailedJobs()
    for record in (
        started(1, "align_reads", [log], sample="A"),
        started(2, "train"),
        failed(1, "align_reads", [log]),
        started(3, "plot"),
        failed(2, "train"),
        event("job_finished", job_id=3),
    ):
        jobs.emit(record)
    head, first, second, todo = jobs.summary()
    assert head == "Failed: 2 jobs"
    assert first == f"  align_reads (sample=A): error: too few reads; log: {log}"
    assert second == "  train: ended without an error line"
    assert todo.startswith("Fix the cause")


def test_a_job_that_a_later_attempt_finished_has_not_failed():
    jobs = FailedJobs()
    for record in (started(1, "train"), failed(1, "train"), started(1, "train")):
        jobs.emit(record)
    assert len(jobs.jobs) == 1
    jobs.emit(event("job_finished", job_id=1))
    assert jobs.jobs == []


def test_jobs_that_end_by_an_interrupt_have_not_failed():
    jobs = FailedJobs()
    for jobid, seconds in ((1, 90), (2, 99.5), (3, 100.5)):
        jobs.emit(started(jobid, f"rule_{jobid}"))
        if jobid == 3:
            message = "Terminating processes on user request, this might take some time."
            jobs.emit(event(None, message, created=100))
        jobs.emit(failed(jobid, f"rule_{jobid}", created=seconds))
    _, job, todo = jobs.summary()
    assert job.startswith("  rule_1:")  # long before
    assert todo.startswith("Interrupted.")
