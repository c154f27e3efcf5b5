"""Download the archive of a run from the SRA; an interrupted download is resumed."""

import logging
import time
from pathlib import Path

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.download.sra_tools import run_tool

log = logging.getLogger("chromaloom")


def main(*, run: str, store: str, attempts: int, pause: float, out: str) -> None:
    """Download and validate an archive.

    Parameters
    ----------
    run
        Accession.
    store
        Folder that keeps a partial archive between attempts and runs: prefetch resumes it.
    attempts, pause
        Number of attempts; seconds before the second, doubled each time, at most a minute.
    out
        Folder that becomes the archive (the toolkit takes the folder, not the file in it).

    Raises
    ------
    UserError
        The error of prefetch or vdb-validate at the last attempt.
    """
    folder = Path(store, run)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, attempts + 1):
        try:
            # the default rejects archives beyond 20 GB
            run_tool(["prefetch", "--max-size", "u", "--output-directory", store, run], run)
            run_tool(["vdb-validate", str(folder)], run)
            break
        except UserError as error:
            if attempt == attempts or "no prefetch on the PATH" in str(error):
                raise
            seconds = min(pause * 2 ** (attempt - 1), 60)
            log.info("%s; next attempt in %.0f s", error, seconds)
            time.sleep(seconds)
    if not folder.is_dir():
        raise UserError(f"{run}: prefetch left no folder {folder}")
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    folder.replace(out)


if __name__ == "__main__":
    with script_job(snakemake):
        # from the config, since a change of params would rerun the download
        patience = {key: snakemake.config["download"][key] for key in ("attempts", "pause")}
        main(out=snakemake.output.archive, **snakemake.params, **patience)
