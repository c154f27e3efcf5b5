"""DNA as arrays of codes: A, C, G, T = 0, 1, 2, 3 and N = 4, dtype uint8."""

from pathlib import Path

import numpy as np
import pysam

from workflow_scripts.chromaloom.io.files import atomic_path

LETTERS = np.frombuffer(b"ACGTN", dtype=np.uint8)
A, C, G, T, N = range(5)
_CODE = np.full(256, N, dtype=np.uint8)
_CODE[LETTERS] = np.arange(5)
_CODE[np.frombuffer(b"acgt", dtype=np.uint8)] = np.arange(4)
COMPLEMENT = np.array([T, G, C, A, N], dtype=np.uint8)
LINE = 80


def encode(text: str | bytes) -> np.ndarray:
    """Codes of a sequence, shape (length,), uint8; any other letter than ACGT is N."""
    data = text.encode() if isinstance(text, str) else text
    return _CODE[np.frombuffer(data, dtype=np.uint8)]


def decode(codes: np.ndarray) -> str:
    """Letters of an array of codes."""
    return LETTERS[codes].tobytes().decode()


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """Reverse complement along the last axis."""
    return COMPLEMENT[codes[..., ::-1]]


def write_fasta(path: str | Path, sequences: dict[str, np.ndarray]) -> None:
    """Write sequences as FASTA in BGZF: any gzip reader opens it, and faidx can index it."""
    with atomic_path(path) as part, pysam.BGZFile(str(part), "wb") as handle:
        for name, codes in sequences.items():
            letters = LETTERS[codes]
            handle.write(f">{name}\n".encode())
            whole = len(letters) // LINE * LINE
            lines = np.full((whole // LINE, LINE + 1), ord("\n"), dtype=np.uint8)
            lines[:, :LINE] = letters[:whole].reshape(-1, LINE)
            handle.write(lines.tobytes())
            if whole < len(letters):
                handle.write(letters[whole:].tobytes() + b"\n")


def read_fasta(path: str | Path) -> dict[str, np.ndarray]:
    """Read a FASTA file, gzipped or plain, as {name: codes}."""
    with pysam.FastxFile(str(path)) as records:
        return {record.name: encode(record.sequence) for record in records}
