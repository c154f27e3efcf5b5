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
        It begins otherwise.
    """
    with Path(file).open("rb") as handle:
        start = handle.read(8)
    if start.startswith(HIC if kind == "hic" else HDF5):
        return
    if kind == "hic":
        also = "; fix: give it kind cool or mcool" if start == HDF5 else "; fix: correct the kind"
        raise UserError(f"{file}: no .hic file; expected: Juicer's .hic{also}")
    if start.startswith(HIC):
        raise UserError(f"{file}: a .hic file; expected: .cool or .mcool; fix: give it kind hic")
    packed = ", compressed by gzip; fix: gunzip it" if start.startswith(GZIP) else ""
    raise UserError(f"{file}: no contact map; expected: .cool or .mcool{packed}")
