"""Formats of contact maps by their first bytes.

Depends only on the standard library, so that files can be checked before any job.
"""

from pathlib import Path

from workflow_scripts.chromaloom.workflow.errors import UserError

HDF5 = b"\x89HDF\r\n\x1a\n"
HIC = b"HIC\0"
GZIP = b"\x1f\x8b"


def check_map_format(file: str | Path, kind: str = "cool") -> None:
    """Refuse a file that does not begin as a .cool or .mcool (HDF5), or as a .hic.

    Raises
    ------
    UserError
        It begins otherwise, or is an HDF5 file that was cut off.
    """
    with Path(file).open("rb") as handle:
        start = handle.read(48)
    if kind != "hic" and start.startswith(HDF5):
        size, whole = Path(file).stat().st_size, end_of_hdf5(start)
        if size < whole:
            raise UserError(
                f"{file}: the map is truncated ({size} of {whole} bytes); expected: a complete"
                " .cool or .mcool; fix: copy or download it again"
            )
        return
    if kind == "hic" and start.startswith(HIC):
        return
    if kind == "hic":
        hdf5 = start.startswith(HDF5)
        also = "; fix: give it kind cool or mcool" if hdf5 else "; fix: correct the kind"
        raise UserError(f"{file}: no .hic file; expected: Juicer's .hic{also}")
    if start.startswith(HIC):
        raise UserError(f"{file}: a .hic file; expected: .cool or .mcool; fix: give it kind hic")
    packed = ", compressed by gzip; fix: gunzip it" if start.startswith(GZIP) else ""
    raise UserError(f"{file}: no contact map; expected: .cool or .mcool{packed}")


def end_of_hdf5(start: bytes) -> int:
    """Size of an HDF5 file (bytes) by its superblock; 0 where its first 48 bytes do not tell.

    The end-of-file address follows two other addresses, after 24 bytes in versions 0 and 1 of the
    superblock, and 12 in versions 2 and 3 (HDF5 file format specification, II.A).
    """
    if len(start) < 48:
        return 0
    version, eights = start[8], start[13] if start[8] < 2 else start[9]
    place = {0: 40, 1: 44, 2: 28, 3: 28}.get(version, 48)
    if eights != 8 or place > 40:
        return 0
    return int.from_bytes(start[place : place + 8], "little")
