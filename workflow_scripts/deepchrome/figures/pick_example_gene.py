"""Choose a gene of the run for the schematic of Figure 1, and write its counts."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")


def pick(data: Marks) -> int:
    """Index of a plain example: the high gene whose signal is nearest the high genes' 75 % point.

    Signal is the sum over bins and marks. Of equal ones the first counts.
    """
    high = np.flatnonzero(data.label == 1)
    signal = data.values[high].sum(axis=(1, 2))
    return int(high[np.abs(signal - np.quantile(signal, 0.75)).argmin()])


def main(dataset: str, *, cell: str, bin_size: int, out: str) -> None:
    """Write cell, gene_id, chrom, tss, strand, label, mark, bin (from 0), offset (bp), count.

    `offset` is the bin's start relative to the TSS, in bp.
    """
    data = Marks.load(dataset)
    gene = pick(data)
    _, n_bins, n_marks = data.values.shape
    bins = np.tile(np.arange(n_bins), n_marks)
    table = pd.DataFrame(
        {
            "cell": cell,
            "gene_id": data.gene_id[gene],
            "chrom": data.chrom[gene],
            "tss": data.tss[gene],
            "strand": data.strand[gene],
            "label": data.label[gene],
            "mark": np.repeat(data.marks, n_bins),
            "bin": bins,
            "offset": (bins - n_bins // 2) * bin_size,
            "count": data.values[gene].T.ravel(),
        }
    )
    log.info("cell %s: gene %s, %g reads", cell, data.gene_id[gene], table["count"].sum())
    with atomic_path(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.gene)
