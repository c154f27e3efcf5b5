"""What a run shows on the terminal; Snakemake's own lines and those of jobs go to its log file."""

import atexit
import csv
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from workflow_scripts.chromaloom.workflow.failed_jobs import FailedJobs
from workflow_scripts.setup.run_progress import RunProgress

SECONDS = Path(__file__).parents[2] / "resources" / "demo_seconds.tsv"
# messages without event that a reader should see although they are no warnings
SHOWN = (
    "Nothing to be done",
    "Creating conda environment",
    "Terminating processes",
    "Will exit after finishing",
)
# errors that repeat, in more words, what is printed of a failed job
HIDDEN = (
    "RuleException:",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not",
)
SHOWN_JOBS = 3
REFRESHES_PER_SECOND = 4


class TerminalLogger(LogHandlerBase):
    """Snakemake's logger plugin.

    On a terminal, a bar with the share of the work that is done, the time left and the jobs at
    work; elsewhere, one line for each rule whose jobs are all done. Warnings and failed jobs are
    printed as they happen. Snakemake calls `emit` from one thread.
    """

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Open the terminal's own stream, which the jobs do not inherit."""
        self._streams: tuple[TextIO, TextIO] | None = None
        self._saved: tuple[int, int] | None = None
        stream = os.fdopen(os.dup(2), "w", buffering=1)
        self.console = Console(
            file=stream,
            no_color=True if self.common_settings.nocolor else None,
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        self.on_terminal = self.console.is_terminal and not self.console.is_dumb_terminal
        self.progress = RunProgress(read_seconds(SECONDS))
        self.failed = FailedJobs()
        self.log_file: Path | None = None
        self._live: Live | None = None
        atexit.register(self.close)

    # --- events -----------------------------------------------------------------------------------
    def emit(self, record: logging.LogRecord) -> None:
        """Show one event.

        As of every handler of logging, an error here is printed and does not stop the run: the
        terminal only shows what Snakemake's log file and the results have.
        """
        try:
            self._show(record)
        except Exception:
            self.handleError(record)

    def _show(self, record: logging.LogRecord) -> None:
        fields: Any = record  # an event's fields are attributes of the record
        event = getattr(record, "event", None)
        now = time.monotonic()
        self.failed.emit(record)
        if event == LogEvent.WORKFLOW_STARTED:
            self._redirect()
        elif event == LogEvent.RESOURCES_INFO and getattr(fields, "cores", None):
            self.progress.cores = fields.cores
        elif event == LogEvent.RUN_INFO:
            self._begin(fields.stats, now)
        elif event == LogEvent.JOB_INFO:
            values = tuple(str(value) for value in (fields.wildcards or {}).values())
            self.progress.start(fields.jobid, fields.rule_name, values, now)
        elif event == LogEvent.JOB_FINISHED:
            if rule := self.progress.finish(fields.job_id):
                self._rule_done(rule, now)
        elif event == LogEvent.JOB_ERROR:
            self.progress.fail(fields.jobid)
            if not self.failed.interrupted:
                self.console.print(Text(f"failed: {self.failed.jobs[-1].describe()}", style="red"))
        elif record.levelno >= logging.WARNING or record.getMessage().startswith(SHOWN):
            text = record.getMessage().strip()
            if text and not (self.progress.total_jobs and text.startswith(HIDDEN)):
                style = "red" if record.levelno >= logging.ERROR else ""
                self.console.print(Text(text, style=style))

    def _begin(self, stats: dict[str, int], now: float) -> None:
        """Take in the plan of the run and show the bar."""
        self.progress.plan({rule: n for rule, n in stats.items() if rule != "total"})
        self.progress.started = now
        if self.common_settings.dryrun:
            self.console.print(f"{self.progress.total_jobs} jobs to run")
            return
        if self.log_file:
            self.console.print(f"{self.progress.total_jobs} jobs; log: {self.log_file}")
        if self.on_terminal and self._live is None:
            self._live = Live(
                get_renderable=self._bar,
                console=self.console,
                refresh_per_second=REFRESHES_PER_SECOND,
                transient=True,
            )
            self._live.start()

    def _rule_done(self, rule: str, now: float) -> None:
        """Print a line for a rule whose jobs are all done, where there is no bar."""
        if self._live is None:
            count = self.progress.planned[rule]
            jobs = f" ({count} jobs)" if count > 1 else ""
            share = f"{self.progress.fraction(now):4.0%}"
            self.console.print(f"{share}  {clock(now - self.progress.started)}  {rule}{jobs}")

    # --- the bar ----------------------------------------------------------------------------------
    def _bar(self) -> RenderableType:
        """The bar and the line below it."""
        now = time.monotonic()
        progress = self.progress
        share = progress.fraction(now)
        bar = Table.grid(padding=(0, 2), expand=True)
        bar.add_column(ratio=1)
        for _ in range(3):
            bar.add_column(no_wrap=True)
        bar.add_row(
            ProgressBar(total=1, completed=share),
            f"{share:.0%}",
            f"{progress.done_jobs} of {progress.total_jobs} jobs",
            f"{clock(now - progress.started)}, {about(progress.seconds_left(now))} left",
        )
        return Group(bar, self._at_work(now))

    def _at_work(self, now: float) -> Text:
        """The jobs at work, those that started first in front, cut to the terminal's width."""
        jobs = sorted(self.progress.running.values(), key=lambda job: job.started)
        names = [
            " ".join((job.rule, *job.wildcards)) + f" {clock(now - job.started)}"
            for job in jobs[:SHOWN_JOBS]
        ]
        if len(jobs) > SHOWN_JOBS:
            names.append(f"{len(jobs) - SHOWN_JOBS} more")
        return Text(" · ".join(names), style="cyan", no_wrap=True, overflow="ellipsis")

    # --- where lines go ---------------------------------------------------------------------------
    def _redirect(self) -> None:
        """Send what jobs print to Snakemake's log file; Python's own streams stay as they are."""
        self.log_file = snakemake_log()
        if self.log_file is None or self.common_settings.dryrun or self._saved:
            return
        sys.stdout.flush()
        sys.stderr.flush()
        self._saved = os.dup(1), os.dup(2)
        self._streams = sys.stdout, sys.stderr
        sys.stdout = os.fdopen(os.dup(1), "w", buffering=1)
        sys.stderr = self.console.file
        log = os.open(self.log_file, os.O_WRONLY | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)

    def close(self) -> None:
        """Take the bar away and give the streams back."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._saved and self._streams:
            sys.stdout.flush()
            for saved, number in zip(self._saved, (1, 2), strict=True):
                os.dup2(saved, number)
                os.close(saved)
            sys.stdout, sys.stderr = self._streams
            self._saved = None
        super().close()


def snakemake_log() -> Path | None:
    """Snakemake's log file of this run, relative to the working directory where it lies below."""
    for handler in logging.getLogger("snakemake.logging").handlers:
        if isinstance(handler, logging.FileHandler):
            path = Path(handler.baseFilename)
            return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return None


def read_seconds(path: Path) -> dict[str, float]:
    """Seconds of a job by rule, from a table with the columns `rule` and `seconds`."""
    if not path.exists():
        return {}
    with path.open() as file:
        return {row["rule"]: float(row["seconds"]) for row in csv.DictReader(file, delimiter="\t")}


def clock(seconds: float) -> str:
    """Time as `m:ss` or `h:mm:ss`."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def about(seconds: float) -> str:
    """Time rounded as an estimate deserves: `< 1 min`, `7 min`, `2 h 10 min`."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "< 1 min"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {round(minutes % 60, -1) % 60} min"
