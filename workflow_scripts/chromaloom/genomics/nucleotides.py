"""Letters of a DNA sequence."""

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.workflow.errors import UserError

# codes of nucleotides (IUPAC); others than ACGT are read as N, and U is RNA
NUCLEOTIDES = "ACGTNRYSWKMBDHV"
_KNOWN = str.maketrans("", "", NUCLEOTIDES)


def check_letters(bases: str, where: str) -> None:
    """Refuse letters that are no nucleotides of DNA.

    Raises
    ------
    UserError
        With the first such letter and its place (from 0) in `bases`.
    """
    if rest := bases.upper().translate(_KNOWN):
        place = bases.upper().index(rest[0])
        raise UserError(
            f"{where}: {bases[place]!r} is no nucleotide of DNA (letter {place + 1}); expected:"
            f" {some(NUCLEOTIDES, 5)} (IUPAC; all but ACGT are read as N)"
        )
