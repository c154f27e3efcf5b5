"""Convert a contact map of HiCExplorer (.h5) to a .cool of raw counts."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.download.cool_files import write_cool

INTERVALS = ("chr_list", "start_list", "end_list")
MATRIX = ("data", "indices", "indptr", "shape")


def main(*, file: str, assembly: str, out: str) -> None:
    """Write `out` from HiCExplorer's .h5; correction factors, if any, are left out.

    Parameters
    ----------
    file
        HDF5 with the groups intervals (chr_list, start_list, end_list; bp, 0-based half-open) and
        matrix (CSR: data, indices, indptr, shape; the upper triangle or all of it).
    assembly
        Name of the genome, for the file's record.
    out
        .cool to be written.

    Raises
    ------
    UserError
        Another format, bins of unequal size, or NaN counts.
    """
    names, starts, ends, matrix = read_hicexplorer(file)
    sizes, resolution = bins_of(names, starts, ends, file)
    upper = sparse.triu(matrix).tocoo()
    kept = upper.data != 0
    table = {"bin1_id": upper.row[kept], "bin2_id": upper.col[kept], "count": upper.data[kept]}
    pixels = pd.DataFrame(table).sort_values(["bin1_id", "bin2_id"], ignore_index=True)
    write_cool(pixels, out, sizes=sizes, resolution=resolution, assembly=assembly)


def read_hicexplorer(
    path: str | Path,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, sparse.csr_array]:
    """Chromosome, start and end (bp) of each bin, shape=(n,), and the matrix, shape=(n, n)."""
    try:
        with h5py.File(path) as handle:
            names, starts, ends = (handle[f"intervals/{key}"][:] for key in INTERVALS)
            data, indices, indptr, shape = (handle[f"matrix/{key}"][:] for key in MATRIX)
    except (OSError, KeyError) as error:
        raise UserError(f"{path}: not a map of HiCExplorer: {error}") from None
    matrix = sparse.csr_array((data, indices, indptr), shape=tuple(shape))
    if matrix.shape != (len(names), len(names)):
        raise UserError(f"{path}: matrix of {matrix.shape}, but {len(names)} bins")
    if not np.isfinite(matrix.data).all():
        raise UserError(f"{path}: NaN or infinite counts; expected: numbers")
    return names.astype(str), starts.astype(np.int64), ends.astype(np.int64), matrix


def bins_of(
    names: np.ndarray, starts: np.ndarray, ends: np.ndarray, path: str | Path
) -> tuple[dict[str, int], int]:
    """Chromosome lengths and bin size (bp); the bins must cover the chromosomes."""
    sizes = {name: int(ends[names == name].max()) for name in dict.fromkeys(names.tolist())}
    resolution = int((ends - starts).max())
    expected = [
        (name, start) for name, size in sizes.items() for start in range(0, size, resolution)
    ]
    if list(zip(names.tolist(), starts.tolist(), strict=True)) != expected:
        raise UserError(
            f"{path}: bins are not those of whole chromosomes at {resolution} bp; expected: bins of"
            " one size without gaps"
        )
    return sizes, resolution


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            file=snakemake.input.file,
            out=snakemake.output.map,
            **snakemake.params.settings,
        )
