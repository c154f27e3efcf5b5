"""Stack the TSS signal of a cell's marks into one array."""

import logging

import numpy as np

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")


def main(signal: list[str], *, marks: list[str], array: str) -> None:
    """Write one `Marks` NPZ from the signal files of a cell; replicates of a mark are summed.

    Parameters
    ----------
    signal
        NPZ files of the signal stage, all over the same genes: values (genes, bins), gene_id,
        chrom, tss, strand of the genes whose window lies within its chromosome.
    marks
        Mark of each file. The array has the marks in the order of their first file.
    array
        Output.
    """
    layers: dict[str, np.ndarray] = {}
    for mark, path in zip(marks, signal, strict=True):
        with np.load(path) as arrays:
            genes = {key: arrays[key] for key in ("gene_id", "chrom", "tss", "strand")}
            layers[mark] = layers.get(mark, 0) + arrays["values"]
    values = np.stack(list(layers.values()), axis=2)
    log.info("%d genes, %d bins, marks %s", *values.shape[:2], ", ".join(layers))
    Marks.of_genes(values, genes.pop("gene_id"), list(layers), **genes).save(array)


if __name__ == "__main__":
    run_script(main, snakemake)
