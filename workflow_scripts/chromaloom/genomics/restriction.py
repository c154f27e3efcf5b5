"""Restriction sites and ligation junctions of the enzymes of Hi-C and HiChIP."""

from typing import Any

import numpy as np
from Bio import Restriction
from Bio.Seq import Seq

from workflow_scripts.chromaloom.workflow.errors import UserError


def find_enzyme(name: str) -> Any:
    """The enzyme of a name, such as MboI, DpnII or HindIII.

    Raises
    ------
    UserError
        Unknown enzyme, or one without a 5' overhang to fill in.
    """
    if name not in Restriction.AllEnzymes.as_string():  # type: ignore[attr-defined]
        raise UserError(
            f"config: enzyme {name!r} is unknown; expected: a name such as MboI, HindIII"
        )
    enzyme = getattr(Restriction, name)
    if not enzyme.is_5overhang():
        raise UserError(
            f"config: enzyme {name!r} leaves no 5' overhang to fill in; expected: such as MboI"
        )
    return enzyme


def restriction_sites(sequence: str, enzyme: str) -> np.ndarray:
    """Cuts of the plus strand: position of the first base after each cut.

    Parameters
    ----------
    sequence
        Bases of one chromosome.
    enzyme
        Name of the enzyme.

    Returns
    -------
    numpy.ndarray, shape (cuts,), int, ascending, 0-based
    """
    cuts = find_enzyme(enzyme).search(Seq(sequence))
    return np.array(sorted(cuts), dtype=int) - 1  # Bio.Restriction counts from 1


def ligation_junction(enzyme: str) -> str:
    """Sequence where two filled-in ends were ligated: GATCGATC of MboI, AAGCTAGCTT of HindIII."""
    found = find_enzyme(enzyme)
    plus, minus = found.fst5, found.size + found.fst3
    return found.site[:minus] + found.site[plus:]
