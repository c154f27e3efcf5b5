"""Keep a random fraction of the contacts of a map, and balance the result."""

import logging
from collections.abc import Sequence

import cooler
import numpy as np
from cooltools.api.sample import sample as sample_contacts

from workflow_scripts.chromaloom.genomics.contact_maps import finish_map
from workflow_scripts.chromaloom.genomics.contacts import open_map
from workflow_scripts.chromaloom.io.files import scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def main(
    contacts: str,
    *,
    sample: str,
    resolution: int,
    fraction: float,
    balance: dict,
    seed: int,
    threads: int,
    out: str,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Write the balanced .mcool of a map whose contacts are kept with some probability.

    Parameters
    ----------
    contacts
        Map (.mcool) of integer counts.
    sample
        Name, for messages.
    resolution
        Bin size (bp).
    fraction
        Probability that a contact is kept.
    balance
        Config section `contacts.balance`.
    seed
        Seed of the draw.
    threads
        Processes for balancing.
    out
        Output .mcool.
    blacklist
        Regions to be masked (BED), or none.

    Raises
    ------
    UserError
        Counts that are not integers, or too few contacts to balance.
    """
    clr = open_map(contacts, resolution)
    if not np.issubdtype(clr.pixels().dtypes["count"], np.integer):
        raise UserError(
            f"{contacts}: {sample!r} has fractional counts; expected: integer counts; fix: set"
            " enhancement.low_resolution.method to pool"
        )
    with scratch_folder(out) as folder:
        base = f"{folder}/base.cool"
        np.random.seed(seed)  # noqa: NPY002, cooltools draws from the global stream
        sample_contacts(clr, base, frac=fraction)
        kept, total = cooler.Cooler(base).info["sum"], clr.info["sum"]
        log.info("%s: %d of %d contacts kept (%.4f)", sample, kept, total, kept / max(total, 1))
        finish_map(
            base, out, folder=folder, name=f"{sample}, {fraction:g} of its contacts",
            resolutions=[resolution], balance=balance, threads=threads,
            blacklist=blacklist,
        )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
