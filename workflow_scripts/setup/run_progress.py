"""How far a run is, and how long it will still take."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

# Assumed before a run shows its own speed: seconds of work per second, at most so many of the cores
PRIOR_SECONDS, PRIOR_CORES = 15, 4


@dataclass
class RunningJob:
    """A job at work: its rule, the values of its wildcards, when it started."""

    rule: str
    wildcards: tuple[str, ...]
    started: float


@dataclass
class RunProgress:
    """Jobs of a run by rule: planned, at work and done.

    Attributes
    ----------
    seconds
        Expected seconds of a job by rule. Only their ratios matter once the run shows its speed.
        Rules that are missing count as the median.
    cores
        Cores of the run.
    started
        Time at which the run started, in seconds.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    cores: int = 1
    started: float = 0.0

    def __post_init__(self) -> None:
        known = sorted(self.seconds.values())
        self._median = known[len(known) // 2] if known else 1.0
        self.planned: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.running: dict[int, RunningJob] = {}

    def plan(self, counts: Mapping[str, int]) -> None:
        """Set the number of jobs of each rule."""
        self.planned = Counter({rule: count for rule, count in counts.items() if count})

    def start(self, jobid: int, rule: str, wildcards: tuple[str, ...], now: float) -> None:
        """Note a job that starts, also anew."""
        self.running[jobid] = RunningJob(rule, wildcards, now)

    def finish(self, jobid: int) -> str | None:
        """Note a job that is done; return its rule if that was the rule's last job."""
        job = self.running.pop(jobid, None)
        if job is None:
            return None
        self.done[job.rule] += 1
        # a checkpoint may add jobs to those planned
        self.planned[job.rule] = max(self.planned[job.rule], self.done[job.rule])
        return job.rule if self.done[job.rule] == self.planned[job.rule] else None

    def fail(self, jobid: int) -> None:
        """Note a job that failed."""
        self.running.pop(jobid, None)

    @property
    def total_jobs(self) -> int:
        """Jobs planned."""
        return self.planned.total()

    @property
    def done_jobs(self) -> int:
        """Jobs done."""
        return self.done.total()

    def expected(self, rule: str) -> float:
        """Expected seconds of a job of a rule."""
        return self.seconds.get(rule, self._median)

    def work(self, now: float) -> tuple[float, float]:
        """Expected seconds of what is done, and of all jobs.

        A job at work counts by the time since it started, up to nearly all of what is expected.
        """
        total = sum(count * self.expected(rule) for rule, count in self.planned.items())
        done = sum(count * self.expected(rule) for rule, count in self.done.items())
        for job in self.running.values():
            done += min(now - job.started, 0.95 * self.expected(job.rule))
        return min(done, total), total

    def fraction(self, now: float) -> float:
        """Share of the work that is done, 0 to 1."""
        done, total = self.work(now)
        return done / total if total else 0.0

    def seconds_left(self, now: float) -> float:
        """Expected seconds to the end, at the speed of the run so far."""
        done, total = self.work(now)
        prior = min(self.cores, PRIOR_CORES)
        speed = (done + PRIOR_SECONDS * prior) / (now - self.started + PRIOR_SECONDS)
        return (total - done) / speed
