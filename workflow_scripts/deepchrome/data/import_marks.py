"""Read a cell's ready table of marks (CSV files or an NPZ) into the array of the workflow."""

from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.genomics.genes import without_version
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import (
    Marks,
    central_bins,
    check_marks,
    concatenate_marks,
    read_marks_table,
)

# Order of the marks in the files of the paper and of DeepDiff
COLUMNS = {
    "marks_csv": ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"],
    "marks_diff_csv": ["H3K4me1", "H3K4me3", "H3K9me3", "H3K27me3", "H3K36me3"],
}


def read_array(path: str | Path, *, marks: list[str]) -> Marks:
    """Read an NPZ with X (genes, bins, marks), gene, chrom, tss, strand and marks."""
    with np.load(path) as arrays:
        available = [str(mark) for mark in arrays["marks"]]
        check_marks(marks, available, path)
        return Marks.of_genes(
            arrays["X"][:, :, [available.index(mark) for mark in marks]],
            # without version, as in expression tables
            [without_version(str(gene)) for gene in arrays["gene"]],
            marks,
            chrom=arrays["chrom"].astype(str),
            tss=arrays["tss"].astype("int64"),
            strand=arrays["strand"].astype(str),
        )


def main(
    files: list[str], *, kind: str, splits: list[str], marks: list[str], n_bins: int, array: str
) -> None:
    """Write a `Marks` NPZ with the central `n_bins` bins of the genes in the files of one cell.

    `splits` has the split of each file; `kind` is marks_npz or a key of `COLUMNS`.
    """
    if kind == "marks_npz":
        tables = [read_array(path, marks=marks) for path in files]
    else:
        tables = [
            read_marks_table(path, kind=kind, columns=COLUMNS[kind], marks=marks, split=split)
            for path, split in zip(files, splits, strict=True)
        ]
    for path, table in zip(files, tables, strict=True):
        table.values = central_bins(table.values, n_bins, path)
        if not np.isfinite(table.values).all():
            raise UserError(f"{path}: a value is NaN or infinite; expected: finite numbers")
    concatenate_marks(tables).save(array)


if __name__ == "__main__":
    run_script(main, snakemake)
