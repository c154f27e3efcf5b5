"""Make the self-contained HTML report of the run with Snakemake's own report."""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.report.applied_models import Application
from workflow_scripts.report.figure_cards import Figure
from workflow_scripts.report.overview import Run, as_caption, overview_html
from workflow_scripts.report.run_tables import Sample

log = logging.getLogger("chromaloom")
# Names a caption for rules/report.smk to use as the report's front page
FRONT_PAGE = "CHROMALOOM_FRONT_PAGE"


def main(
    snakefile: str,
    config: str,
    *,
    targets: list[str],
    samples: list[dict[str, Any]],
    simulated: list[str],
    published: dict[str, str],
    figures: list[dict[str, str]],
    applied: list[dict[str, Any]],
    out: str,
) -> None:
    """Run `snakemake --report` over finished targets, with the overview as its front page.

    Parameters
    ----------
    snakefile, config
        The workflow and the run's config, as `snakemake` takes them; the config lies in the folder
        of the run's results.
    targets
        Files of the run that the report shows.
    samples, simulated, published, figures, applied
        Samples, simulated cells, published tables, figures and entries of `apply` of the run
        (`overview.Run`).
    out
        Output, one HTML file.
    """
    run = Run(
        results=Path(config).parent,
        config=yaml.safe_load(Path(config).read_text()),
        samples=[Sample(**sample) for sample in samples],
        simulated=simulated,
        published=published,
        figures=[Figure(**figure) for figure in figures],
        applied=[Application(**entry) for entry in applied],
    )
    with tempfile.TemporaryDirectory() as folder, atomic_path(out) as temporary:
        front_page = Path(folder, "overview.rst")
        front_page.write_text(as_caption(overview_html(run)))
        command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile,
                   "--configfile", config, "--cores", "1", "--nolock",
                   "--report", str(temporary), "--", *targets]  # fmt: skip
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, FRONT_PAGE: str(front_page)},
        )
        log.info("%s", done.stderr.strip())
        if done.returncode or not temporary.exists():
            raise UserError(f"snakemake --report ended with {done.returncode}; see above")
    log.info("report: %s", out)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.params.snakefile,
            snakemake.input.config,
            out=snakemake.output.report,
            **{key: value for key, value in snakemake.params.items() if key != "snakefile"},
        )
