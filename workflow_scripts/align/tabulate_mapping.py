"""Combine the counts of all aligned samples in one table."""

import logging
from pathlib import Path

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def main(*, tables: list[str], out: str) -> None:
    """Write the rows of all `tables`, which share a header, in the given order."""
    parts = [Path(table).read_text().splitlines() for table in tables]
    headers = {part[0] for part in parts}
    if len(headers) != 1:
        raise ValueError(f"tables of different columns: {sorted(headers)}")
    rows = [row for part in parts for row in part[1:]]
    with atomic_path(out) as temporary:
        temporary.write_text("\n".join([parts[0][0], *rows]) + "\n")
    log.info("%s: %d samples", out, len(rows))


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.table)
