"""Chromosomes of a split, checked as soon as the lengths of the chromosomes are known.

Imported by the rules: needs the standard library only.
"""

from collections.abc import Mapping

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.workflow.errors import UserError


def check_places(settings: Mapping[str, Mapping], sizes: Mapping[str, int], where: str) -> None:
    """Reject chromosomes of validation and test that the genome lacks.

    Parameters
    ----------
    settings
        Split of each cell of one genome: split, valid_chromosomes and test_chromosomes.
    sizes
        Length (bp) of each chromosome.
    where
        Config file and section, for error messages.

    Raises
    ------
    UserError
        With split `chromosome`, a chromosome is not in the genome.
    """
    for cell, split in settings.items():
        if split["split"] != "chromosome":
            continue
        for key in ("valid_chromosomes", "test_chromosomes"):
            for name in split[key]:
                if name not in sizes:
                    raise UserError(
                        f"{where}.{key}: {name!r} is not a chromosome of the genome of cell"
                        f" {cell!r}; available: {some(sizes, 8)}"
                    )
