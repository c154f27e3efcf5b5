"""Regions in configs, as text: `chrom` or `chrom:start-end`.

Depends only on the standard library: the rules read it.
"""

import re
from collections.abc import Mapping

from workflow_scripts.chromaloom.workflow.errors import UserError

UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
REGION = re.compile(r"([^:]+)(?::([\d.,]+)([kKmM]?)b?-([\d.,]+)([kKmM]?)b?)?")


def span(match: re.Match[str]) -> tuple[int, int]:
    """Start and end (bp) of a region: groups 2 to 5 are a number and its unit, twice."""
    start, end = (
        round(float(number.replace(",", "")) * UNITS[unit.lower()])
        for number, unit in ((match[2], match[3]), (match[4], match[5]))
    )
    return start, end


def parse_region(text: str, sizes: Mapping[str, int], where: str) -> tuple[str, int, int]:
    """Chromosome, start and end (bp, 0-based half-open) of `chrom` or `chrom:start-end`.

    Parameters
    ----------
    text
        Numbers may contain commas and end with k or M: `chr3R:13.95M-27.9M`.
    sizes
        Length (bp) of each chromosome.
    where
        Config key, for error messages.

    Raises
    ------
    UserError
        The text is not a region, the chromosome is unknown, or the region lies outside it.
    """
    match = REGION.fullmatch(text.strip())
    if not match:
        raise UserError(f"{where}: {text!r} is not a region; expected: chrom or chrom:start-end")
    chrom = match[1]
    if chrom not in sizes:
        names = list(sizes)
        available = ", ".join(names[:8]) + (f" … ({len(names)})" if len(names) > 8 else "")
        raise UserError(f"{where}: {text!r}: no chromosome {chrom!r}; available: {available}")
    if match[2] is None:
        return chrom, 0, sizes[chrom]
    try:
        start, end = span(match)
    except ValueError:
        raise UserError(
            f"{where}: {text!r}: start or end is not a number; expected: chrom:start-end"
        ) from None
    if not start < end <= sizes[chrom]:
        raise UserError(
            f"{where}: {text!r} is outside the genome; expected: start < end <= {sizes[chrom]:,} bp"
            f" ({chrom})"
        )
    return chrom, start, end
