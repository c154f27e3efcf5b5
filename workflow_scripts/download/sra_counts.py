"""Completeness of a dump of an SRA run: spots of the archive against reads written."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from workflow_scripts.chromaloom.workflow.errors import UserError

# lines of fasterq-dump's output; it drops technical reads and reads that are too short
COUNT = re.compile(r"^\s*(spots read|reads read|reads written)\s*:\s*([\d,]+)\s*$", re.M)


@dataclass(frozen=True)
class Dump:
    """Counts reported by fasterq-dump."""

    spots: int
    reads_written: int


def spots_of(xml: str, run: str) -> int:
    """Number of spots in an archive, from the output of `sra-stat --quick --xml`.

    Raises
    ------
    UserError
        The output has no number of spots.
    """
    try:
        node = next(n for n in ElementTree.fromstring(xml).iter() if "spot_count" in n.attrib)
        return int(node.attrib["spot_count"])
    except (ElementTree.ParseError, StopIteration, ValueError):
        raise UserError(
            f"{run}: sra-stat reports no number of spots: {xml.strip()[:200]!r}"
        ) from None


def dump_of(said: str, run: str) -> Dump:
    """Parse the counts in fasterq-dump's output.

    Raises
    ------
    UserError
        The output has no counts.
    """
    found = {name: int(number.replace(",", "")) for name, number in COUNT.findall(said)}
    if not {"spots read", "reads written"} <= found.keys():
        last = " | ".join(said.strip().splitlines()[-3:])
        raise UserError(f"{run}: fasterq-dump does not say how many reads it wrote: {last!r}")
    return Dump(found["spots read"], found["reads written"])


def check_whole(run: str, *, spots: int, dump: Dump, written: dict[str, int]) -> None:
    """Reject a dump without all spots, or files that lack reads.

    Parameters
    ----------
    run
        Accession, for messages.
    spots
        Spots of the archive.
    dump
        Counts reported by fasterq-dump.
    written
        Reads counted in each file.

    Raises
    ------
    UserError
        The numbers differ.
    """
    if dump.spots != spots:
        raise UserError(
            f"{run}: truncated: fasterq-dump read {dump.spots} spots, the archive has {spots}"
        )
    if (total := sum(written.values())) != dump.reads_written:
        files = ", ".join(f"{name} {count}" for name, count in written.items())
        raise UserError(
            f"{run}: truncated: fasterq-dump wrote {dump.reads_written} reads, the files have"
            f" {total} ({files})"
        )
    mates = [count for name, count in written.items() if re.search(r"_[12]\.fastq$", name)]
    if len(set(mates)) > 1:
        raise UserError(
            f"{run}: {mates[0]} first mates and {mates[1]} second mates; expected: equal"
        )
