"""Histone marks by gene and bin: the array of the workflow, and tables to read and write."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io import tables
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError

BY_MARK = ("marks", "unit")  # fields with an entry for each mark, not for each gene


@dataclass
class Marks:
    """Signal of several marks in bins around the TSS of genes.

    values : float32, shape=(genes, bins, marks)
    gene_id, chrom, strand : str, shape=(genes,)
    tss : int64, shape=(genes,), 0-based bp, -1 where unknown
    split : str, shape=(genes,), train, valid, test or empty
    label : int8, shape=(genes,), 1 high, 0 low, -1 unknown
    expression : float64, shape=(genes,), in the unit of the expression table, NaN unknown
    marks : str, shape=(marks,)
    unit : str, shape=(marks,), such as reads or peak signal, empty if unknown
    """

    values: np.ndarray
    gene_id: np.ndarray
    chrom: np.ndarray
    tss: np.ndarray
    strand: np.ndarray
    split: np.ndarray
    label: np.ndarray
    expression: np.ndarray
    marks: np.ndarray
    unit: np.ndarray

    @classmethod
    def of_genes(cls, values, gene_id, marks, **known) -> "Marks":
        """Create an object from the fields that a table has; the others are set to unknown."""
        genes = len(gene_id)
        unknown = {
            "chrom": np.full(genes, ""),
            "strand": np.full(genes, ""),
            "split": np.full(genes, ""),
            "tss": np.full(genes, -1),
            "label": np.full(genes, -1, "int8"),
            "expression": np.full(genes, np.nan),
            "unit": np.full(len(marks), ""),
        }
        return cls(values.astype("float32"), np.asarray(gene_id, str), marks=np.asarray(marks, str),
                   **{**unknown, **known})  # fmt: skip

    def select(self, genes: np.ndarray) -> "Marks":
        """Return the genes of a boolean mask of shape (genes,)."""
        columns = {
            name: value if name in BY_MARK else value[genes] for name, value in vars(self).items()
        }
        return Marks(**columns)

    def save(self, path: str | Path) -> None:
        """Write a compressed NPZ."""
        with atomic_path(path) as temporary:
            np.savez_compressed(temporary, **vars(self))

    @classmethod
    def load(cls, path: str | Path) -> "Marks":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def concatenate_marks(tables: list[Marks]) -> Marks:
    """Concatenate the genes of several tables, which must have the same marks."""
    columns = [f.name for f in fields(Marks) if f.name not in BY_MARK]
    joined = {name: np.concatenate([getattr(t, name) for t in tables]) for name in columns}
    return Marks(**joined, marks=tables[0].marks, unit=tables[0].unit)


def central_bins(values: np.ndarray, n_bins: int, where: str) -> np.ndarray:
    """Return the central `n_bins` bins of an array of shape (genes, bins, marks)."""
    if values.shape[1] < n_bins:
        raise UserError(
            f"{where}: {values.shape[1]} bins per gene; expected: at least {n_bins}"
            " (tss_bins.n_bins); fix: lower tss_bins.n_bins"
        )
    first = (values.shape[1] - n_bins) // 2
    return values[:, first : first + n_bins]


def write_marks_table(path: str | Path, marks: Marks) -> None:
    """Write the paper's CSV: no header, `gene,bin 1…,counts…,label`, one row per gene and bin."""
    genes, n_bins, n_marks = marks.values.shape
    table = pd.DataFrame(marks.values.reshape(-1, n_marks)).map("{:.7g}".format)
    table.insert(0, "gene", np.repeat(marks.gene_id, n_bins))
    table.insert(1, "bin", np.tile(np.arange(1, n_bins + 1), genes))
    table["label"] = np.repeat(marks.label, n_bins)
    tables.write_table(table, path, sep=",", header=False)
