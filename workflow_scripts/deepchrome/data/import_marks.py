"""Bring a cell's ready table of marks (CSV parts or NPZ) into the workflow's array."""

from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks, centre_bins, join_parts, read_table

# Order of the marks in the files: the paper's, and DeepDiff's
COLUMNS = {
    "marks_csv": ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"],
    "marks_diff_csv": ["H3K4me1", "H3K4me3", "H3K9me3", "H3K27me3", "H3K36me3"],
}


def read_array(path: str | Path, *, marks: list[str]) -> Marks:
    """Read an NPZ with X (genes, bins, marks), gene, chrom, tss, strand and marks."""
    with np.load(path) as arrays:
        there = [str(mark) for mark in arrays["marks"]]
        if missing := [mark for mark in marks if mark not in there]:
            raise UserError(f"{path}: no mark {missing[0]!r}; the file has {', '.join(there)}")
        return Marks.of_genes(
            arrays["X"][:, :, [there.index(mark) for mark in marks]],
            # without the version, as expression tables name genes
            [str(gene).split(".")[0] for gene in arrays["gene"]],
            marks,
            chrom=arrays["chrom"].astype(str),
            tss=arrays["tss"].astype("int64"),
            strand=arrays["strand"].astype(str),
        )


def main(
    files: list[str], *, kind: str, parts: list[str], marks: list[str], n_bins: int, out: str
) -> None:
    """Read the files of one cell, cut the middle `n_bins` bins and write one `Marks` NPZ."""
    if kind == "marks_npz":
        tables = [read_array(path, marks=marks) for path in files]
    else:
        tables = [
            read_table(path, kind=kind, columns=COLUMNS[kind], marks=marks, part=part)
            for path, part in zip(files, parts, strict=True)
        ]
    for path, table in zip(files, tables, strict=True):
        table.values = centre_bins(table.values, n_bins, path)
        if not np.isfinite(table.values).all():
            raise UserError(f"{path}: a value is NaN or infinite; allowed: finite numbers")
    join_parts(tables).save(out)


if __name__ == "__main__":
    run_script(main, snakemake, marks=snakemake.params.marks, out=snakemake.output.marks)
