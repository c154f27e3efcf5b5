"""What a run shows: a bar on a terminal, lines elsewhere, failures at the end, the exit code."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = f"{ROOT}{os.pathsep}{ROOT / 'workflow_scripts/setup/plugins'}"
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--logger", "chromaloom", "--cores", "2")
# two jobs that print, one that fails, one that takes a minute
SNAKEFILE = """
import sys
from snakemake.logging import logger
from workflow_scripts.chromaloom.workflow.failed_jobs import FailedJobs

FAILED_JOBS = FailedJobs()
logger.addHandler(FAILED_JOBS)

rule all:
    input: "table.txt"

rule count:
    output: "{sample}.count"
    log: "{sample}.log"
    shell: "echo noise of {wildcards.sample}; echo noise >&2; touch {output}"

rule tabulate:
    input: "a.count", "b.count"
    output: "table.txt"
    shell: "sleep 2; touch {output}"

rule fail:
    output: "never.txt"
    log: "fail.log"
    shell: "echo '12:00:00 error: sheet.tsv: row 3: no such cell' > {log}; exit 1"

rule sleep:
    output: "slept.txt"
    shell: "touch started; sleep 60; touch {output}"

onerror:
    print(*FAILED_JOBS.summary(), sep="\\n", file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    return tmp_path


def start(folder, *targets, **streams):
    environment = {**os.environ, "PYTHONPATH": PLUGINS, "TERM": "xterm", "COLUMNS": "100"}
    return subprocess.Popen(
        [*SNAKEMAKE, *targets], cwd=folder, env=environment, start_new_session=True,
        # a shell starts background jobs, and so these tests, with SIGINT ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **streams,
    )  # fmt: skip


def run(folder, *targets):
    """Run without a terminal; return the exit code and what was printed."""
    process = start(folder, *targets, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def run_on_terminal(folder, *targets):
    """Run on a terminal of 100 columns; return the exit code and the bytes written to it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    process = start(folder, *targets, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):  # the other end is closed: the run is over
        while chunk := os.read(ours, 65536):
            written += chunk
    os.close(ours)
    return process.wait(timeout=60), written.decode()


def log_of(folder, output):
    return (folder / re.search(r"log: (\.snakemake/log/\S+\.log)", output)[1]).read_text()


def test_without_a_terminal_a_line_per_finished_rule_and_the_rest_in_the_log(folder):
    code, output = run(folder)
    assert code == 0
    head, *lines = output.splitlines()
    assert re.fullmatch(r"4 jobs; log: \.snakemake/log/\S+\.log", head)
    shown = [re.fullmatch(r" *(\d+)%  \d+:\d\d  (.*)", line).groups() for line in lines]
    assert [rule for _, rule in shown] == ["count (2 jobs)", "tabulate", "all"]
    assert [int(share) for share, _ in shown][-1] == 100
    log = log_of(folder, output)
    assert "noise of a" in log and "noise of b" in log  # of the jobs
    assert "Finished jobid: 0 (Rule: all)" in log  # Snakemake's own
    assert run(folder) == (
        0,
        "Nothing to be done (all requested files are present and up to date).\n",
    )


def test_on_a_terminal_a_bar_with_the_rule_at_work_and_the_time_left(folder):
    code, output = run_on_terminal(folder)
    assert code == 0
    assert "noise" not in output
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    assert re.search(r"━ +\d+%  2 of 4 jobs  0:0\d, < 1 min left *\r\ntabulate 0:0\d", text)
    assert output.count("\x1b[?25l") == output.count("\x1b[?25h") > 0  # the cursor is back
    assert "noise of a" in log_of(folder, text)


def test_a_failed_job_is_repeated_at_the_end_and_the_exit_code_is_kept(folder):
    code, output = run(folder, "--keep-going", "never.txt", "table.txt")
    assert code == 1
    line = "fail: error: sheet.tsv: row 3: no such cell; log: fail.log"
    lines = output.splitlines()
    assert f"failed: {line}" in lines
    assert lines[-3:-1] == ["Failed: 1 job", f"  {line}"]
    assert lines[-1].startswith("Fix the cause and run the same command again")
    assert "Traceback" not in output and "CalledProcessError" not in output
    assert (folder / "table.txt").exists()


def test_an_error_in_the_snakefile_is_printed(folder):
    (folder / "Snakefile").write_text("import sys\nsys.exit('error: my.yaml: unknown key')\n")
    code, output = run(folder)
    assert (code, output) == (1, "error: my.yaml: unknown key\n")


def test_an_interrupt_stops_the_jobs_and_the_run(folder):
    process = start(
        folder, "slept.txt", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    end = time.monotonic() + 60
    while not (folder / "started").exists():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert output.splitlines()[-1].startswith("Interrupted. Run the same command again")
    assert "Failed: " not in output
    with pytest.raises(ProcessLookupError):  # nothing of its group is left
        os.killpg(process.pid, 0)
    assert run(folder)[0] == 0  # and no lock


def test_chromaloom_itself_repeats_its_failed_jobs_at_the_end(make_workflow):
    workflow = make_workflow()
    bad = workflow.folder / "bad.fastq"
    bad.write_text("@read\nACGT\n+\nII\n")
    runs = workflow.folder / "runs.tsv"
    runs.write_text(runs.read_text().replace("{world}/fastq/Alpha_input.fastq.gz", "bad.fastq"))
    output = workflow.run("results/small/reads/Alpha_input.tsv", ok=False)
    log = "results/small/logs/check_reads/Alpha_input.log"
    (line,) = (line for line in output.splitlines() if line.startswith("  check_reads ("))
    assert re.fullmatch(
        rf"  check_reads \(run=Alpha_input\): error: bad.fastq\b.*; log: {log}", line
    )
    head, todo = (
        output.index("Failed: 1 job\n"),
        output.index("Fix the cause and run the same command"),
    )
    assert output.rindex("Error in rule check_reads") < head < output.index(line) < todo
