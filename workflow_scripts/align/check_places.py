"""Check regions and chromosomes of the config against a genome, before anything is aligned."""

from collections.abc import Mapping, Sequence

import cooler

from workflow_scripts.chromaloom.genomics.contacts import map_resolutions
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, read_sizes, some
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.places import places_module, run_place_checks


def check_map(path: str, held_out: Mapping[str, str], sizes: Mapping[str, int], where: str) -> None:
    """Reject a map without a chromosome that validation or test needs.

    Parameters
    ----------
    path
        .cool or .mcool file.
    held_out
        Chromosomes that are needed, and the config key of each.
    sizes
        Chromosome lengths (bp) of the genome, whose names may differ from the map's by `chr`.
    where
        Config file and section, for error messages.
    """
    # all resolutions have the same chromosomes; bins of varying size are left to the import
    for place in list(map_resolutions(path).values())[:1]:
        lengths = cooler.Cooler(place).chromsizes.to_dict()
        found = set(match_chromosomes(lengths, sizes, path).values())
        for chrom, key in held_out.items():
            if chrom not in found:
                raise UserError(
                    f"{where}.{key}: {chrom!r} is not in the map {path}; available:"
                    f" {some(found, 8)}; expected: a chromosome that the map has"
                )


def main(chrom_sizes: str, *, checks: Sequence[Mapping], checked: str) -> None:
    """Run the checks of all papers of a run, and list them.

    Parameters
    ----------
    chrom_sizes
        Table of chromosome lengths.
    checks
        One per paper, with keys paper, settings, where (config file and section), and maps (.cool
        and .mcool files that the paper uses; optional).
    checked
        File to write: the `where` of each check.

    Raises
    ------
    UserError
        A region or chromosome of the config is not in the genome, or not in a map.
    """
    sizes = read_sizes(chrom_sizes)
    run_place_checks(checks, sizes)
    for check in checks:
        for path in check.get("maps", ()):
            check_map(path, places_module(check).held_out(check["settings"]), sizes, check["where"])
    with atomic_path(checked) as temporary:
        temporary.write_text("".join(f"{check['where']}\n" for check in checks))


if __name__ == "__main__":
    run_script(main, snakemake)
