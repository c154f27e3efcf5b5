"""Formats of alignments and bigWigs by their first and last bytes.

Depends only on the standard library, so that files can be checked before any job.
"""

import os
from pathlib import Path

from workflow_scripts.chromaloom.workflow.errors import UserError

BGZF, CRAM = b"\x1f\x8b\x08\x04", b"CRAM"
# the empty block at the end of a complete BAM file (SAM specification, 4.1.2)
BAM_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BIGWIG = (bytes.fromhex("26fc8f88"), bytes.fromhex("888ffc26"))  # of either byte order
# starts of files that are often given by mistake
OTHERS = {
    b"@HD\t": "SAM text; fix: samtools view -b",
    b"@SQ\t": "SAM text; fix: samtools view -b",
    b"BAI\x01": "the index of a BAM file",
    bytes.fromhex("ebf28987"): "a bigBed file",
}


def check_signal_format(path: str | Path, kind: str) -> None:
    """Reject a file of kind `bam` or `bigwig` that begins otherwise, and a BAM without its end.

    Raises
    ------
    UserError
        Not a BAM, CRAM or bigWig file, or a truncated BAM.
    """
    with Path(path).open("rb") as handle:
        start = handle.read(4)
        handle.seek(max(0, os.fstat(handle.fileno()).st_size - len(BAM_END)))
        end = handle.read()
    expected = {"bam": "BAM or CRAM", "bigwig": "bigWig"}[kind]
    if start not in ((BGZF, CRAM) if kind == "bam" else BIGWIG):
        known = f": it is {OTHERS[start]}" if start in OTHERS else ""
        raise UserError(f"{path}: no {expected} file{known}; expected: {expected}")
    if start == BGZF and end != BAM_END:
        raise UserError(f"{path}: the BAM file is truncated; fix: copy or download it again")
