"""Pick an example gene for the schematic of Figure 1 and write its signal."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")


def pick(data: Marks) -> int:
    """Return the index of the high gene whose signal is nearest the 75 % quantile of high genes.

    Signal is summed over bins and marks; of equal genes, the first is taken.
    """
    high = np.flatnonzero(data.label == 1)
    signal = data.values[high].sum(axis=(1, 2))
    return int(high[np.abs(signal - np.quantile(signal, 0.75)).argmin()])


def main(dataset: str, *, cell: str, bin_size: int, gene: str) -> None:
    """Write cell, gene_id, chrom, tss, strand, label, mark, unit, bin (0-based), offset, signal.

    `offset` is the start of the bin relative to the TSS, in bp.
    """
    data = Marks.load(dataset)
    index = pick(data)
    _, n_bins, n_marks = data.values.shape
    bins = np.tile(np.arange(n_bins), n_marks)
    table = pd.DataFrame(
        {
            "cell": cell,
            "gene_id": data.gene_id[index],
            "chrom": data.chrom[index],
            "tss": data.tss[index],
            "strand": data.strand[index],
            "label": data.label[index],
            "mark": np.repeat(data.marks, n_bins),
            "unit": np.repeat(data.unit, n_bins),
            "bin": bins,
            "offset": (bins - n_bins // 2) * bin_size,
            "signal": data.values[index].T.ravel(),
        }
    )
    log.info("cell %s: gene %s, total signal %g", cell, data.gene_id[index], table.signal.sum())
    with atomic_path(gene) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
