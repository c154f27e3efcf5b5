"""Sum the maps of a cell's replicates and balance the sum."""

import logging
import shutil
from collections.abc import Sequence

from workflow_scripts.chromaloom.genomics.contact_maps import pool_maps
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def main(
    *,
    cell: str,
    maps: list[str],
    resolutions: list[int],
    balance: dict,
    threads: int,
    out: str,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Write the cell's .mcool; a copy if there is only one sample.

    Bins of the `blacklist` (BED, or none) are masked.
    """
    log.info("%s: %d samples", cell, len(maps))
    if len(maps) == 1:
        with atomic_path(out) as temporary:
            shutil.copyfile(maps[0], temporary)
        return
    pool_maps(
        maps, out, name=cell, resolutions=resolutions, balance=balance, threads=threads,
        blacklist=blacklist,
    )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.map)
