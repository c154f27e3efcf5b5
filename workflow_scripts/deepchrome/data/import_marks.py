"""Read a cell's ready table of marks (CSV files or an NPZ) into the array of the workflow."""

import logging

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks, central_bins, concatenate_marks
from workflow_scripts.deepchrome.data.marks_tables import read_array, read_marks_table

log = logging.getLogger("chromaloom")


def warn_of_shared_genes(tables: list[Marks], files: list[str]) -> None:
    """Warn of genes that are in two files, which may be two splits."""
    seen: dict[str, str] = {}
    for path, table in zip(files, tables, strict=True):
        genes = set(table.gene_id.tolist())
        if shared := sorted(genes & seen.keys()):
            log.warning("%s: %d genes are in %s too: %s", path, len(shared), seen[shared[0]],
                        some(shared))  # fmt: skip
        seen |= dict.fromkeys(genes, path)


def main(
    files: list[str], *, kind: str, splits: list[str], marks: list[str], n_bins: int, array: str
) -> None:
    """Write a `Marks` NPZ (`array`) of the files of one cell, as `import_tables`."""
    import_tables(files, kind=kind, splits=splits, marks=marks, n_bins=n_bins).save(array)


def import_tables(
    files: list[str], *, kind: str, splits: list[str], marks: list[str], n_bins: int
) -> Marks:
    """Read the central `n_bins` bins of the genes in the files of one cell.

    `splits` has the split of each file; `kind` is marks_npz, marks_csv or marks_diff_csv; the
    array has the marks in the order of `marks`.
    """
    if kind == "marks_npz":
        tables = [read_array(path, marks=marks) for path in files]
    else:
        tables = [
            read_marks_table(path, kind=kind, marks=marks, split=split)
            for path, split in zip(files, splits, strict=True)
        ]
    warn_of_shared_genes(tables, files)
    for path, table in zip(files, tables, strict=True):
        table.values = central_bins(table.values, n_bins, path)
    return concatenate_marks(tables)


if __name__ == "__main__":
    run_script(main, snakemake)
