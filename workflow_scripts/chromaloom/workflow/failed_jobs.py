"""Failed jobs of a run: rule, error line, and path of the log."""

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# lines that say why a job ended, the best first: of this workflow's scripts, the end of a
# traceback, of tools
ERRORS = (
    re.compile(r"^(?:\d\d:\d\d:\d\d )?(error: .*)$"),
    re.compile(r"^((?:\w+\.)*\w+(?:Error|Exception)\b.*)$"),
    re.compile(r"^(.*(?:\berror\b|\(ERR\)).*)$", re.IGNORECASE),
)
TAIL_BYTES = 65536
# Snakemake's messages when it is interrupted: the jobs that end then have not failed
INTERRUPTED = ("Terminating processes on user request", "Will exit after finishing")
# the jobs get the signal too: one may end before Snakemake reports the interrupt
INTERRUPT_SECONDS = 1


@dataclass(frozen=True)
class FailedJob:
    """A job that failed and was not finished by a later attempt."""

    rule: str
    wildcards: dict[str, str] = field(default_factory=dict)
    logs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The rule with its wildcards, as `align_reads (sample=A)`."""
        wildcards = ", ".join(f"{name}={value}" for name, value in self.wildcards.items())
        return f"{self.rule} ({wildcards})" if wildcards else self.rule

    def describe(self) -> str:
        """One line: job, error, path of the log."""
        reasons = [line for log in self.logs if (line := error_line(log))]
        where = f"; log: {', '.join(self.logs)}" if self.logs else ""
        return f"{self.name}: {reasons[0] if reasons else 'ended without an error line'}{where}"


def error_line(log: str | Path) -> str:
    """Line of a log that explains the failure; empty if there is none.

    The last `error: …` line of a script of this workflow, else the last line of a traceback, else
    the last line in which a tool reports an error.
    """
    try:
        with Path(log).open("rb") as file:
            file.seek(max(0, Path(log).stat().st_size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in re.split(r"[\r\n]+", text)]
    for pattern in ERRORS:
        if found := [match[1] for line in lines if (match := pattern.match(line))]:
            return found[-1]
    return ""


class FailedJobs(logging.Handler):
    """Log handler that collects the failed jobs from Snakemake's log events.

    Handlers of the logger see every event, whatever `--quiet` and `--logger` show.
    """

    def __init__(self) -> None:
        super().__init__()
        self.interrupted = False
        self._started: dict[int, FailedJob] = {}
        self._failed: dict[int, FailedJob] = {}
        self._times: dict[int, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Process one event."""
        fields: Any = record  # an event's fields are attributes of the record
        event = getattr(record, "event", None)
        if event == "job_info":
            self._started[fields.jobid] = job_of(fields)
        elif event == "job_error" and not self.interrupted:
            self._failed.pop(fields.jobid, None)  # a later attempt replaces an earlier one
            self._failed[fields.jobid] = self._started.get(fields.jobid) or job_of(fields)
            self._times[fields.jobid] = record.created
        elif event == "job_finished":  # by a later attempt (restart-times)
            self._failed.pop(fields.job_id, None)
        elif event is None and str(record.msg).startswith(INTERRUPTED):
            self.interrupted = True
            for jobid in list(self._failed):
                if record.created - self._times[jobid] < INTERRUPT_SECONDS:
                    del self._failed[jobid]

    @property
    def jobs(self) -> list[FailedJob]:
        """Failed jobs in the order in which they failed."""
        return list(self._failed.values())

    def summary(self) -> list[str]:
        """Lines printed when a run stops: its failed jobs, and what to do."""
        lines = [f"  {job.describe()}" for job in self._failed.values()]
        if lines:
            lines.insert(0, f"Failed: {len(lines)} job{'s' if len(lines) > 1 else ''}")
        if self.interrupted:
            todo = "Interrupted. Run the same command again to resume; finished outputs are kept."
        else:
            todo = "Fix the cause and run the same command again; finished outputs are kept."
        return [*lines, todo]


def job_of(fields: Any) -> FailedJob:
    """The job of a `job_info` or `job_error` event."""
    wildcards = getattr(fields, "wildcards", None) or {}
    return FailedJob(
        fields.rule_name,
        {name: str(value) for name, value in wildcards.items()},
        tuple(map(str, fields.log or ())),
    )
