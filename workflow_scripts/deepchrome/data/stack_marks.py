"""Stack the TSS signal of a cell's marks into one array."""

import logging

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")
GENES = ("gene_id", "chrom", "tss", "strand")
# what all files of a cell must have in common, and what this is called in messages
SHARED = {
    "assembly": "assembly",
    "bin_size": "bin size (bp)",
    "orient": "orientation by strand",
    "n_bins": "number of bins",
    "n_genes": "number of genes",
}


def main(signal: list[str], *, marks: list[str], cell: str, array: str) -> None:
    """Write one `Marks` NPZ (`array`) from the signal files of a cell, as `stack_signal`."""
    stack_signal(signal, marks, cell).save(array)


def stack_signal(signal: list[str], marks: list[str], cell: str) -> Marks:
    """Stack the signal files of a cell; replicates of a mark are summed.

    Genes that a file did not measure (NaN) are left out.

    Parameters
    ----------
    signal
        NPZ files of `count_tss_bins`, all over the same genes.
    marks
        Mark of each file. The array has the marks in the order of their first file.
    cell
        Name, for messages.

    Raises
    ------
    UserError
        Files of other genes, bins, orientation or assembly, or replicates of other units: their
        rows are not of the same places, or their sum is of nothing. No gene is measured in all.
    """
    layers: dict[str, np.ndarray] = {}
    units: dict[str, tuple[str, str]] = {}
    first: dict[str, np.ndarray] = {}
    for mark, path in zip(marks, signal, strict=True):
        with np.load(path) as arrays:
            found = dict(arrays)
        found["n_genes"], found["n_bins"] = map(np.int64, found["values"].shape)
        first = first or found
        _check_same(found, first, (path, signal[0]), cell)
        unit = str(found["unit"])
        before, other = units.setdefault(mark, (unit, path))
        if unit != before:
            raise UserError(
                f"cell {cell!r}: {path} has unit {unit!r}, {other} {before!r}, and replicates of"
                f" {mark} are summed; expected: one unit; fix: use replicates of one kind"
            )
        layers[mark] = layers.get(mark, 0) + found["values"]
    if len(names := sorted({unit for unit, _ in units.values()})) > 1:
        log.warning("cell %s: marks are in different units: %s", cell, ", ".join(names))
    values = np.stack(list(layers.values()), axis=2)
    log.info("%d genes, %d bins, marks %s", *values.shape[:2], ", ".join(
        f"{mark} ({units[mark][0]})" for mark in layers))  # fmt: skip
    measured = ~np.isnan(values).any(axis=(1, 2))
    if not measured.any():
        raise UserError(
            f"cell {cell!r}: no gene is measured in all of {', '.join(signal)}; expected: files"
            " with a chromosome in common"
        )
    if not measured.all():
        log.warning("cell %s: %d of %d genes are not measured in all marks (their chromosome is"
                    " absent, or blacklisted) and are left out",
                    cell, (~measured).sum(), len(measured))  # fmt: skip
    values, genes = values[measured], {key: first[key][measured] for key in GENES}
    genes["unit"] = np.array([units[mark][0] for mark in layers])
    return Marks.of_genes(values, genes.pop("gene_id"), list(layers), **genes)


def _check_same(
    found: dict[str, np.ndarray], first: dict[str, np.ndarray], paths: tuple[str, str], cell: str
) -> None:
    """Refuse a file whose rows or bins are not those of the first."""
    for key, name in SHARED.items():
        if found[key] != first[key]:
            raise UserError(
                f"cell {cell!r}: {paths[0]} has {name} {found[key]}, {paths[1]} {first[key]};"
                " expected: equal for all marks of a cell"
            )
    for key in GENES:
        if (differ := found[key] != first[key]).any():
            row = int(np.argmax(differ))
            raise UserError(
                f"cell {cell!r}: row {row + 1} of {paths[0]} has {key} {found[key][row]}, of"
                f" {paths[1]} {first[key][row]}; expected: the same genes in the same order"
            )


if __name__ == "__main__":
    run_script(main, snakemake)
