"""Join the TSS signal of a cell's marks, counted sample by sample, into one array."""

import logging

import numpy as np

from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")


def main(files: dict[str, list[str]], *, out: str) -> None:
    """Write one `Marks` NPZ from the signal files of each mark; replicates are summed.

    `files` maps a mark to NPZ files of the signal stage, made over the same gene table: values
    (genes, bins), gene_id, chrom, tss, strand of the genes whose window lies in its chromosome.
    """
    layers: dict[str, np.ndarray] = {}
    for mark, paths in files.items():
        for path in paths:
            with np.load(path) as arrays:
                genes = {key: arrays[key] for key in ("gene_id", "chrom", "tss", "strand")}
                layers[mark] = layers.get(mark, 0) + arrays["values"]
    values = np.stack(list(layers.values()), axis=2)
    log.info("%d genes, %d bins, marks %s", *values.shape[:2], ", ".join(layers))
    Marks.of_genes(values, genes.pop("gene_id"), list(layers), **genes).save(out)


if __name__ == "__main__":
    with script_job(snakemake):
        marks = snakemake.params.marks
        main(
            {mark: [f for f, m in zip(snakemake.input.signal, marks, strict=True) if m == mark]
             for mark in dict.fromkeys(marks)},
            out=snakemake.output.marks,
        )  # fmt: skip
