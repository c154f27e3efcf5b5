"""Check regions and chromosomes of the config against a genome, before anything is aligned."""

import importlib
import logging
from collections.abc import Mapping, Sequence

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def run_place_checks(checks: Sequence[Mapping], sizes: Mapping[str, int]) -> None:
    """Run `check_places` of each paper's `config/places.py` on a genome's lengths (bp).

    `checks` and errors as for `main`.
    """
    for check in checks:
        module = importlib.import_module(f"workflow_scripts.{check['paper']}.config.places")
        module.check_places(check["settings"], sizes, check["where"])
        log.info("%s: all regions lie within the genome", check["where"])


def main(chrom_sizes: str, *, checks: Sequence[Mapping], checked: str) -> None:
    """Run the checks of all papers of a run, and list them.

    Parameters
    ----------
    chrom_sizes
        Table of chromosome lengths.
    checks
        One per paper, with keys paper, settings, and where (config file and section).
    checked
        File to write: the `where` of each check.

    Raises
    ------
    UserError
        A region or chromosome of the config is not in the genome.
    """
    run_place_checks(checks, read_sizes(chrom_sizes))
    with atomic_path(checked) as temporary:
        temporary.write_text("".join(f"{check['where']}\n" for check in checks))


if __name__ == "__main__":
    run_script(main, snakemake)
