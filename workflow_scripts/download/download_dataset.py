"""Fetch one file of the dataset sheet: resumed, retried, verified, never half-written."""

import logging
from pathlib import Path

from workflow_scripts.chromaloom.fetch import Dataset, fetch
from workflow_scripts.chromaloom.job import script_job

log = logging.getLogger("chromaloom")
PATIENCE = ("attempts", "timeout", "pause")


def main(
    *,
    dataset: str,
    url: str,
    size: str,
    md5: str,
    sha256: str,
    store: str,
    attempts: int,
    timeout: float,
    pause: float,
    out: str,
) -> None:
    """Fetch a row of the dataset sheet to `out`; empty `size` and checksums are not checked.

    Raises
    ------
    UserError
        No such file, refused by the server, given up, or content other than expected.
    """
    log.info("%s: from %s", dataset, url)
    expected = Dataset(dataset, url, int(size) if size else None, md5, sha256)
    fetch(expected, Path(out), store=store, attempts=attempts, timeout=timeout, pause=pause)


if __name__ == "__main__":
    with script_job(snakemake):
        # from the config and not from params, which would fetch again when they change
        patience = {key: snakemake.config["download"][key] for key in PATIENCE}
        main(out=snakemake.output.file, **snakemake.params, **patience)
