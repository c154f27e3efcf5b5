"""Fetch one file of the dataset sheet: resumed, retried, verified, never half-written."""

import logging
from pathlib import Path

from workflow_scripts.chromaloom.download.fetch import Dataset, RetryPolicy, fetch
from workflow_scripts.chromaloom.workflow.job import script_job

log = logging.getLogger("chromaloom")
PATIENCE = ("attempts", "timeout", "pause", "rate", "spare")


def main(
    *,
    dataset: str,
    url: str,
    mirror: str,
    size: str,
    md5: str,
    sha256: str,
    store: str,
    locks: list[str],
    policy: dict,
    out: str,
) -> None:
    """Fetch a row of the dataset sheet to `out`; empty `size` and checksums are not checked.

    Parameters
    ----------
    dataset, url, mirror, size, md5, sha256
        Cells of the sheet.
    store, locks
        Folder of kept and half-fetched files; lock files by precedence, the last is written.
    policy
        Keys of `fetch.RetryPolicy`.
    out
        Where the file is wanted.

    Raises
    ------
    UserError
        No such file, refused by the server, given up, no room, or content other than expected.
    """
    log.info("%s: from %s", dataset, url)
    expected = Dataset(
        dataset, url, int(size) if size else None, md5, sha256, tuple(mirror.split())
    )
    fetch(expected, Path(out), store=store, locks=locks, policy=RetryPolicy(**policy))


if __name__ == "__main__":
    with script_job(snakemake):
        # from the config and not from params, which would fetch again when they change
        settings = {key: snakemake.config["download"][key] for key in PATIENCE}
        main(out=snakemake.output.file, policy=settings, **snakemake.params)
