"""Join separately aligned mates, interleaved in one SAM stream, into pairs.

A separate program between bowtie2 and pairtools; it depends only on the standard library.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

UNMAPPED, REVERSE = 0x4, 0x10
# paired and the first, or the second, of the pair
MATE_FLAGS = (0x1 | 0x40, 0x1 | 0x80)
NAME, FLAG, BASES = 0, 1, 9
TELL_EVERY = 100_000  # pairs


def main(lines: Iterable[bytes], out: IO[bytes], *, min_length: int, counts: str | Path) -> None:
    """Copy SAM lines with the flags of pairs set and the first mate's name for both mates.

    Parameters
    ----------
    lines
        SAM: header, then interleaved first and second mates, one line each.
    out
        SAM of paired reads.
    min_length
        Shorter reads (bp) are set to unmapped.
    counts
        JSON file, rewritten at intervals: number of pairs, of mapped reads (each mate is one) and
        of reads that are too short.
    """
    found = {"pairs": 0, "mapped": 0, "short": 0}
    lines = iter(lines)
    for line in lines:
        if line.startswith(b"@") and not found["pairs"]:
            out.write(line)
            continue
        mates = line.split(b"\t"), next(lines).split(b"\t")
        name = mates[0][NAME].removesuffix(b"/1")
        for fields, side in zip(mates, MATE_FLAGS, strict=True):
            flag = int(fields[FLAG]) | side
            if len(fields[BASES]) < min_length:
                found["short"] += 1
                flag = (flag | UNMAPPED) & ~REVERSE
                fields[2:9] = [b"*", b"0", b"0", b"*", b"*", b"0", b"0"]
                # SAM has a star for an empty sequence and empty qualities
                fields[9:] = [fields[9] or b"*", fields[10].strip() or b"*\n"]
                fields[-1] = fields[-1].strip() + b"\n"
            found["mapped"] += not flag & UNMAPPED
            fields[NAME], fields[FLAG] = name, b"%d" % flag
            out.write(b"\t".join(fields))
        found["pairs"] += 1
        if found["pairs"] % TELL_EVERY == 0:
            write_counts(found, counts)
    write_counts(found, counts)


def write_counts(found: dict[str, int], path: str | Path) -> None:
    """Write the counts atomically."""
    part = Path(f"{path}.part")
    part.write_text(json.dumps(found))
    part.replace(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--min-length", type=int, required=True)
    parser.add_argument("--counts", required=True)
    given = parser.parse_args()
    main(sys.stdin.buffer, sys.stdout.buffer, min_length=given.min_length, counts=given.counts)
