"""Draw a random share of the contacts of a map, and balance what is left."""

import logging

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
) -> None:
    """Write the balanced .mcool of a share of a map's contacts, each kept or not by chance.

    Parameters
    ----------
    contacts
        Map (.mcool) of whole counts.
    sample
        Name, for messages.
    resolution
        Bin size (bp).
    fraction
        Chance of a contact to be kept.
    balance
        Config section `contacts.balance`.
    seed
        Of the draw.
    threads
        Processes for balancing.
    out
        .mcool to be written.

    Raises
    ------
    UserError
        Counts that are not whole, or a share too small to be balanced.
    """
    clr = open_map(contacts, resolution)
    if not np.issubdtype(clr.pixels().dtypes["count"], np.integer):
        raise UserError(
            f"{contacts}: {sample!r} has fractional counts; allowed: whole ones, of which a share"
            " can be drawn (or low_resolution.method pool)"
        )
    with scratch_folder(out) as folder:
        base = f"{folder}/base.cool"
        np.random.seed(seed)  # noqa: NPY002, cooltools draws from the global stream
        sample_contacts(clr, base, frac=fraction)
        kept, whole = cooler.Cooler(base).info["sum"], clr.info["sum"]
        log.info("%s: %d of %d contacts kept (%.4f)", sample, kept, whole, kept / max(whole, 1))
        finish_map(
            base, out, folder=folder, name=f"{sample}, {fraction:g} of its contacts",
            resolutions=[resolution], balance=balance, threads=threads,
        )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.map)
