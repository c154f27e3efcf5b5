"""Tabulate the seconds of a job by rule from log files of Snakemake.

`python -m workflow_scripts.setup.time_rules LOG ... > resources/demo_seconds.tsv`

The time left of a run is estimated from this table (`workflow_scripts.setup.run_progress`). Only
ratios matter there, so the table is updated when the demo changes, not for another machine.
"""

import re
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from statistics import mean

TIME = re.compile(r"\[(\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4})\]$")
RULE = re.compile(r"(?:local)?rule (\w+):$")
JOB_ID = re.compile(r"    jobid: (\d+)$")
FINISHED = re.compile(r"Finished jobid: (\d+) ")
# of a job that starts and ends within one second of the log's clock
SHORTEST = 0.5


def seconds_by_rule(log: str | Path) -> dict[str, list[float]]:
    """Seconds of each job that finished, by rule, from one log file."""
    started: dict[str, tuple[str, datetime]] = {}
    seconds: dict[str, list[float]] = defaultdict(list)
    now, rule = datetime.min, ""
    for line in Path(log).read_text(errors="replace").splitlines():
        if match := TIME.match(line):
            now = datetime.strptime(match[1], "%a %b %d %H:%M:%S %Y")
        elif match := RULE.match(line):
            rule = match[1]
        elif match := JOB_ID.match(line):
            started[match[1]] = rule, now
        elif (match := FINISHED.match(line)) and match[1] in started:
            name, start = started.pop(match[1])
            seconds[name].append(max(SHORTEST, (now - start).total_seconds()))
    return seconds


if __name__ == "__main__":
    found: dict[str, list[float]] = defaultdict(list)
    for path in sys.argv[1:]:
        for name, values in seconds_by_rule(path).items():
            found[name] += values
    print("rule\tseconds")
    for name in sorted(found):
        print(f"{name}\t{mean(found[name]):.1f}")
