"""Make the self-contained HTML report of the run with Snakemake's own report."""

import logging
import subprocess
import sys

from workflow_scripts.chromaloom.errors import UserError
from workflow_scripts.chromaloom.files import atomic_path
from workflow_scripts.chromaloom.job import script_job

log = logging.getLogger("chromaloom")


def main(snakefile: str, config: str, *, targets: list[str], out: str) -> None:
    """Run `snakemake --report` over finished targets and put the page in place."""
    with atomic_path(out) as temporary:
        command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile,
                   "--configfile", config, "--cores", "1", "--nolock",
                   "--report", str(temporary), "--", *targets]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        log.info("%s", done.stderr.strip())
        if done.returncode or not temporary.exists():
            raise UserError(f"snakemake --report ended with {done.returncode}; see above")
    log.info("report: %s", out)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.params.snakefile,
            snakemake.input.config,
            targets=snakemake.params.targets,
            out=snakemake.output.report,
        )
