"""Download one file of the dataset sheet with resuming, retries and verification."""

import logging
from pathlib import Path

from workflow_scripts.chromaloom.download.fetch import Dataset, RetryPolicy, fetch
from workflow_scripts.chromaloom.workflow.job import script_job

log = logging.getLogger("chromaloom")
POLICY_KEYS = ("attempts", "timeout", "pause", "rate", "spare")


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
    """Download a row of the dataset sheet to `out`; empty `size` and checksums are not checked.

    Parameters
    ----------
    dataset, url, mirror, size, md5, sha256
        Cells of the sheet.
    store, locks
        Folder of complete and partial files; lock files by precedence, new rows go to the last.
    policy
        Keys of `fetch.RetryPolicy`.
    out
        Final path.

    Raises
    ------
    UserError
        No such file, rejected by the server, too many failed attempts, no disk space, or unexpected
        content.
    """
    log.info("%s: from %s", dataset, url)
    expected = Dataset(
        dataset, url, int(size) if size else None, md5, sha256, tuple(mirror.split())
    )
    fetch(expected, Path(out), store=store, locks=locks, policy=RetryPolicy(**policy))


if __name__ == "__main__":
    with script_job(snakemake):
        # from the config, since a change of params would rerun the download
        settings = {key: snakemake.config["download"][key] for key in POLICY_KEYS}
        main(out=snakemake.output.file, policy=settings, **snakemake.params)
